// SPDX-License-Identifier: GPL-2.0
#include "sysctl.h"

#include <algorithm>
#include <cstdio>
#include <nlohmann/json.hpp>
#include <optional>

namespace owctl {
namespace {

constexpr std::string_view kRememberedFile = "/var/lib/otherworld/sysctl.json";
constexpr std::string_view kBootIdFile = "/proc/sys/kernel/random/boot_id";

struct Remembered {
  std::string boot_id;
  SysctlValues values;
};

std::string sysctl_path(const Paths& paths, std::string name) {
  std::replace(name.begin(), name.end(), '.', '/');
  return paths("/proc/sys/" + name);
}

std::optional<Remembered> read_remembered(const Paths& paths) {
  auto text = read_file(paths(kRememberedFile));
  if (!text)
    return {};
  try {
    const auto json = nlohmann::json::parse(*text);
    return Remembered{json.at("boot_id").get<std::string>(),
                      json.at("original").get<SysctlValues>()};
  } catch (const nlohmann::json::exception&) {
    return {};
  }
}

}  // namespace

const SysctlValues& armed_sysctls() {
  static const SysctlValues kValues = {
      {"kernel.panic_on_oops", "1"},
      {"kernel.softlockup_panic", "1"},
      {"kernel.hardlockup_panic", "1"},
      {"kernel.hung_task_panic", "1"},
      {"kernel.panic_on_rcu_stall", "1"},
      // A watchdog device's NMI arrives as one nobody knows.
      {"kernel.unknown_nmi_panic", "1"},
      {"kernel.panic_on_unrecovered_nmi", "1"},
      {"kernel.panic_on_io_nmi", "1"},
  };
  return kValues;
}

SysctlValues carried_sysctls(const Paths& paths) {
  SysctlValues carried;
  for (const char* name : {"kernel.panic",
                           "kernel.sysrq",
                           "kernel.printk",
                           "vm.nr_hugepages",
                           "kernel.threads-max",
                           "fs.file-max",
                           "net.ipv4.tcp_mem",
                           "net.ipv4.tcp_rmem",
                           "net.ipv4.tcp_wmem",
                           "net.ipv4.udp_mem",
                           "net.ipv4.tcp_max_orphans",
                           "net.ipv4.tcp_max_tw_buckets",
                           "user.max_cgroup_namespaces",
                           "user.max_ipc_namespaces",
                           "user.max_mnt_namespaces",
                           "user.max_net_namespaces",
                           "user.max_pid_namespaces",
                           "user.max_time_namespaces",
                           "user.max_user_namespaces",
                           "user.max_uts_namespaces",
                           "vm.admin_reserve_kbytes",
                           "vm.user_reserve_kbytes"})
    if (auto now = read_sysctl(paths, name))
      carried[name] = *now;
  return carried;
}

Result<std::string> read_sysctl(const Paths& paths, const std::string& name) {
  return read_line(sysctl_path(paths, name));
}

Result<> write_sysctl(const Paths& paths, const std::string& name,
                      std::string_view value) {
  return write_existing(sysctl_path(paths, name), value);
}

SysctlValues original_sysctls(const Paths& paths, unsigned generation,
                              const SysctlValues& carried) {
  const std::string boot = read_line(paths(kBootIdFile)).value_or("");
  const auto remembered = read_remembered(paths);
  if (remembered && (generation > 0 || remembered->boot_id == boot))
    return remembered->values;
  if (!carried.empty())
    return carried;
  SysctlValues present;
  for (const auto& [name, value] : armed_sysctls())
    if (auto now = read_sysctl(paths, name))
      present[name] = *now;
  return present;
}

bool sysctls_remembered(const Paths& paths) {
  return exists(paths(kRememberedFile));
}

Result<> remember_sysctls(const Paths& paths, const SysctlValues& original) {
  auto made = make_directories(paths(kStateDir));
  if (!made)
    return made;
  const nlohmann::json json = {
      {"boot_id", read_line(paths(kBootIdFile)).value_or("")},
      {"original", original},
  };
  return write_atomically(paths(kRememberedFile), json.dump(2) + "\n");
}

unsigned apply_sysctls(const Paths& paths, const SysctlValues& values,
                       Reporter& reporter) {
  unsigned set = 0;
  for (const auto& [name, value] : values) {
    auto written = write_sysctl(paths, name, value);
    if (written)
      ++set;
    else if (written.error().number != ENOENT)
      reporter.warn(fmt::format("{} could not be set to {}: {}", name, value,
                                written.error().what));
  }
  return set;
}

std::vector<SysctlFailure> set_sysctls(
    const Paths& paths,
    const std::vector<std::pair<std::string, std::string>>& wanted) {
  std::vector<SysctlFailure> failures;
  for (const auto& [name, value] : wanted) {
    auto now = read_sysctl(paths, name);
    if (now && *now == value)
      continue;
    // Without the end of line, nothing at all would be written for nothing.
    auto written = write_sysctl(paths, name, value + "\n");
    if (!written)
      failures.push_back({name, written.error()});
  }
  return failures;
}

Result<> restore_sysctls(const Paths& paths, Reporter& reporter) {
  const auto remembered = read_remembered(paths);
  if (!remembered)
    return {};
  apply_sysctls(paths, remembered->values, reporter);
  if (std::remove(paths(kRememberedFile).c_str()) != 0)
    return errno_error("removing " + paths(kRememberedFile));
  return {};
}

}  // namespace owctl
