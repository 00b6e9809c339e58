// SPDX-License-Identifier: GPL-2.0
#include "initramfs.h"

#include <fcntl.h>
#include <sys/mman.h>

#include "cpio.h"
#include "elf_deps.h"

namespace owctl {
namespace {

Result<> add_file(CpioWriter& archive, std::string_view as,
                  const std::string& path, unsigned permissions) {
  auto content = read_file(path);
  if (!content)
    return content.error();
  archive.file(as.substr(1), permissions, *content);
  return {};
}

Result<> add_makedumpfile(const Paths& paths, CpioWriter& archive) {
  const std::string program(kMakedumpfile);
  if (!exists(paths(program)))
    return Error{fmt::format("{} is not installed", program),
                 "Install makedumpfile, or arm without --dump.",
                 Exit::kRefused};
  auto needs = resolve_dependencies(paths, program);
  if (!needs)
    return needs.error();
  auto added = add_file(archive, kDumpProgram, paths(program), 0755);
  if (added && !needs->interpreter.empty())
    added =
        add_file(archive, needs->interpreter, paths(needs->interpreter), 0755);
  for (const auto& library : needs->libraries) {
    if (!added)
      return added;
    // The interpreter is listed as a library too, under a name of its own.
    if (library.path == needs->interpreter)
      continue;
    added =
        add_file(archive, fmt::format("{}/{}", kDumpLibraries, library.name),
                 paths(library.path), 0755);
  }
  return added;
}

}  // namespace

Result<std::string> build_initramfs(const Paths& paths, const Policy& policy,
                                    const std::string& self) {
  CpioWriter archive;
  for (const auto* directory : {"dev", "proc", "sys", "run", "sysroot", "tmp"})
    archive.directory(directory);
  // Opened by the kernel for /init's standard streams, before devtmpfs.
  archive.character_device("dev/console", 0600, 5, 1);
  archive.file(kPolicyInInitramfs.substr(1), 0600, policy_to_json(policy));
  auto added = add_file(archive, "/init", self, 0755);
  if (added && policy.dump)
    added = add_makedumpfile(paths, archive);
  if (!added)
    return added.error().in("building the initramfs");
  return archive.finish();
}

Result<Fd> sealed_file(const char* name, std::string_view content) {
  const Fd writable(::memfd_create(name, MFD_CLOEXEC));
  if (!writable)
    return errno_error("making a file in memory");
  auto written = write_all(writable.get(), content, name);
  if (!written)
    return written.error();
  return open_file(fmt::format("/proc/self/fd/{}", writable.get()), O_RDONLY);
}

}  // namespace owctl
