// SPDX-License-Identifier: GPL-2.0
#include "dump_view.h"

#include <fcntl.h>
#include <sys/mount.h>

#include <algorithm>
#include <map>
#include <nlohmann/json.hpp>

#include "pact_words.h"
#include "process_tree.h"
#include "restart_policy.h"
#include "visible_text.h"

namespace owctl {
namespace {

std::string size_text(uint64_t pages) {
  if (pages < 256)
    return fmt::format("{}K", pages * 4);
  return fmt::format("{:.1f}M", static_cast<double>(pages) / 256);
}

// What a process does: its only thread's state, or how many are in each.
std::string states_text(const DumpProcess& process) {
  std::map<std::string, unsigned> states;
  unsigned running = 0;
  for (const auto& thread : process.threads) {
    ++states[thread.state];
    running += thread.on_cpu ? 1 : 0;
  }
  std::string text;
  for (const auto& [state, count] : states)
    text +=
        process.threads.size() == 1 ? state : fmt::format("{}{}", count, state);
  if (running > 0)
    text += "+";
  return text;
}

std::string headline(const DumpProcess& process, const Look& look) {
  const DumpPages pages = process.pages();
  std::string line =
      fmt::format("{} {} [{}] uid {}", process.pid,
                  paint(visible_text(process.name), Colour::kBold, look.colour),
                  states_text(process), process.credentials.uid);
  if (process.credentials.euid != process.credentials.uid)
    line += fmt::format(" as {}", process.credentials.euid);
  line += fmt::format(", {} resident", size_text(pages.resident));
  if (pages.swapped > 0)
    line += fmt::format(", {} swapped", size_text(pages.swapped));
  line += fmt::format(", {} files  {}", process.descriptors.size(),
                      paint_grade(process.grade, look.colour));
  return line;
}

std::string pact_state(const DumpPact& pact) {
  return pact.swapped_out ? "swapped out" : pact_word(pact.state);
}

// A limit of 0 is the policy's to set.
std::string procedure_text(const DumpPact& pact) {
  if (!pact.has_procedure)
    return kNothing;
  return pact.limit_ms == 0 ? "yes" : format_duration(Duration(pact.limit_ms));
}

// Of a process that has one.
std::vector<std::string> pact_notes(const DumpPact& pact, const Look& look) {
  if (pact.at == 0 || pact.state == OTHERWORLD_PACT_NONE)
    return {};
  const std::string state = pact_state(pact);
  std::string note = "pact " + paint(state, pact_colour(state), look.colour);
  if (!pact.reason.empty())
    note += ": " + visible_text(pact.reason);
  if (pact.state == OTHERWORLD_PACT_VALID)
    note +=
        fmt::format(", procedure {}, group {}, action {}", procedure_text(pact),
                    pact.group.empty() ? kNothing : visible_text(pact.group),
                    action_name(pact.action));
  return {note};
}

std::string render_processes(const DumpModel& model, const Look& look) {
  std::vector<TreeNode> nodes;
  std::vector<std::string> grades;
  for (const auto& process : model.processes) {
    auto notes = pact_notes(process.pact, look);
    for (auto& note : verdict_notes(process.verdicts, look.colour))
      notes.push_back(std::move(note));
    nodes.push_back(
        {process.pid, process.ppid, headline(process, look), std::move(notes)});
    grades.push_back(process.grade);
  }
  std::string text = render_tree(nodes, look.unicode);
  for (const auto& note : verdict_notes(model.machine, look.colour))
    text += note + "\n";
  return text + "A resurrection would bring back " +
         count_grades(grades, look.colour) + "\n";
}

std::string fate_text(const Fate& fate, const Look& look) {
  if (fate.reason.empty())
    return paint_grade(fate.grade, look.colour);
  return paint_grade(fate.grade, look.colour) + ": " +
         visible_text(fate.reason);
}

std::string join(const std::vector<std::string>& words) {
  std::string text;
  for (const auto& word : words)
    text += (text.empty() ? "" : ",") + word;
  return text;
}

std::string render_maps(const DumpProcess& process, const Look& look) {
  std::string text =
      fmt::format("  {:<33} {:<4} {:>8} {:>8} {:>8} {:>8}  {}\n", "memory", "",
                  "resident", "own", "shared", "swapped", "what");
  for (const auto& mapping : process.mappings) {
    const DumpPages& pages = mapping.pages;
    text += fmt::format(
        "  {:<33} {:<4} {:>8} {:>8} {:>8} {:>8}  ",
        fmt::format("{:012x}-{:012x}", mapping.start, mapping.end),
        mapping.access, size_text(pages.resident), size_text(pages.anonymous),
        size_text(pages.shared), size_text(pages.swapped));
    text += visible_text(mapping.name);
    if (mapping.offset > 0)
      text += fmt::format("+{:#x}", mapping.offset);
    if (!mapping.flags.empty())
      text += " (" + join(mapping.flags) + ")";
    if (!mapping.fate.reason.empty())
      text += "  " + fate_text(mapping.fate, look);
    text += "\n";
  }
  return text;
}

std::string open_flags_text(unsigned flags) {
  const char* const modes[] = {"r", "w", "rw", "-"};
  std::string text = modes[flags & O_ACCMODE];
  constexpr std::pair<int, const char*> kNames[] = {
      {O_APPEND, "append"},
      {O_NONBLOCK, "nonblock"},
      {O_DIRECT, "direct"},
      {O_DSYNC, "sync"},
  };
  for (const auto& [flag, name] : kNames)
    if ((flags & static_cast<unsigned>(flag)) != 0)
      text += std::string(",") + name;
  return text;
}

std::string render_files(const DumpProcess& process, const Look& look) {
  std::string text;
  text += fmt::format("  {:>5}  {}\n", "exe", visible_text(process.executable));
  text += fmt::format("  {:>5}  {}\n", "cwd", visible_text(process.directory));
  text += fmt::format("  {:>5}  {}\n", "root", visible_text(process.root));
  for (const auto& file : process.descriptors) {
    text += fmt::format(
        "  {:>5}  {}  {} on {}, {}{}, at {}  {}\n", file.number,
        file.path.empty() ? "(no name)" : visible_text(file.path), file.type,
        visible_text(file.file_system), open_flags_text(file.flags),
        file.close_on_exec ? ",cloexec" : "", file.position,
        fate_text(file.fate, look));
  }
  return text;
}

std::string mount_flags_text(unsigned flags) {
  std::string text = (flags & MS_RDONLY) != 0 ? "ro" : "rw";
  constexpr std::pair<unsigned, const char*> kNames[] = {
      {MS_NOSUID, "nosuid"},         {MS_NODEV, "nodev"},
      {MS_NOEXEC, "noexec"},         {MS_NOATIME, "noatime"},
      {MS_NODIRATIME, "nodiratime"}, {MS_RELATIME, "relatime"},
  };
  for (const auto& [flag, name] : kNames)
    if ((flags & flag) != 0)
      text += std::string(",") + name;
  return text;
}

std::string render_mounts(const DumpModel& model) {
  std::string text;
  for (const auto& mount : model.mounts)
    text +=
        fmt::format("{} on {}{} type {} ({})\n", visible_text(mount.source),
                    visible_text(mount.target),
                    mount.root == "/" ? "" : " of " + visible_text(mount.root),
                    visible_text(mount.type), mount_flags_text(mount.flags));
  return text;
}

std::string hex(uint64_t value) {
  return fmt::format("{:#x}", value);
}

nlohmann::json pact_json(const DumpPact& pact) {
  nlohmann::json json = {{"state", nullptr}};
  if (pact.state || pact.swapped_out)
    json["state"] = pact_state(pact);
  else
    json["reason"] = pact.reason;
  if (pact.state != OTHERWORLD_PACT_VALID)
    return json;
  json["procedure"] = pact.has_procedure;
  json["group"] = pact.group;
  json["action"] = action_name(pact.action);
  json["limit_ms"] = pact.limit_ms;
  return json;
}

nlohmann::json process_json(const DumpProcess& process) {
  auto threads = nlohmann::json::array();
  for (const auto& thread : process.threads)
    threads.push_back({{"tid", thread.tid},
                       {"name", thread.name},
                       {"state", thread.state},
                       {"on_cpu", thread.on_cpu},
                       {"address", hex(thread.address)}});
  auto maps = nlohmann::json::array();
  for (const auto& mapping : process.mappings)
    maps.push_back({{"start", hex(mapping.start)},
                    {"end", hex(mapping.end)},
                    {"access", mapping.access},
                    {"flags", mapping.flags},
                    {"name", mapping.name},
                    {"offset", mapping.offset},
                    {"pages",
                     {{"resident", mapping.pages.resident},
                      {"anonymous", mapping.pages.anonymous},
                      {"shared", mapping.pages.shared},
                      {"huge", mapping.pages.huge},
                      {"swapped", mapping.pages.swapped}}},
                    {"address", hex(mapping.address)},
                    {"grade", mapping.fate.grade},
                    {"reason", mapping.fate.reason}});
  auto files = nlohmann::json::array();
  for (const auto& file : process.descriptors)
    files.push_back({{"fd", file.number},
                     {"close_on_exec", file.close_on_exec},
                     {"path", file.path},
                     {"type", file.type},
                     {"file_system", file.file_system},
                     {"position", file.position},
                     {"flags", file.flags},
                     {"address", hex(file.address)},
                     {"grade", file.fate.grade},
                     {"reason", file.fate.reason}});
  const DumpCredentials& who = process.credentials;
  return {{"pid", process.pid},
          {"ppid", process.ppid},
          {"pgid", process.pgid},
          {"sid", process.sid},
          {"name", process.name},
          {"address", hex(process.address)},
          {"credentials",
           {{"uid", who.uid},
            {"gid", who.gid},
            {"euid", who.euid},
            {"egid", who.egid},
            {"suid", who.suid},
            {"sgid", who.sgid},
            {"groups", who.groups},
            {"cap_permitted", hex(who.permitted)},
            {"cap_effective", hex(who.effective)},
            {"cap_inheritable", hex(who.inheritable)},
            {"cap_ambient", hex(who.ambient)},
            {"cap_bounding", hex(who.bounding)}}},
          {"executable", process.executable},
          {"directory", process.directory},
          {"root", process.root},
          {"umask", process.umask},
          {"threads", std::move(threads)},
          {"maps", std::move(maps)},
          {"files", std::move(files)},
          {"pact", pact_json(process.pact)},
          {"grade", process.grade},
          {"verdicts", verdicts_json(process.verdicts)}};
}

}  // namespace

std::string render_dump(const DumpModel& model, const DumpViewWants& wants,
                        const Look& look) {
  std::string text;
  if (wants.tree)
    text += render_processes(model, look);
  if (wants.mounts)
    text += render_mounts(model);
  if (!wants.maps && !wants.files)
    return text;
  for (const auto& process : model.processes) {
    text += (text.empty() ? "" : "\n") + headline(process, look) + "\n";
    if (process.threads.size() > 1)
      for (const auto& thread : process.threads)
        text += fmt::format("  thread {} {} [{}]{}\n", thread.tid,
                            visible_text(thread.name), thread.state,
                            thread.on_cpu ? " on a CPU" : "");
    if (wants.files)
      text += render_files(process, look);
    if (wants.maps)
      text += render_maps(process, look);
  }
  return text;
}

nlohmann::json dump_json(const DumpModel& model) {
  auto processes = nlohmann::json::array();
  for (const auto& process : model.processes)
    processes.push_back(process_json(process));
  auto mounts = nlohmann::json::array();
  for (const auto& mount : model.mounts)
    mounts.push_back({{"target", mount.target},
                      {"source", mount.source},
                      {"type", mount.type},
                      {"root", mount.root},
                      {"flags", mount.flags},
                      {"address", hex(mount.address)}});
  return {{"processes", std::move(processes)},
          {"mounts", std::move(mounts)},
          {"machine", verdicts_json(model.machine)}};
}

}  // namespace owctl
