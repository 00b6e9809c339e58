// SPDX-License-Identifier: LGPL-2.1
// All that libow wants of the kernel's device, and where regions are. Unit
// tests put their own in its place; it is not exported.
#ifndef LIBOW_DEVICE_H
#define LIBOW_DEVICE_H

#include <linux/otherworld.h>

namespace libow {

struct Device {
  // A descriptor or a negative errno value; flags as for open(2).
  int (*open)(int flags);
  // The page of the pact, or nullptr and errno.
  void* (*map)(int fd);
  // 0 or a negative errno value. Async-signal-safe, as is open.
  int (*ioctl)(int fd, unsigned long request, void* argument);
  // The directory in which each user has one.
  const char* regions;
};

extern Device device;

// What the last takeover did to this process; count verdicts at most.
int outcome(int fd, otherworld_verdict* verdicts, unsigned count,
            otherworld_outcome& told);

// The same through a descriptor of the moment.
int outcome(otherworld_verdict* verdicts, unsigned count,
            otherworld_outcome& told);

}  // namespace libow

#endif  // LIBOW_DEVICE_H
