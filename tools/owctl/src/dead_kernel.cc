// SPDX-License-Identifier: GPL-2.0
#include "dead_kernel.h"

#include <ow_cause.h>
#include <ow_log.h>
#include <ow_vmcoreinfo.h>

#include <array>
#include <memory>

#include "dump_reader.h"

namespace owctl {
namespace {

// What the walk hands from record to record.
struct Collector {
  std::string log;
  ow_cause cause = {};
  // Where each record's text begins, to find the backtrace afterwards.
  std::vector<std::pair<u64, size_t>> begins;
  std::array<char, size_t{4}* OW_LOG_TEXT_MAX> line = {};

  static bool record(void* self, const ow_log_record* record) {
    static_cast<Collector*>(self)->add(*record);
    return true;
  }

  void add(const ow_log_record& record) {
    ::ow_cause_feed(&cause, &record);
    begins.emplace_back(record.seq, log.size());
    const size_t size = ::ow_log_format(&record, 0, line.data(), line.size());
    log.append(line.data(), std::min(size, line.size() - 1));
  }

  [[nodiscard]] std::string from(u64 seq) const {
    for (const auto& [number, at] : begins)
      if (number >= seq)
        return log.substr(at);
    return {};
  }
};

std::string text_value(const ow_vmcoreinfo& info, const char* key) {
  std::array<char, 256> value = {};
  if (::ow_vmcoreinfo_string(&info, key, value.data(), value.size(), nullptr) !=
      OW_OK)
    return {};
  return value.data();
}

// What is wrong with the log; empty if nothing is.
std::string read_log(const DumpFile& dump, const ow_vmcoreinfo& info,
                     DeadKernel& dead) {
  ow_fault_info why = {};
  ow_pagetable tables = {};
  ow_log log = {};
  if (::ow_pagetable_init(&tables, &dump.memory(), &info, &why) != OW_OK ||
      ::ow_log_open(&log, &tables, &info, &why) != OW_OK)
    return "the log cannot be found: " + fault_text(why);
  auto collector = std::make_unique<Collector>();
  ::ow_cause_init(&collector->cause);
  const ow_log_visitor visitor = {&Collector::record, collector.get()};
  std::array<char, OW_LOG_TEXT_MAX> buffer = {};
  ow_log_stats stats = {};
  std::string problem;
  if (::ow_log_walk(&log, buffer.data(), buffer.size(), &visitor, &stats,
                    &why) != OW_OK)
    problem = "the log ends early: " + fault_text(why);
  else if (stats.torn + stats.unreadable != 0)
    problem = fmt::format("{} records of the log could not be read",
                          stats.torn + stats.unreadable);

  ow_cause_found found = {};
  ::ow_cause_finish(&collector->cause, &found);
  dead.cause = found.text;
  if (found.kind != OW_CAUSE_UNKNOWN)
    dead.backtrace = collector->from(found.begin_seq);
  dead.log = std::move(collector->log);
  return problem;
}

}  // namespace

Result<DeadKernel> read_dead_kernel(const DumpFile& dump) {
  DeadKernel dead;
  dead.vmcoreinfo = dump.vmcoreinfo();
  dead.problem = dump.problem();
  if (dead.vmcoreinfo.empty())
    return Error{"no VMCOREINFO of a kernel is in it",
                 dead.problem.empty()
                     ? "A dump of a Linux kernel has one."
                     : "This dump has lost it: " + dead.problem};
  ow_fault_info why = {};
  ow_vmcoreinfo info = {};
  if (::ow_vmcoreinfo_init(&info, dead.vmcoreinfo.data(),
                           dead.vmcoreinfo.size(), &why) != OW_OK)
    return Error{
        fmt::format("its VMCOREINFO cannot be used: {}", fault_text(why))};
  dead.release = text_value(info, "OSRELEASE");
  dead.build_id = text_value(info, "BUILD-ID");
  u64 seconds = 0;
  if (::ow_vmcoreinfo_decimal(&info, "CRASHTIME", &seconds, nullptr) == OW_OK)
    dead.crash_time = seconds;
  const std::string problem = read_log(dump, info, dead);
  if (!problem.empty())
    dead.problem += (dead.problem.empty() ? "" : "; ") + problem;
  return dead;
}

Result<DeadKernel> read_dead_kernel(const std::string& vmcore) {
  auto dump = open_dump(vmcore);
  if (!dump)
    return dump.error();
  auto dead = read_dead_kernel(**dump);
  if (!dead)
    return dead.error().in(vmcore);
  return dead;
}

}  // namespace owctl
