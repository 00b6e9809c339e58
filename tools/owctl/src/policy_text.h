// SPDX-License-Identifier: GPL-2.0
// A restart policy as a file that says the same.
#ifndef OWCTL_POLICY_TEXT_H
#define OWCTL_POLICY_TEXT_H

#include <string>

#include "restart_policy.h"

namespace owctl {

std::string policy_text(const RestartPolicy& policy);

}  // namespace owctl

#endif
