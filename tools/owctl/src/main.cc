// SPDX-License-Identifier: GPL-2.0
#include <unistd.h>

#include <string_view>

#include "command.h"
#include "resurrect.h"

int main(int argc, char** argv) {
  // The kernel starts the crash initramfs by this name. Both are asked for,
  // because in a container any program may be process 1.
  const std::string_view self = argc > 0 ? argv[0] : "";
  if (::getpid() == 1 && self == "/init")
    return owctl::resurrect_main(argc, argv);
  return owctl::run_command_line(argc, argv);
}
