// SPDX-License-Identifier: GPL-2.0
#include "policy.h"

#include <nlohmann/json.hpp>

namespace owctl {

std::string_view to_string(OnFailure action) {
  switch (action) {
    case OnFailure::kReboot:
      return "reboot";
    case OnFailure::kHalt:
      return "halt";
    case OnFailure::kShell:
      return "shell";
  }
  return "reboot";
}

Result<OnFailure> on_failure_from(std::string_view word) {
  for (const auto action :
       {OnFailure::kReboot, OnFailure::kHalt, OnFailure::kShell})
    if (word == to_string(action))
      return action;
  return Error{fmt::format("'{}' is not an action on failure", word),
               "It is one of reboot, halt, shell.", Exit::kUsage};
}

std::string policy_to_json(const Policy& policy) {
  const nlohmann::json json = {
      {"version", Policy::kVersion},
      {"kernel", policy.kernel},
      {"append", policy.append},
      {"on_failure", to_string(policy.on_failure)},
      {"dump", policy.dump},
      {"fresh", policy.fresh},
      {"selection", to_json(policy.selection)},
      {"restart", to_json(policy.restart)},
      {"region_size", policy.region_size},
      {"sysctl_original", policy.sysctl_original},
      {"sysctl_carried", policy.sysctl_carried},
  };
  return json.dump(2) + "\n";
}

Result<Policy> policy_from_json(std::string_view text) {
  try {
    const auto json = nlohmann::json::parse(text);
    const int version = json.at("version").get<int>();
    if (version < Policy::kOldestVersion || version > Policy::kVersion)
      return Error{
          fmt::format("the policy has version {}, this owctl "
                      "understands {} to {}",
                      version, Policy::kOldestVersion, Policy::kVersion)};
    Policy policy;
    policy.kernel = json.at("kernel").get<std::string>();
    policy.append = json.at("append").get<std::string>();
    auto action = on_failure_from(json.at("on_failure").get<std::string>());
    if (!action)
      return action.error();
    policy.on_failure = *action;
    policy.dump = json.at("dump").get<bool>();
    policy.fresh = json.at("fresh").get<bool>();
    policy.selection = selection_from_json(json.at("selection"));
    if (version > Policy::kOldestVersion)
      policy.restart = restart_policy_from_json(json.at("restart"));
    policy.region_size = json.at("region_size").get<uint64_t>();
    policy.sysctl_original = json.at("sysctl_original").get<SysctlValues>();
    policy.sysctl_carried = json.at("sysctl_carried").get<SysctlValues>();
    return policy;
  } catch (const std::exception& error) {
    return Error{fmt::format("the policy cannot be read: {}", error.what())};
  }
}

}  // namespace owctl
