// SPDX-License-Identifier: GPL-2.0
#include "armed_policy.h"

#include <cerrno>
#include <cstdio>
#include <nlohmann/json.hpp>

namespace owctl {
namespace {

constexpr std::string_view kFile = "/var/lib/otherworld/policy.json";

std::string boot_id(const Paths& paths) {
  return read_line(paths("/proc/sys/kernel/random/boot_id")).value_or("");
}

}  // namespace

Result<> remember_policy(const Paths& paths, unsigned generation,
                         const Policy& policy) {
  const auto before = remembered_policy(paths, generation);
  const std::string text = policy_to_json(policy);
  if (before && policy_to_json(*before) == text)
    return {};
  auto made = make_directories(paths(kStateDir));
  if (!made)
    return made;
  const nlohmann::json json = {{"boot_id", boot_id(paths)}, {"policy", text}};
  return write_atomically(paths(kFile), json.dump(2) + "\n");
}

std::optional<Policy> remembered_policy(const Paths& paths,
                                        unsigned generation) {
  const auto text = read_file(paths(kFile));
  if (!text)
    return {};
  try {
    const auto json = nlohmann::json::parse(*text);
    if (generation == 0 && json.at("boot_id") != boot_id(paths))
      return {};
    auto policy = policy_from_json(json.at("policy").get<std::string>());
    if (policy)
      return std::move(*policy);
  } catch (const nlohmann::json::exception&) {
    // As good as none.
  }
  return {};
}

Result<> forget_policy(const Paths& paths) {
  if (std::remove(paths(kFile).c_str()) != 0 && errno != ENOENT)
    return errno_error("removing " + paths(kFile));
  return {};
}

}  // namespace owctl
