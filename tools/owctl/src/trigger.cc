// SPDX-License-Identifier: GPL-2.0
#include "trigger.h"

#include <sched.h>
#include <sys/mount.h>
#include <unistd.h>

#include <array>

namespace owctl {
namespace {

constexpr std::string_view kLkdtmFile =
    "/sys/kernel/debug/provoke-crash/DIRECT";
constexpr std::string_view kProvokeFile =
    "/sys/kernel/debug/otherworld/provoke";
constexpr std::string_view kWatchdogThresh = "/proc/sys/kernel/watchdog_thresh";

constexpr std::array<Threshold, 1> kFastWatchdog = {{{kWatchdogThresh, "1"}}};
constexpr std::array<Threshold, 1> kFastRcu = {
    {{"/sys/module/rcupdate/parameters/rcu_cpu_stall_timeout", "3"}}};
constexpr std::array<Threshold, 1> kFastHungTask = {
    {{"/proc/sys/kernel/hung_task_timeout_secs", "2"}}};

constexpr std::string_view kOops = "kernel.panic_on_oops";

// Words of LKDTM as in drivers/misc/lkdtm/bugs.c of 6.12.
constexpr std::array kKinds = {
    TriggerKind{
        "bug", "BUG() in kernel code", TriggerBy::kLkdtm, "BUG", kOops, {}},
    TriggerKind{"null",
                "write through a null pointer",
                TriggerBy::kLkdtm,
                "EXCEPTION",
                kOops,
                {}},
    TriggerKind{"wild",
                "write through a wild pointer",
                TriggerBy::kProvoke,
                "wild",
                kOops,
                {}},
    TriggerKind{"panic", "panic()", TriggerBy::kLkdtm, "PANIC", {}, {}},
    TriggerKind{"overflow",
                "kernel stack overflow (double fault)",
                TriggerBy::kLkdtm,
                "EXHAUST_STACK",
                kOops,
                {}},
    TriggerKind{"corrupt-stack",
                "overwritten stack, seen by its canary",
                TriggerBy::kLkdtm,
                "CORRUPT_STACK",
                {},
                {}},
    TriggerKind{"softlockup", "one CPU loops, interrupts on", TriggerBy::kLkdtm,
                "SOFTLOCKUP", "kernel.softlockup_panic", kFastWatchdog},
    TriggerKind{"hardlockup", "one CPU loops, interrupts off",
                TriggerBy::kLkdtm, "HARDLOCKUP", "kernel.hardlockup_panic",
                kFastWatchdog},
    TriggerKind{"stuck",
                "every CPU loops, interrupts off (needs a watchdog's NMI)",
                TriggerBy::kProvoke,
                "stuck",
                "kernel.unknown_nmi_panic",
                {}},
    TriggerKind{"rcu-stall", "a reader that never ends", TriggerBy::kProvoke,
                "rcu", "kernel.panic_on_rcu_stall", kFastRcu},
    TriggerKind{"hung-task", "a task that never wakes up", TriggerBy::kLkdtm,
                "HUNG_TASK", "kernel.hung_task_panic", kFastHungTask},
    TriggerKind{
        "irq", "oops in an interrupt", TriggerBy::kProvoke, "irq", {}, {}},
    TriggerKind{"nmi", "oops in an NMI", TriggerBy::kProvoke, "nmi", {}, {}},
    TriggerKind{
        "sysrq", "the keyboard's crash key", TriggerBy::kSysrq, "c", {}, {}},
    TriggerKind{"boot-cpu-deaf",
                "panic while CPU 0 does not answer: kdump (with --cpu 1)",
                TriggerBy::kProvoke,
                "deaf",
                {},
                {}},
};

}  // namespace

std::span<const TriggerKind> trigger_kinds() {
  return kKinds;
}

Result<TriggerKind> find_trigger(std::string_view name) {
  for (const auto& kind : kKinds)
    if (kind.name == name)
      return kind;
  return Error{fmt::format("there is no kind of fault '{}'", name),
               "See owctl trigger --list.", Exit::kUsage};
}

std::string trigger_file(TriggerBy by) {
  switch (by) {
    case TriggerBy::kLkdtm:
      return std::string(kLkdtmFile);
    case TriggerBy::kProvoke:
      return std::string(kProvokeFile);
    case TriggerBy::kSysrq:
      return "/proc/sysrq-trigger";
  }
  return {};
}

void hurry(const Paths& paths, const TriggerKind& kind, Reporter& reporter) {
  for (const auto& [file, value] : kind.fast) {
    auto written = write_existing(paths(file), value);
    if (!written && written.error().number != ENOENT)
      reporter.warn(written.error().what);
  }
}

Result<> prepare_trigger(const Paths& paths, const TriggerKind& kind) {
  const std::string file = paths(trigger_file(kind.by));
  if (exists(file))
    return {};
  const std::string debugfs = paths("/sys/kernel/debug");
  if (kind.by != TriggerBy::kSysrq &&
      ::mount("debugfs", debugfs.c_str(), "debugfs", 0, nullptr) != 0 &&
      errno != EBUSY)
    return errno_error("mounting debugfs");
  if (exists(file))
    return {};
  switch (kind.by) {
    case TriggerBy::kLkdtm:
      return Error{fmt::format("{} is missing", file),
                   "The kernel needs CONFIG_LKDTM (as a module: modprobe "
                   "lkdtm)."};
    case TriggerBy::kProvoke:
      return Error{fmt::format("{} is missing", file),
                   "The kernel needs CONFIG_OTHERWORLD_PROVOKE=y."};
    case TriggerBy::kSysrq:
      break;
  }
  return Error{fmt::format("{} is missing", file),
               "The kernel needs CONFIG_MAGIC_SYSRQ=y."};
}

Result<> pin_to_cpu(unsigned cpu) {
  cpu_set_t set;
  CPU_ZERO(&set);
  if (cpu >= CPU_SETSIZE)
    return Error{fmt::format("CPU {} is out of range", cpu), {}, Exit::kUsage};
  CPU_SET(cpu, &set);
  if (::sched_setaffinity(0, sizeof(set), &set) != 0)
    return errno_error(fmt::format("moving to CPU {}", cpu));
  return {};
}

Result<> pull_trigger(const Paths& paths, const TriggerKind& kind) {
  return write_existing(paths(trigger_file(kind.by)), kind.word);
}

}  // namespace owctl
