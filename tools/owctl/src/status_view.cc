// SPDX-License-Identifier: GPL-2.0
#include "status_view.h"

#include <algorithm>
#include <nlohmann/json.hpp>

#include "region.h"
#include "report_view.h"
#include "visible_text.h"

namespace owctl {
namespace {

std::string describe_state(const KernelState& kernel, const Look& look) {
  switch (kernel.state) {
    case State::kArmed:
      return paint("armed", Colour::kGreen, look.colour) +
             ": a crash of this kernel will be survived";
    case State::kIdle:
      return paint("not armed", Colour::kRed, look.colour) +
             ": a crash of this kernel ends everything (owctl arm)";
    case State::kSuccessor:
      return paint("taking over", Colour::kYellow, look.colour) +
             ": the next crash kernel is not armed yet";
    case State::kKdump:
      return paint("plain kdump boot", Colour::kRed, look.colour) + ": " +
             visible_text(kernel.reason);
  }
  return {};
}

std::string field(std::string_view name, std::string_view value) {
  return fmt::format("{:<12}{}\n", name, value);
}

std::string milliseconds(uint64_t us) {
  return fmt::format("{:.1f} ms", static_cast<double>(us) / 1000);
}

std::string describe_store(const RegionStore& store) {
  auto text = fmt::format("{} of {} used", format_mib(store.used),
                          format_mib(store.size));
  if (store.per_user)
    text += fmt::format(", {} for each user", format_mib(*store.per_user));
  return text;
}

nlohmann::json store_json(const RegionStore& store) {
  nlohmann::json json = {
      {"size", store.size}, {"used", store.used}, {"per_user", nullptr}};
  if (store.per_user)
    json["per_user"] = *store.per_user;
  return json;
}

nlohmann::json timings_json(const std::vector<Timing>& timings) {
  nlohmann::json json = nlohmann::json::array();
  for (const auto& timing : timings)
    json.push_back({{"name", timing.name}, {"us", timing.us}});
  return json;
}

}  // namespace

std::string render_timings(const std::vector<Timing>& timings,
                           const Look& look) {
  if (timings.empty())
    return {};
  // Some stages run beside others: arming goes on while init already runs.
  std::vector<Timing> sorted = timings;
  std::stable_sort(
      sorted.begin(), sorted.end(),
      [](const Timing& a, const Timing& b) { return a.us < b.us; });
  size_t name_width = 0;
  uint64_t total = 1;
  for (const auto& timing : sorted) {
    name_width = std::max(name_width, timing.name.size());
    total = std::max(total, timing.us);
  }
  // "  name  at 1234.5 ms  + 123.4 ms  ": the rest of the line is for the bar.
  const size_t taken = name_width + 34;
  const size_t room =
      look.width > taken + 10 ? std::min<size_t>(look.width - taken, 60) : 10;
  std::string text;
  uint64_t before = 0;
  for (const auto& timing : sorted) {
    const uint64_t from = std::min(before, timing.us);
    const size_t start = from * room / total;
    const size_t end = std::max<size_t>(timing.us * room / total, start);
    const std::string bar = std::string(start, ' ') +
                            std::string(std::max<size_t>(end - start, 1), '#');
    text += fmt::format("  {:<{}}  {:>12}  {:>+11.1f} ms  {}\n", timing.name,
                        name_width, milliseconds(timing.us),
                        static_cast<double>(timing.us - from) / 1000,
                        paint(bar, Colour::kBlue, look.colour));
    before = timing.us;
  }
  return text;
}

std::string render_status(const StatusView& view, const Look& look) {
  const KernelState& kernel = view.kernel;
  std::string text = field("state", describe_state(kernel, look));
  text += field("generation", kernel.generation == 0
                                  ? "0, the first boot"
                                  : fmt::format("{}", kernel.generation));
  text +=
      field("region", kernel.region
                          ? fmt::format("{:#x}-{:#x}, {}", kernel.region->start,
                                        kernel.region->end,
                                        format_mib(kernel.region->size()))
                          : "none");
  if (view.policy)
    text += field("processes",
                  view.policy->fresh
                      ? "none will come back (--fresh)"
                      : describe(view.policy->selection) + " will come back");
  text += field("regions", view.store ? describe_store(*view.store)
                                      : "no place for them (owctl arm)");
  if (!kernel.cause.empty())
    text += field("last cause", visible_text(kernel.cause));
  if (view.story) {
    if (!view.story_is_of_this_boot && !view.story->cause.empty())
      text += field("last cause", fmt::format("{} (before this boot)",
                                              visible_text(view.story->cause)));
    text += field("story", view.story->directory);
    if (!view.story->last_lines.empty()) {
      text +=
          paint("\nThe dead kernel's last words\n", Colour::kBold, look.colour);
      for (const auto& line : view.story->last_lines)
        text += fmt::format("  {}\n", visible_text(line, true));
    }
  }
  if (view.report) {
    text +=
        paint("\nWhat became of the processes\n", Colour::kBold, look.colour);
    text += summarize_report(*view.report, look);
  }
  if (!kernel.timings.empty()) {
    text += paint("\nThe takeover, from the fault on\n", Colour::kBold,
                  look.colour);
    text += render_timings(kernel.timings, look);
  }
  return text;
}

std::string status_json(const StatusView& view) {
  const KernelState& kernel = view.kernel;
  nlohmann::json json = {
      {"state", to_string(kernel.state)},
      {"armed", kernel.state == State::kArmed},
      {"generation", kernel.generation},
      {"cause", kernel.cause},
      {"reason", kernel.reason},
      {"timings", timings_json(kernel.timings)},
      {"cpus", kernel.cpus},
      {"region", nullptr},
      {"regions", nullptr},
      {"story", nullptr},
      {"processes", nullptr},
      {"selection", nullptr},
      {"procedures", nullptr},
      {"groups", nullptr},
  };
  if (view.policy && !view.policy->fresh)
    json["selection"] = to_json(view.policy->selection);
  if (kernel.region)
    json["region"] = {{"start", kernel.region->start},
                      {"end", kernel.region->end},
                      {"size", kernel.region->size()}};
  if (view.store)
    json["regions"] = store_json(*view.store);
  if (view.story)
    json["story"] = {{"directory", view.story->directory},
                     {"of_this_boot", view.story_is_of_this_boot},
                     {"outcome", view.story->outcome},
                     {"cause", view.story->cause},
                     {"reason", view.story->reason},
                     {"kernel_release", view.story->kernel_release},
                     {"fault_time", view.story->fault_time},
                     {"last_lines", view.story->last_lines}};
  if (view.report) {
    json["procedures"] = procedures_json(*view.report);
    json["groups"] = groups_json(*view.report);
    json["processes"] = {{"exact", 0}, {"degraded", 0}, {"lost", 0}};
    for (const auto& process : view.report->processes)
      json["processes"][process.grade] =
          json["processes"].value(process.grade, 0) + 1;
  }
  // The log may hold any bytes.
  return json.dump(2, ' ', false, nlohmann::json::error_handler_t::replace) +
         "\n";
}

}  // namespace owctl
