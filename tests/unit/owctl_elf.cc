// SPDX-License-Identifier: GPL-2.0
// Libraries of a program, and dead memory in an ELF dump.
#include <elf.h>
#include <fmt/core.h>
#include <gtest/gtest.h>

#include <cstring>

#include "dead_kernel.h"
#include "elf_deps.h"
#include "elf_memory.h"
#include "owctl_fake_root.h"

namespace owctl {
namespace {

struct CacheEntry {
  int32_t flags;
  uint32_t name;
  uint32_t path;
  uint32_t os_version;
  uint64_t hwcap;
};

void append_u32(std::string& to, uint32_t value) {
  to.append(reinterpret_cast<const char*>(&value), sizeof(value));
}

// A cache with one good entry, one of another machine, one for newer CPUs.
std::string sample_cache() {
  std::string cache = "glibc-ld.so.cache1.1";
  append_u32(cache, 3);
  append_u32(cache, 0);
  cache.append(20, '\0');
  const uint32_t strings = 48 + 3 * sizeof(CacheEntry);
  const CacheEntry entries[] = {{0x0803, strings, strings + 8, 0, 0},
                                {0x0303, strings, strings + 8, 0, 7},
                                {0x0303, strings, strings + 17, 0, 0}};
  cache.append(reinterpret_cast<const char*>(entries), sizeof(entries));
  cache.append("liba.so\0/x/wrong\0/lib/liba.so\0", 30);
  return cache;
}

TEST(LdSoCache, PicksThisMachinesPlainBuild) {
  const auto libraries = parse_ld_so_cache(sample_cache());
  ASSERT_EQ(libraries.size(), 1U);
  EXPECT_EQ(libraries.at("liba.so"), "/lib/liba.so");
}

TEST(LdSoCache, AnythingElseIsEmpty) {
  EXPECT_TRUE(parse_ld_so_cache("").empty());
  EXPECT_TRUE(parse_ld_so_cache("glibc-ld.so.cache1.1").empty());
  const std::string whole = sample_cache();
  for (size_t size = 0; size < whole.size(); ++size)
    (void)parse_ld_so_cache(std::string_view(whole).substr(0, size));
}

TEST(Dependencies, OfThisVeryProgram) {
  auto all = resolve_dependencies(Paths(), "/proc/self/exe");
  ASSERT_TRUE(all.ok()) << all.error().what;
  EXPECT_FALSE(all->interpreter.empty());
  bool libc = false;
  for (const auto& library : all->libraries) {
    EXPECT_TRUE(exists(library.path)) << library.path;
    libc = libc || library.name == "libc.so.6";
  }
  EXPECT_TRUE(libc);
}

TEST(Dependencies, AreForElfOnly) {
  EXPECT_FALSE(resolve_dependencies(Paths(), "/proc/self/cmdline").ok());
  EXPECT_FALSE(resolve_dependencies(Paths(), "/does/not/exist").ok());
}

class Dump : public FakeRoot {
 protected:
  void SetUp() override { put("/vmcore", make_dump()); }

  // Two segments, the higher one first, and a VMCOREINFO note.
  std::string make_dump(uint64_t low_at = 0x1000,
                        const std::string& note_name = "VMCOREINFO") {
    constexpr size_t kHeaders = sizeof(Elf64_Ehdr) + 3 * sizeof(Elf64_Phdr);
    const std::string note = make_note(note_name, "OSRELEASE=6.12.1\n");
    Elf64_Ehdr header = {};
    std::memcpy(header.e_ident, ELFMAG, SELFMAG);
    header.e_ident[EI_CLASS] = ELFCLASS64;
    header.e_ident[EI_DATA] = ELFDATA2LSB;
    header.e_ident[EI_VERSION] = EV_CURRENT;
    header.e_type = ET_CORE;
    header.e_machine = EM_X86_64;
    header.e_version = EV_CURRENT;
    header.e_phoff = sizeof(header);
    header.e_ehsize = sizeof(header);
    header.e_phentsize = sizeof(Elf64_Phdr);
    header.e_phnum = 3;
    Elf64_Phdr segments[3] = {};
    segments[0].p_type = PT_NOTE;
    segments[0].p_offset = kHeaders;
    segments[0].p_filesz = note.size();
    segments[0].p_align = 4;
    segments[1].p_type = PT_LOAD;
    segments[1].p_offset = kHeaders + note.size();
    segments[1].p_paddr = 0x100000;
    segments[1].p_filesz = high_.size();
    segments[2].p_type = PT_LOAD;
    segments[2].p_offset = segments[1].p_offset + high_.size();
    segments[2].p_paddr = low_at;
    segments[2].p_filesz = low_.size();
    std::string file(reinterpret_cast<const char*>(&header), sizeof(header));
    file.append(reinterpret_cast<const char*>(segments), sizeof(segments));
    return file + note + high_ + low_;
  }

  static std::string make_note(const std::string& name,
                               const std::string& text) {
    std::string note;
    append_u32(note, name.size() + 1);
    append_u32(note, text.size());
    append_u32(note, 0);
    note += name;
    note.resize((note.size() + 4) & ~size_t{3});
    note += text;
    note.resize((note.size() + 3) & ~size_t{3});
    return note;
  }

  std::string high_ = std::string(40000, 'h') + "END";
  std::string low_ = "BEGIN" + std::string(100, 'l');
};

TEST_F(Dump, ReadsByPhysicalAddress) {
  auto dump = ElfMemory::open(paths("/vmcore"));
  ASSERT_TRUE(dump.ok()) << dump.error().what;
  EXPECT_EQ((*dump)->segments(), 2U);
  EXPECT_EQ((*dump)->vmcoreinfo(), "OSRELEASE=6.12.1\n");
  char bytes[6] = {};
  const ow_memory* memory = &(*dump)->memory();
  ASSERT_EQ(ow_memory_read(memory, ow_phys_at(0x1000), bytes, 5, nullptr),
            OW_OK);
  EXPECT_STREQ(bytes, "BEGIN");
  std::string all(high_.size(), '\0');
  ASSERT_EQ(ow_memory_read(memory, ow_phys_at(0x100000), all.data(), all.size(),
                           nullptr),
            OW_OK);
  EXPECT_EQ(all, high_);
}

TEST_F(Dump, FaultsNameTheFirstBadByte) {
  auto dump = ElfMemory::open(paths("/vmcore"));
  ASSERT_TRUE(dump.ok());
  const ow_memory* memory = &(*dump)->memory();
  char bytes[64];
  ow_fault_info why = {};
  const u64 end = 0x1000 + low_.size();
  EXPECT_EQ(ow_memory_read(memory, ow_phys_at(end - 8), bytes, 16, &why),
            OW_BAD_ADDRESS);
  EXPECT_EQ(why.address, end);
  EXPECT_EQ(ow_memory_read(memory, ow_phys_at(0), bytes, 1, &why),
            OW_BAD_ADDRESS);
  EXPECT_EQ(why.address, 0U);
  EXPECT_EQ(ow_memory_read(memory, ow_phys_at(0x50000), bytes, 1, &why),
            OW_BAD_ADDRESS);
}

// As /proc/kcore has the kernel's image: inside the direct map, and once more.
TEST_F(Dump, MemoryThatIsThereTwiceIsReadOnce) {
  put("/vmcore", make_dump(0x100064));
  auto dump = ElfMemory::open(paths("/vmcore"));
  ASSERT_TRUE(dump.ok());
  EXPECT_EQ((*dump)->segments(), 1U);
  std::string all(high_.size(), '\0');
  ASSERT_EQ(ow_memory_read(&(*dump)->memory(), ow_phys_at(0x100000), all.data(),
                           all.size(), nullptr),
            OW_OK);
  EXPECT_EQ(all, high_);
}

TEST_F(Dump, WhatIsForgottenIsReadAgain) {
  auto dump = ElfMemory::open(paths("/vmcore"));
  ASSERT_TRUE(dump.ok());
  const auto first = [&] {
    char byte = 0;
    EXPECT_EQ(ow_memory_read(&(*dump)->memory(), ow_phys_at(0x1000), &byte, 1,
                             nullptr),
              OW_OK);
    return byte;
  };
  EXPECT_EQ(first(), 'B');
  low_[0] = 'X';
  ASSERT_TRUE(write_existing(paths("/vmcore"), make_dump()).ok());
  (*dump)->forget();
  EXPECT_EQ(first(), 'X');
}

TEST_F(Dump, ThatIsCutShortSaysSo) {
  auto whole = ElfMemory::open(paths("/vmcore"));
  ASSERT_TRUE(whole.ok());
  EXPECT_EQ((*whole)->problem(), "");
  const std::string bytes = make_dump();
  put("/vmcore", bytes.substr(0, bytes.size() - 1));
  auto cut = ElfMemory::open(paths("/vmcore"));
  ASSERT_TRUE(cut.ok());
  EXPECT_EQ((*cut)->problem(),
            fmt::format("it is cut short: {} of {} bytes are there",
                        bytes.size() - 1, bytes.size()));
}

TEST_F(Dump, OfNoKernelIsRefused) {
  put("/vmcore", make_dump(0x1000, "CORE"));
  auto dead = read_dead_kernel(paths("/vmcore"));
  ASSERT_FALSE(dead.ok());
  EXPECT_EQ(dead.error().what,
            paths("/vmcore") + ": no VMCOREINFO of a kernel is in it");
}

TEST_F(Dump, FlattenedOnesAreRefusedWithTheWayOut) {
  put("/flat", std::string("makedumpfile\0\0\0\0", 16) + make_dump());
  auto dump = open_dump(paths("/flat"));
  ASSERT_FALSE(dump.ok());
  EXPECT_NE(dump.error().hint.find("makedumpfile -R"), std::string::npos);
}

TEST_F(Dump, OtherFilesAreRefused) {
  put("/text", "not a dump");
  EXPECT_FALSE(ElfMemory::open(paths("/text")).ok());
  EXPECT_FALSE(ElfMemory::open(paths("/missing")).ok());
  EXPECT_FALSE(ElfMemory::open("/proc/self/exe").ok());
}

}  // namespace
}  // namespace owctl
