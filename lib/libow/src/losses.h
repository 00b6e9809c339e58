// SPDX-License-Identifier: LGPL-2.1
// The kernel's verdicts about this process, as ow.h has them.
// Async-signal-safe.
#ifndef LIBOW_LOSSES_H
#define LIBOW_LOSSES_H

#include <linux/otherworld.h>

#include <cstring>

#include "otherworld/ow.h"

namespace libow {

// The N of "fd N", -1 for any other resource.
inline int fd_of(const char* resource) {
  if (std::strncmp(resource, "fd ", 3) != 0) {
    return -1;
  }
  int fd = 0;
  const char* at = resource + 3;
  for (; *at >= '0' && *at <= '9' && fd < 100'000'000; ++at) {
    fd = fd * 10 + (*at - '0');
  }
  return at == resource + 3 || *at != 0 ? -1 : fd;
}

// false if there is nothing to tell. The loss refers to the verdict's texts.
inline bool loss_of(otherworld_verdict& verdict, ow_loss& loss) {
  if (verdict.grade == OTHERWORLD_EXACT) {
    return false;
  }
  verdict.resource[OTHERWORLD_TEXT_LEN - 1] = 0;
  verdict.reason[OTHERWORLD_TEXT_LEN - 1] = 0;
  loss.grade = verdict.grade == OTHERWORLD_DEGRADED ? OW_DEGRADED : OW_LOST;
  loss.fd = fd_of(verdict.resource);
  loss.resource = verdict.resource;
  loss.reason = verdict.reason;
  return true;
}

}  // namespace libow

#endif  // LIBOW_LOSSES_H
