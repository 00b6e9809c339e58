// SPDX-License-Identifier: LGPL-2.1
#include "device.h"

#include <fcntl.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <unistd.h>

#include <cerrno>
#include <cstdint>

#include "otherworld/ow.h"

namespace libow {
namespace {

int open_device(int flags) {
  const int fd = open("/dev/otherworld", O_RDWR | O_CLOEXEC | flags);
  if (fd >= 0) {
    return fd;
  }
  const bool missing = errno == ENOENT || errno == ENXIO || errno == ENODEV;
  return missing ? -OW_ENOKERNEL : -errno;
}

void* map_page(int fd) {
  void* page = mmap(nullptr, static_cast<std::size_t>(getpagesize()),
                    PROT_READ | PROT_WRITE, MAP_PRIVATE, fd, 0);
  return page == MAP_FAILED ? nullptr : page;
}

int control(int fd, unsigned long request, void* argument) {
  return ioctl(fd, request, argument) < 0 ? -errno : 0;
}

}  // namespace

Device device = {open_device, map_page, control, "/run/otherworld/regions"};

int outcome(int fd, otherworld_verdict* verdicts, unsigned count,
            otherworld_outcome& told) {
  told = {};
  told.verdicts = reinterpret_cast<std::uintptr_t>(verdicts);
  told.count = count;
  return device.ioctl(fd, OTHERWORLD_IOC_OUTCOME, &told);
}

int outcome(otherworld_verdict* verdicts, unsigned count,
            otherworld_outcome& told) {
  const int fd = device.open(0);
  if (fd < 0) {
    return fd;
  }
  const int result = outcome(fd, verdicts, count, told);
  close(fd);
  return result;
}

}  // namespace libow

int ow_available(void) {
  const int fd = libow::device.open(0);
  if (fd < 0) {
    return fd;
  }
  close(fd);
  return 0;
}
