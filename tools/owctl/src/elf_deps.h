// SPDX-License-Identifier: GPL-2.0
// Which files a program needs to run: what ldd tells, without running it.
#ifndef OWCTL_ELF_DEPS_H
#define OWCTL_ELF_DEPS_H

#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "files.h"
#include "result.h"

namespace owctl {

struct ElfNeeds {
  std::string interpreter;           // empty for a static program
  std::vector<std::string> needed;   // DT_NEEDED
  std::vector<std::string> runpath;  // DT_RUNPATH or DT_RPATH, in order
};

Result<ElfNeeds> read_elf_needs(const std::string& path);

// Library name -> path, for x86-64, out of /etc/ld.so.cache.
std::map<std::string, std::string> parse_ld_so_cache(std::string_view cache);

struct Dependency {
  std::string name;  // as it is asked for
  std::string path;  // where it was found
};

struct Dependencies {
  std::string interpreter;
  std::vector<Dependency> libraries;
};

// All that `program` needs, also indirectly.
Result<Dependencies> resolve_dependencies(const Paths& paths,
                                          const std::string& program);

}  // namespace owctl

#endif
