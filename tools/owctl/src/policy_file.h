// SPDX-License-Identifier: GPL-2.0
// policy.toml, read and checked. What is wrong is said as a compiler says it.
#ifndef OWCTL_POLICY_FILE_H
#define OWCTL_POLICY_FILE_H

#include <string>
#include <string_view>
#include <vector>

#include "files.h"
#include "restart_policy.h"

namespace owctl {

inline constexpr std::string_view kPolicyFile = "/etc/otherworld/policy.toml";

struct PolicyProblem {
  unsigned line = 0;
  unsigned column = 0;
  std::string what;
  std::string allowed;  // what could stand there; may be empty

  // "policy.toml:3:1: there is no 'aktion'", and what is allowed below it.
  [[nodiscard]] std::string text(std::string_view file) const;
};

struct PolicyFile {
  RestartPolicy policy;
  std::vector<PolicyProblem> problems;  // all of them, as they stand there
};

// `paths` is where users are looked up: in /etc/passwd alone, as a program that
// is linked statically can ask nobody else.
PolicyFile parse_policy(const Paths& paths, std::string_view text);

// All problems in one error.
Result<RestartPolicy> read_policy_file(const Paths& paths,
                                       const std::string& file);
// The usual one, or if there is none, what holds without.
Result<RestartPolicy> read_default_policy(const Paths& paths);

}  // namespace owctl

#endif
