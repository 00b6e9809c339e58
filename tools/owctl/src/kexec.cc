// SPDX-License-Identifier: GPL-2.0
#include "kexec.h"

#include <linux/kexec.h>
#include <sys/syscall.h>
#include <unistd.h>

namespace owctl {

Error explain_load_error(int number) {
  Error error{
      fmt::format("loading the crash kernel: {}", std::strerror(number)),
      {},
      Exit::kError,
      number};
  switch (number) {
    case ENOSYS:
      error.what = "this kernel has no kexec_file_load system call";
      error.hint =
          "A takeover needs it: only the kernel itself can seal the handover,\n"
          "and kexec-tools' older system call has no place for one. Build the\n"
          "kernel with CONFIG_KEXEC_FILE=y, or load a plain kdump kernel with\n"
          "`owctl arm --kdump`.";
      error.status = Exit::kRefused;
      break;
    case EPERM:
      error.hint =
          "Either CAP_SYS_BOOT is missing, kernel.kexec_load_disabled is 1 "
          "(it\nstays so until the next boot), or the kernel is locked down.";
      error.status = Exit::kNoPermission;
      break;
    case EADDRNOTAVAIL:
    case ENOMEM:
      error.hint =
          "The crash region has no room for the kernel and its initramfs.\n"
          "Reserve more with crashkernel= on the kernel command line.";
      error.status = Exit::kRefused;
      break;
    case EBUSY:
      error.hint = "Another program is loading a crash kernel; try again.";
      break;
    case ENOEXEC:
      error.hint =
          "The kernel image was not accepted: is it a bzImage for "
          "this\nmachine, relocatable and 64 bit?";
      break;
    case EKEYREJECTED:
    case ENOKEY:
    case ENODATA:
    case EBADMSG:
      error.hint =
          "The image's signature was not accepted. Under Secure Boot the "
          "crash\n"
          "kernel must be signed with a key that the running kernel trusts.";
      error.status = Exit::kRefused;
      break;
    default:
      error.hint = "The kernel log (dmesg) may say more.";
      break;
  }
  return error;
}

Result<> load_crash_kernel(int kernel_fd, int initramfs_fd,
                           const std::string& cmdline) {
  if (::syscall(SYS_kexec_file_load, kernel_fd, initramfs_fd,
                cmdline.size() + 1, cmdline.c_str(), KEXEC_FILE_ON_CRASH) != 0)
    return explain_load_error(errno);
  return {};
}

Result<> unload_crash_kernel() {
  if (::syscall(SYS_kexec_file_load, -1, -1, 0UL, nullptr,
                KEXEC_FILE_UNLOAD | KEXEC_FILE_ON_CRASH) != 0)
    return errno_error("unloading the crash kernel");
  return {};
}

}  // namespace owctl
