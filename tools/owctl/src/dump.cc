// SPDX-License-Identifier: GPL-2.0
#include "dump.h"

#include <fcntl.h>

#include <cstdio>

#include "files.h"
#include "initramfs.h"
#include "process.h"

namespace owctl {

Result<> write_dump(const std::string& directory) {
  const std::string vmcore = directory + "/vmcore";
  const std::string partial = vmcore + ".incomplete";
  const std::string report = directory + "/makedumpfile.txt";
  auto output = open_file(report, O_WRONLY | O_CREAT | O_TRUNC, 0640);
  if (!output)
    return output.error();
  RunOptions options;
  options.environment = {fmt::format("LD_LIBRARY_PATH={}", kDumpLibraries)};
  options.output_fd = output->get();
  options.timeout_s = kDumpSeconds;
  auto status = run_program({std::string(kDumpProgram), "-l", "-d", "31",
                             "--message-level", "22", "/proc/vmcore", partial},
                            options);
  if (!status)
    return status.error();
  if (*status != 0)
    return Error{
        fmt::format("makedumpfile failed with {}; its words are in "
                    "makedumpfile.txt, beside the story",
                    *status)};
  if (std::rename(partial.c_str(), vmcore.c_str()) != 0)
    return errno_error("renaming " + partial);
  return {};
}

}  // namespace owctl
