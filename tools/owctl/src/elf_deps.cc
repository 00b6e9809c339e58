// SPDX-License-Identifier: GPL-2.0
#include "elf_deps.h"

#include <fcntl.h>
#include <gelf.h>

#include <array>
#include <cstring>
#include <deque>
#include <memory>
#include <set>

namespace owctl {
namespace {

using ElfHandle = std::unique_ptr<Elf, int (*)(Elf*)>;

constexpr std::array<std::string_view, 6> kSystemDirectories = {
    "/lib/x86_64-linux-gnu",
    "/usr/lib/x86_64-linux-gnu",
    "/lib64",
    "/usr/lib64",
    "/lib",
    "/usr/lib"};

Error elf_error(const std::string& path) {
  return {fmt::format("{}: {}", path, ::elf_errmsg(-1))};
}

// A search path may name the directory of the object itself.
std::vector<std::string> expand_runpath(const char* text,
                                        const std::string& object) {
  std::vector<std::string> directories = split(text, ':');
  const std::string own = object.substr(0, object.find_last_of('/'));
  for (auto& directory : directories)
    for (const std::string_view variable : {"${ORIGIN}", "$ORIGIN"})
      if (const size_t at = directory.find(variable); at != std::string::npos)
        directory.replace(at, variable.size(), own);
  return directories;
}

void read_dynamic(Elf* elf, const std::string& path, const GElf_Shdr& header,
                  Elf_Data* data, ElfNeeds& needs) {
  const size_t count = header.sh_entsize ? data->d_size / header.sh_entsize : 0;
  for (size_t i = 0; i < count; ++i) {
    GElf_Dyn entry;
    if (!::gelf_getdyn(data, static_cast<int>(i), &entry) ||
        entry.d_tag == DT_NULL)
      return;
    const char* text = ::elf_strptr(elf, header.sh_link, entry.d_un.d_val);
    if (!text)
      continue;
    if (entry.d_tag == DT_NEEDED)
      needs.needed.emplace_back(text);
    else if (entry.d_tag == DT_RUNPATH || entry.d_tag == DT_RPATH)
      needs.runpath = expand_runpath(text, path);
  }
}

// The cache's layout (glibc, sysdeps/generic/dl-cache.h).
constexpr std::string_view kCacheMagic = "glibc-ld.so.cache1.1";
struct CacheHeader {
  std::array<char, 20> magic;
  uint32_t count;
  uint32_t strings_size;
  std::array<uint32_t, 5> unused;
};
struct CacheEntry {
  int32_t flags;
  uint32_t name;
  uint32_t path;
  uint32_t os_version;
  uint64_t hwcap;
};
// FLAG_ELF_LIBC6 with the x86-64 mark in the high byte.
constexpr int32_t kCacheX8664 = 0x0303;

class Resolver {
 public:
  explicit Resolver(const Paths& paths)
      : paths_(paths),
        cache_(parse_ld_so_cache(
            read_file(paths("/etc/ld.so.cache")).value_or(""))) {}

  [[nodiscard]] std::string find(
      const std::string& name, const std::vector<std::string>& runpath) const {
    if (name.find('/') != std::string::npos)
      return name;
    for (const auto& directory : runpath)
      if (std::string path = fmt::format("{}/{}", directory, name);
          exists(paths_(path)))
        return path;
    if (const auto it = cache_.find(name);
        it != cache_.end() && exists(paths_(it->second)))
      return it->second;
    for (const auto directory : kSystemDirectories)
      if (std::string path = fmt::format("{}/{}", directory, name);
          exists(paths_(path)))
        return path;
    return {};
  }

 private:
  const Paths& paths_;
  std::map<std::string, std::string> cache_;
};

}  // namespace

Result<ElfNeeds> read_elf_needs(const std::string& path) {
  auto fd = open_file(path, O_RDONLY);
  if (!fd)
    return fd.error();
  ::elf_version(EV_CURRENT);
  const ElfHandle elf(::elf_begin(fd->get(), ELF_C_READ, nullptr), ::elf_end);
  if (!elf)
    return elf_error(path);
  size_t segments = 0;
  if (::elf_kind(elf.get()) != ELF_K_ELF ||
      ::elf_getphdrnum(elf.get(), &segments) != 0)
    return Error{fmt::format("{}: it is not an ELF program", path)};

  ElfNeeds needs;
  for (size_t i = 0; i < segments; ++i) {
    GElf_Phdr header;
    if (!::gelf_getphdr(elf.get(), static_cast<int>(i), &header) ||
        header.p_type != PT_INTERP || header.p_filesz == 0)
      continue;
    const Elf_Data* data =
        ::elf_getdata_rawchunk(elf.get(), static_cast<int64_t>(header.p_offset),
                               header.p_filesz, ELF_T_BYTE);
    if (data)
      needs.interpreter.assign(static_cast<const char*>(data->d_buf),
                               header.p_filesz - 1);
  }
  for (Elf_Scn* section = ::elf_nextscn(elf.get(), nullptr); section;
       section = ::elf_nextscn(elf.get(), section)) {
    GElf_Shdr header;
    if (!::gelf_getshdr(section, &header) || header.sh_type != SHT_DYNAMIC)
      continue;
    if (Elf_Data* data = ::elf_getdata(section, nullptr))
      read_dynamic(elf.get(), path, header, data, needs);
  }
  return needs;
}

std::map<std::string, std::string> parse_ld_so_cache(std::string_view cache) {
  std::map<std::string, std::string> libraries;
  // An old-format cache may stand in front of the one that counts.
  const size_t start = cache.find(kCacheMagic);
  if (start == std::string_view::npos)
    return libraries;
  cache.remove_prefix(start);
  CacheHeader header;
  if (cache.size() < sizeof(header))
    return libraries;
  std::memcpy(&header, cache.data(), sizeof(header));
  const auto text = [cache](uint32_t at) -> std::string_view {
    if (at >= cache.size())
      return {};
    const std::string_view rest = cache.substr(at);
    return rest.substr(0, rest.find('\0'));
  };
  for (uint32_t i = 0; i < header.count; ++i) {
    const size_t at = sizeof(header) + size_t{i} * sizeof(CacheEntry);
    if (at + sizeof(CacheEntry) > cache.size())
      break;
    CacheEntry entry;
    std::memcpy(&entry, cache.data() + at, sizeof(entry));
    // A hardware-specific build (hwcap != 0) may not suit the next boot.
    if (entry.flags != kCacheX8664 || entry.hwcap != 0)
      continue;
    libraries.emplace(text(entry.name), text(entry.path));
  }
  return libraries;
}

Result<Dependencies> resolve_dependencies(const Paths& paths,
                                          const std::string& program) {
  const Resolver resolver(paths);
  Dependencies all;
  std::set<std::string> seen;
  std::deque<std::string> queue = {program};
  while (!queue.empty()) {
    const std::string object = std::move(queue.front());
    queue.pop_front();
    auto needs = read_elf_needs(paths(object));
    if (!needs)
      return needs.error();
    if (object == program)
      all.interpreter = needs->interpreter;
    for (const auto& name : needs->needed) {
      if (!seen.insert(name).second)
        continue;
      std::string path = resolver.find(name, needs->runpath);
      if (path.empty())
        return Error{fmt::format("{} needs the library {}, which is not here",
                                 object, name),
                     "Install the package that has it."};
      all.libraries.push_back({name, path});
      queue.push_back(std::move(path));
    }
  }
  return all;
}

}  // namespace owctl
