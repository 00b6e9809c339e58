// SPDX-License-Identifier: GPL-2.0
// seeds DIRECTORY: writes the fuzzers' first inputs, DIRECTORY/<fuzzer>/<name>.
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <string>

#include "../unit/parse_mock_pact.h"
#include "input.h"

namespace {

std::filesystem::path directory;

void seed(const std::string& fuzzer, const std::string& name,
          const std::string& bytes) {
  std::filesystem::create_directories(directory / fuzzer);
  std::ofstream out(directory / fuzzer / name, std::ios::binary);
  out << bytes;
}

template <typename T>
std::string raw(T value) {
  return {reinterpret_cast<const char*>(&value), sizeof(value)};
}

std::string image(mock::Kernel& kernel) {
  const auto& seg = kernel.mem.segments()[0];
  return {static_cast<const char*>(seg.bytes), seg.len};
}

void log_seed(const std::string& name, int messages, bool damaged) {
  mock::Kernel kernel(4, fuzz::kMemoryStart, 0x3000);
  mock::Ring ring(kernel, 3, 8);
  uint64_t id = 0;
  for (int i = 0; i < messages; i++)
    id = ring.log(i % 5 == 4 ? "Kernel panic - not syncing: x"
                             : "message " + std::to_string(i));
  if (damaged) {
    ring.set_state(id, mock::kReserved);
    kernel.mem.put<uint64_t>(ring.block(id - 1), 0);
    ring.log("", {.state = mock::kCommitted});
  }
  auto info = kernel.vmcoreinfo();
  seed("log", name,
       raw(static_cast<uint16_t>(info.size())) + info + image(kernel));
  seed("vmcoreinfo", name, info);
  seed("vmcoreinfo", name + ".note",
       raw<uint32_t>(11) + raw(static_cast<uint32_t>(info.size())) +
           raw<uint32_t>(0) + std::string("VMCOREINFO\0\0", 12) + info);
}

void pagetable_seed(const std::string& name, unsigned levels) {
  mock::Kernel kernel(levels, fuzz::kMemoryStart, 0x9000);
  uint64_t virt = levels == 5 ? 0xff11000000000000 : 0xffff888000000000;
  kernel.map(virt, fuzz::kMemoryStart);
  kernel.map(virt + 0x1000, fuzz::kMemoryStart + 0x1000);
  kernel.map(virt + 0x200000, fuzz::kMemoryStart & ~0x1fffffULL, 2);
  kernel.map(virt + 0x40000000, 0, 3);
  kernel.mem.put<uint64_t>(kernel.slot(virt + 0x8000000000, 4),
                           kernel.root | mock::kPresent);
  seed("pagetable", name,
       raw(static_cast<uint8_t>(levels == 5)) + raw<uint32_t>(0x40000000) +
           raw(kernel.phys_base) + raw(virt + 0xff8) + raw(virt + 0x200010) +
           raw(virt + 0x8000000000) + raw(kernel.text(kernel.root)) +
           raw<uint16_t>(16) + image(kernel));
}

// Stores as fuzz_processes.cc makes them: a word, a pointer, a copy, a flip.
void processes_seeds() {
  const std::string known(1, '\0');
  const std::string announced(1, '\1');
  const std::string stores =
      raw<uint8_t>(0) + raw<uint16_t>(0x900) + raw(~uint64_t{0}) +
      raw<uint8_t>(1) + raw<uint16_t>(0xa00) + raw<uint16_t>(0x900) +
      raw<uint8_t>(0) + raw<uint8_t>(2) + raw<uint16_t>(0xb00) +
      raw<uint16_t>(0xa00) + raw<uint8_t>(3) + raw<uint16_t>(0xc00) +
      raw<uint8_t>(63);
  seed("processes", "known", known);
  seed("processes", "announced", announced);
  seed("processes", "stores", known + stores);
  seed("processes", "stores.announced", announced + stores);
}

// The first byte is what fuzz_pact.cc puts right.
void pact_seeds() {
  otherworld_pact page = mock::pact(40);
  seed("pact", "valid", raw<uint8_t>(0) + raw(page));
  seed("pact", "mended", raw<uint8_t>(7) + raw(page));
  page.copies[1].action = OTHERWORLD_ACTION_COUNT;
  seed("pact", "one", raw<uint8_t>(0) + raw(page));
  seed("pact", "wild", raw<uint8_t>(5) + raw(page));
  page.copies[0].group[0] = 'x';
  seed("pact", "torn", raw<uint8_t>(1) + raw(page));
  seed("pact", "empty", raw<uint8_t>(0));
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 2) {
    std::fprintf(stderr, "usage: %s DIRECTORY\n", argv[0]);
    return 2;
  }
  directory = argv[1];
  log_seed("few", 3, false);
  log_seed("wrapped", 40, false);
  log_seed("damaged", 20, true);
  pagetable_seed("four", 4);
  pagetable_seed("five", 5);
  processes_seeds();
  pact_seeds();
  seed("cause", "oops",
       " ------------[ cut here ]------------\n"
       " kernel BUG at mm/slub.c:553!\n"
       " Oops: invalid opcode: 0000 [#1] PREEMPT SMP\n"
       " ---[ end trace 0000000000000000 ]---\n"
       " Kernel panic - not syncing: Fatal exception in interrupt\n");
  seed("cause", "stalls",
       " watchdog: BUG: soft lockup - CPU#1 stuck for 22s! [sh:211]\n"
       " rcu: INFO: rcu_preempt detected stalls on CPUs/tasks:\n"
       " INFO: task sh:211 blocked for more than 10 seconds.\n"
       " WARNING: CPU: 1 PID: 211 at a.c:1 f+0x1/0x2\n"
       " Kernel panic - not syncing: softlockup: hung tasks\n");
  return 0;
}
