// SPDX-License-Identifier: GPL-2.0
// What `owctl arm` decided, carried in the crash initramfs to whoever wakes up
// in it, and from there into every later generation.
#ifndef OWCTL_POLICY_H
#define OWCTL_POLICY_H

#include <cstdint>
#include <map>
#include <string>
#include <string_view>

#include "restart_policy.h"
#include "result.h"
#include "selection.h"

namespace owctl {

enum class OnFailure { kReboot, kHalt, kShell };

std::string_view to_string(OnFailure action);
Result<OnFailure> on_failure_from(std::string_view word);

// Sysctls by their name with dots; values as the kernel prints them.
using SysctlValues = std::map<std::string, std::string>;

struct Policy {
  // A reader refuses a file newer than itself. One without a restart policy,
  // version 3, may lie on disk from before an update.
  static constexpr int kVersion = 4;
  static constexpr int kOldestVersion = 3;

  std::string kernel;  // path of the image to arm
  std::string append;  // added to the crash kernel's command line
  OnFailure on_failure = OnFailure::kReboot;
  bool dump = false;             // makedumpfile before the release
  bool fresh = false;            // no processes: the machine's init anew
  Selection selection;           // of those that come back
  RestartPolicy restart;         // what becomes of them
  uint64_t region_size = 0;      // of every later region; 0: as it is
  SysctlValues sysctl_original;  // before anything was armed
  SysctlValues sysctl_carried;   // see carried_sysctls()
};

inline constexpr std::string_view kPolicyInInitramfs =
    "/otherworld/policy.json";

std::string policy_to_json(const Policy& policy);
Result<Policy> policy_from_json(std::string_view text);

}  // namespace owctl

#endif
