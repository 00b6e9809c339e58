// SPDX-License-Identifier: GPL-2.0
#include "report.h"

#include <algorithm>
#include <map>
#include <nlohmann/json.hpp>

namespace owctl {
namespace {

constexpr const char* kGrades[] = {"exact", "degraded", "lost"};

constexpr const char* kProcedureStates[] = {
    "none", "running", "continued", "restarted", "exited", "failed", "refused"};

// A word that is none counts as the worst.
size_t grade_rank(std::string_view name) {
  const auto* const found =
      std::find(std::begin(kGrades), std::end(kGrades), name);
  return std::min<size_t>(found - std::begin(kGrades), OTHERWORLD_LOST);
}

Verdict verdict_of(const otherworld_verdict& from) {
  return {grade_name(from.grade), from.resource, from.reason, from.address};
}

nlohmann::json to_json(const Verdict& verdict) {
  return {{"grade", verdict.grade},
          {"resource", verdict.resource},
          {"reason", verdict.reason},
          {"address", fmt::format("{:#x}", verdict.address)}};
}

Verdict verdict_from_json(const nlohmann::json& json) {
  return {json.at("grade").get<std::string>(),
          json.at("resource").get<std::string>(),
          json.at("reason").get<std::string>(),
          std::stoull(json.at("address").get<std::string>(), nullptr, 16)};
}

std::vector<Verdict> verdicts_from_json(const nlohmann::json& json) {
  std::vector<Verdict> verdicts;
  for (const auto& verdict : json)
    verdicts.push_back(verdict_from_json(verdict));
  return verdicts;
}

std::vector<ProcedureReport> procedures_from_json(const nlohmann::json& json) {
  std::vector<ProcedureReport> procedures;
  for (const auto& procedure : json)
    procedures.push_back({procedure.at("pid").get<int>(),
                          procedure.at("state").get<std::string>(),
                          procedure.at("seconds").get<double>(),
                          procedure.at("action").get<std::string>(),
                          procedure.at("reason").get<std::string>()});
  return procedures;
}

std::vector<RestartedGroup> groups_from_json(const nlohmann::json& json) {
  std::vector<RestartedGroup> groups;
  for (const auto& group : json)
    groups.push_back({group.at("name").get<std::string>(),
                      group.at("action").get<std::string>()});
  return groups;
}

}  // namespace

const char* procedure_state_name(unsigned state) {
  return state < std::size(kProcedureStates) ? kProcedureStates[state]
                                             : "unknown";
}

const char* grade_name(unsigned grade) {
  return kGrades[std::min<size_t>(grade, OTHERWORLD_LOST)];
}

nlohmann::json verdicts_json(const std::vector<Verdict>& verdicts) {
  auto array = nlohmann::json::array();
  for (const auto& verdict : verdicts)
    array.push_back(to_json(verdict));
  return array;
}

// A process that nothing was said of did not get to the gate.
std::string grade_of(const std::vector<Verdict>& verdicts) {
  bool arrived = false;
  size_t worst = 0;
  for (const auto& verdict : verdicts) {
    arrived |= verdict.resource == "process" && verdict.grade == kGrades[0];
    worst = std::max(worst, grade_rank(verdict.grade));
  }
  // It lives, though a part of it is lost.
  if (arrived && worst == OTHERWORLD_LOST)
    worst = OTHERWORLD_DEGRADED;
  return arrived ? kGrades[worst] : kGrades[OTHERWORLD_LOST];
}

Report make_report(const std::vector<otherworld_process>& processes,
                   const std::vector<otherworld_verdict>& verdicts) {
  Report report;
  std::map<int, size_t> by_pid;
  for (const auto& process : processes) {
    by_pid[process.pid] = report.processes.size();
    report.processes.push_back({process.pid,
                                process.ppid,
                                process.pgid,
                                process.sid,
                                process.threads,
                                process.comm,
                                {},
                                {}});
  }
  for (const auto& verdict : verdicts) {
    const auto found = by_pid.find(verdict.pid);
    if (found == by_pid.end())
      report.machine.push_back(verdict_of(verdict));
    else
      report.processes[found->second].verdicts.push_back(verdict_of(verdict));
  }
  for (auto& process : report.processes)
    process.grade = grade_of(process.verdicts);
  return report;
}

nlohmann::json procedures_json(const Report& report) {
  auto array = nlohmann::json::array();
  for (const auto& procedure : report.procedures)
    array.push_back({{"pid", procedure.pid},
                     {"state", procedure.state},
                     {"seconds", procedure.seconds},
                     {"action", procedure.action},
                     {"reason", procedure.reason}});
  return array;
}

nlohmann::json groups_json(const Report& report) {
  auto array = nlohmann::json::array();
  for (const auto& group : report.groups)
    array.push_back({{"name", group.name}, {"action", group.action}});
  return array;
}

std::string report_to_json(const Report& report) {
  auto processes = nlohmann::json::array();
  for (const auto& process : report.processes)
    processes.push_back({{"pid", process.pid},
                         {"ppid", process.ppid},
                         {"pgid", process.pgid},
                         {"sid", process.sid},
                         {"threads", process.threads},
                         {"name", process.name},
                         {"grade", process.grade},
                         {"verdicts", verdicts_json(process.verdicts)}});
  const nlohmann::json json = {{"version", 1},
                               {"processes", std::move(processes)},
                               {"machine", verdicts_json(report.machine)},
                               {"procedures", procedures_json(report)},
                               {"groups", groups_json(report)}};
  return json.dump(2, ' ', false, nlohmann::json::error_handler_t::replace) +
         "\n";
}

Result<Report> report_from_json(std::string_view text) {
  try {
    const auto json = nlohmann::json::parse(text);
    Report report;
    for (const auto& process : json.at("processes"))
      report.processes.push_back(
          {process.at("pid").get<int>(), process.at("ppid").get<int>(),
           process.at("pgid").get<int>(), process.at("sid").get<int>(),
           process.at("threads").get<unsigned>(),
           process.at("name").get<std::string>(),
           process.at("grade").get<std::string>(),
           verdicts_from_json(process.at("verdicts"))});
    report.machine = verdicts_from_json(json.at("machine"));
    // Not there in what an older owctl wrote.
    if (json.contains("procedures"))
      report.procedures = procedures_from_json(json.at("procedures"));
    if (json.contains("groups"))
      report.groups = groups_from_json(json.at("groups"));
    return report;
  } catch (const std::exception& error) {
    return Error{fmt::format("the report cannot be read: {}", error.what())};
  }
}

}  // namespace owctl
