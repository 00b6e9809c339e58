// SPDX-License-Identifier: GPL-2.0
#include "dump_file.h"

#include <fcntl.h>
#include <ow_pagetable.h>
#include <ow_vmcoreinfo.h>
#include <unistd.h>

#include <array>
#include <cstring>
#include <string_view>

#include "elf_memory.h"
#include "files.h"

namespace owctl {
namespace {

constexpr u64 kPageSize = 4096;
constexpr std::string_view kCompressed = "KDUMP   ";
// The same or ELF, as it goes through a pipe; QEMU writes it so to files too.
constexpr std::string_view kFlattened = "makedumpfile";

// As the kernel lays an ELF note of this name out.
struct NoteHead {
  uint32_t name_size = 0;
  uint32_t text_size = 0;
  uint32_t type = 0;
  std::array<char, 12> name = {};
};
static_assert(sizeof(NoteHead) == 24);

DumpOpener& compressed_opener() {
  static DumpOpener opener = nullptr;
  return opener;
}

// Its kernel is the one that lived: its top page table maps itself, where what
// an earlier one left behind has been overwritten.
bool is_alive(const ow_memory& memory, const std::string& text) {
  ow_vmcoreinfo info = {};
  ow_pagetable tables = {};
  ow_virt top = {};
  ow_mapping mapping = {};
  if (::ow_vmcoreinfo_init(&info, text.data(), text.size(), nullptr) != OW_OK ||
      ::ow_pagetable_init(&tables, &memory, &info, nullptr) != OW_OK)
    return false;
  if (::ow_vmcoreinfo_symbol(&info, "init_top_pgt", &top, nullptr) != OW_OK &&
      ::ow_vmcoreinfo_symbol(&info, "swapper_pg_dir", &top, nullptr) != OW_OK)
    return false;
  tables.text_size = 0;  // by the tables, not by arithmetic
  return ::ow_virt_to_phys(&tables, top, &mapping, nullptr) == OW_OK &&
         mapping.phys.a == tables.root.a;
}

std::string note_at(const ow_memory& memory, u64 at) {
  NoteHead head;
  if (::ow_memory_read(&memory, ow_phys_at(at), &head, sizeof(head), nullptr) !=
          OW_OK ||
      head.name_size != 11 || head.type != 0 ||
      head.text_size > OW_VMCOREINFO_MAX ||
      std::string_view(head.name.data(), 11) !=
          std::string_view("VMCOREINFO\0", 11))
    return {};
  std::string text(head.text_size, '\0');
  if (::ow_memory_read(&memory, ow_phys_at(at + sizeof(head)), text.data(),
                       text.size(), nullptr) != OW_OK)
    return {};
  return text;
}

bool begins_with(const std::string& path, std::string_view signature) {
  auto fd = open_file(path, O_RDONLY);
  std::string head(signature.size(), '\0');
  return fd &&
         ::pread(fd->get(), head.data(), head.size(), 0) ==
             static_cast<ssize_t>(head.size()) &&
         head == signature;
}

}  // namespace

void DumpFile::search_vmcoreinfo(const std::vector<Run>& runs) {
  for (const auto& [start, end] : runs)
    for (u64 at = (start + kPageSize - 1) / kPageSize * kPageSize; at < end;
         at += kPageSize) {
      std::string text = note_at(memory_, at);
      if (!text.empty() && is_alive(memory_, text)) {
        vmcoreinfo_ = std::move(text);
        return;
      }
    }
}

bool is_compressed_dump(const std::string& path) {
  return begins_with(path, kCompressed);
}

void set_compressed_dump_opener(DumpOpener opener) {
  compressed_opener() = opener;
}

bool reads_compressed_dumps() {
  return compressed_opener() != nullptr;
}

Result<std::unique_ptr<DumpFile>> open_dump(const std::string& path) {
  if (is_compressed_dump(path)) {
    if (reads_compressed_dumps())
      return compressed_opener()(path);
    return Error{
        fmt::format("{}: it is in makedumpfile's own format", path),
        "owctl-inspect reads it, which is built where libkdumpfile is; "
        "`makedumpfile -E` writes ELF."};
  }
  if (begins_with(path, kFlattened))
    return Error{fmt::format("{}: it is a flattened dump", path),
                 "`makedumpfile -R DUMP <FILE` puts one together that can be "
                 "read. QEMU writes flattened ones in all formats but ELF."};
  auto elf = ElfMemory::open(path);
  if (!elf)
    return elf.error();
  return std::unique_ptr<DumpFile>(std::move(*elf));
}

}  // namespace owctl
