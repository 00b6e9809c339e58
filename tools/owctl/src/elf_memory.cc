// SPDX-License-Identifier: GPL-2.0
#include "elf_memory.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <gelf.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cstring>

#include "files.h"

namespace owctl {
namespace {

using ElfHandle = std::unique_ptr<Elf, int (*)(Elf*)>;

constexpr std::string_view kVmcoreinfoName = "VMCOREINFO";
// A note segment is a few pages; more is not one.
constexpr uint64_t kNotesMax = 64UL << 20;

std::string find_vmcoreinfo(Elf_Data* notes) {
  size_t at = 0;
  for (;;) {
    GElf_Nhdr header;
    size_t name = 0;
    size_t text = 0;
    at = ::gelf_getnote(notes, at, &header, &name, &text);
    if (at == 0)
      return {};
    const char* const base = static_cast<const char*>(notes->d_buf);
    // The stored name counts its terminator.
    if (header.n_namesz == kVmcoreinfoName.size() + 1 &&
        kVmcoreinfoName == std::string_view(base + name, header.n_namesz - 1))
      return {base + text, header.n_descsz};
  }
}

}  // namespace

Result<std::unique_ptr<ElfMemory>> ElfMemory::open(const std::string& path) {
  std::unique_ptr<ElfMemory> self(new ElfMemory);
  auto loaded = self->load(path);
  if (!loaded)
    return loaded.error();
  return self;
}

Result<> ElfMemory::load(const std::string& path) {
  auto fd = open_file(path, O_RDONLY);
  if (!fd)
    return fd.error();
  fd_ = std::move(*fd);
  ::elf_version(EV_CURRENT);
  const ElfHandle elf(::elf_begin(fd_.get(), ELF_C_READ, nullptr), ::elf_end);
  size_t count = 0;
  GElf_Ehdr header;
  if (!elf || ::elf_kind(elf.get()) != ELF_K_ELF ||
      !::gelf_getehdr(elf.get(), &header) || header.e_type != ET_CORE ||
      ::elf_getphdrnum(elf.get(), &count) != 0)
    return Error{fmt::format("{}: it is not an ELF dump", path),
                 "A dump is /proc/vmcore, or what QEMU's dump-guest-memory or "
                 "makedumpfile wrote."};
  for (size_t i = 0; i < count; ++i) {
    GElf_Phdr segment;
    if (!::gelf_getphdr(elf.get(), static_cast<int>(i), &segment))
      continue;
    if (segment.p_type == PT_LOAD && segment.p_filesz != 0 &&
        segment.p_paddr < OW_PHYS_LIMIT &&
        segment.p_filesz <= OW_PHYS_LIMIT - segment.p_paddr)
      segments_.push_back({segment.p_paddr, segment.p_paddr + segment.p_filesz,
                           segment.p_offset});
    if (segment.p_type != PT_NOTE || segment.p_filesz > kNotesMax)
      continue;
    Elf_Data* notes = ::elf_getdata_rawchunk(
        elf.get(), static_cast<int64_t>(segment.p_offset), segment.p_filesz,
        ELF_T_NHDR);
    if (notes && vmcoreinfo_.empty())
      vmcoreinfo_ = find_vmcoreinfo(notes);
  }
  look_whether_whole();
  disentangle();
  memory_ = {&kOps, this};
  if (vmcoreinfo_.empty()) {
    std::vector<Run> runs;
    for (const auto& segment : segments_)
      runs.emplace_back(segment.start, segment.end);
    search_vmcoreinfo(runs);
  }
  return {};
}

void ElfMemory::look_whether_whole() {
  struct stat file = {};
  if (::fstat(fd_.get(), &file) != 0 || !S_ISREG(file.st_mode))
    return;
  u64 end = 0;
  for (const auto& segment : segments_)
    end = std::max(end, segment.offset + (segment.end - segment.start));
  const auto size = static_cast<u64>(file.st_size);
  if (size < end)
    problem_ =
        fmt::format("it is cut short: {} of {} bytes are there", size, end);
}

// By address, and each byte in one segment only: /proc/kcore has the kernel's
// image twice, as such and in the direct map.
void ElfMemory::disentangle() {
  std::sort(segments_.begin(), segments_.end(),
            [](const Segment& a, const Segment& b) {
              return a.start != b.start ? a.start < b.start : a.end > b.end;
            });
  u64 covered = 0;
  std::vector<Segment> apart;
  for (Segment segment : segments_) {
    const u64 known = std::max(covered, segment.start) - segment.start;
    segment.start += known;
    segment.offset += known;
    if (segment.start >= segment.end)
      continue;
    covered = segment.end;
    apart.push_back(segment);
  }
  segments_ = std::move(apart);
}

void ElfMemory::forget() {
  for (Chunk& chunk : cache_)
    chunk.end = chunk.start;
}

ow_status ElfMemory::read(void* self, ow_phys at, void* dst, size_t len,
                          ow_phys* bad) {
  return static_cast<ElfMemory*>(self)->read_at(at, static_cast<char*>(dst),
                                                len, bad);
}

const ElfMemory::Chunk* ElfMemory::chunk_at(u64 at) {
  Chunk& chunk = cache_[at / kChunkSize % kChunks];
  if (at >= chunk.start && at < chunk.end)
    return &chunk;
  // The last segment that begins at or before the address.
  auto it = std::upper_bound(
      segments_.begin(), segments_.end(), at,
      [](u64 address, const Segment& s) { return address < s.start; });
  if (it == segments_.begin() || at >= (--it)->end)
    return nullptr;
  const u64 aligned = at / kChunkSize * kChunkSize;
  // A page inside that cannot be read ends the run; the byte asked for may lie
  // beyond it, so the second try begins there.
  for (const u64 start : {std::max(aligned, it->start), at}) {
    const u64 end = std::min(aligned + kChunkSize, it->end);
    chunk.bytes.resize(end - start);
    ssize_t n;
    do {
      n = ::pread(fd_.get(), chunk.bytes.data(), end - start,
                  static_cast<off_t>(it->offset + start - it->start));
    } while (n < 0 && errno == EINTR);
    chunk.start = start;
    chunk.end = start + static_cast<u64>(std::max<ssize_t>(n, 0));
    if (at < chunk.end)
      return &chunk;
  }
  return nullptr;
}

ow_status ElfMemory::read_at(ow_phys at, char* dst, size_t len, ow_phys* bad) {
  while (len > 0) {
    const Chunk* chunk = chunk_at(at.a);
    if (!chunk) {
      *bad = at;
      return OW_BAD_ADDRESS;
    }
    const size_t run = std::min<u64>(len, chunk->end - at.a);
    std::memcpy(dst, chunk->bytes.data() + (at.a - chunk->start), run);
    dst += run;
    at.a += run;
    len -= run;
  }
  return OW_OK;
}

}  // namespace owctl
