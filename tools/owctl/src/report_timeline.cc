// SPDX-License-Identifier: GPL-2.0
#include <algorithm>
#include <cmath>

#include "report_parts.h"
#include "report_view.h"

namespace owctl {
namespace {

struct Stage {
  const char* name;   // as the kernel calls it
  const char* phase;  // a class of the style
  const char* what;
};

constexpr Stage kStages[] = {
    {"fault", "dead", "the kernel fails"},
    {"stopped", "dead", "the other CPUs are stopped, their state is saved"},
    {"jump", "dead", "jump into the crash region"},
    {"purgatory_in", "boot", "the image is verified"},
    {"purgatory_out", "boot", "the image is as it was loaded"},
    {"kernel", "boot", "the crash kernel runs"},
    {"smp", "boot", "all CPUs run"},
    {"init", "boot", "drivers are ready"},
    {"userspace", "back", "owctl resurrect begins"},
    {"root", "back", "file systems are mounted"},
    {"story", "back", "the dead kernel's story is kept"},
    {"processes", "back", "all processes stand at the gate"},
    {"handed", "back", "the gate opens: processes go on"},
    {"release_start", "after", "the dead kernel's memory is given back"},
    {"release_end", "after", "all of it is back"},
    {"armed", "after", "the next crash kernel is armed"},
};
constexpr const char* kGate = "handed";

const Stage& stage_of(const std::string& name) {
  static constexpr Stage kOther = {"", "back", ""};
  const auto* const found =
      std::find_if(std::begin(kStages), std::end(kStages),
                   [&](const auto& stage) { return name == stage.name; });
  return found == std::end(kStages) ? kOther : *found;
}

std::string time_text(uint64_t us) {
  return short_time(static_cast<double>(us) / 1e6);
}

double percent(uint64_t part, uint64_t whole) {
  return 100 * static_cast<double>(part) /
         static_cast<double>(std::max<uint64_t>(whole, 1));
}

// So few, and none so near the end, that their labels have room on a telephone.
constexpr unsigned kMostTicks = 5;
constexpr double kLastTick = 85;  // percent

// 1, 2 or 5 times a power of ten.
uint64_t tick_of(uint64_t range) {
  const auto whole = static_cast<double>(std::max<uint64_t>(range, 10));
  const double power = std::pow(10, std::floor(std::log10(whole / 4)));
  for (const double step : {1.0, 2.0, 5.0})
    if (whole / (step * power) <= kMostTicks)
      return static_cast<uint64_t>(step * power);
  return static_cast<uint64_t>(10 * power);
}

// Stages from `begin` on, each a bar from the one before to itself.
class Chart {
 public:
  Chart(Html& page, uint64_t begin, uint64_t end)
      : page_(page), begin_(begin), end_(std::max(end, begin + 1)) {}

  void put(const std::vector<Timing>& stages) {
    const auto chart = page_.open("ol", {{"class", "chart"}});
    put_axis();
    uint64_t before = begin_;
    for (const auto& timing : stages) {
      put_stage(timing, before);
      before = timing.us;
    }
  }

 private:
  void put_axis() {
    const auto row = page_.open("li", {{"class", "row axis"}});
    page_.put("span", "");
    {
      const auto track = page_.open("span", {{"class", "track"}});
      const uint64_t tick = tick_of(end_ - begin_);
      for (uint64_t at = 0; percent(at, end_ - begin_) <= kLastTick; at += tick)
        page_.put("i",
                  {{"style",
                    fmt::format("left:{:.3f}%", percent(at, end_ - begin_))}},
                  tick_text(at));
    }
    page_.put("span", {{"class", "num"}}, "took");
    page_.put("span", {{"class", "num"}}, "at");
  }

  // Round, so without decimals; behind the beginning of a later chart.
  [[nodiscard]] std::string tick_text(uint64_t at) const {
    const char* const sign = begin_ == 0 || at == 0 ? "" : "+";
    if (at == 0)
      return begin_ == 0 ? "0" : time_text(begin_);
    if (at < 1000)
      return fmt::format("{}{} us", sign, at);
    if (at < 1000000)
      return fmt::format("{}{} ms", sign, at / 1000);
    return fmt::format("{}{:g} s", sign, static_cast<double>(at) / 1e6);
  }

  void put_stage(const Timing& timing, uint64_t before) {
    const Stage& stage = stage_of(timing.name);
    const auto row = page_.open(
        "li", {{"class", timing.name == kGate ? "row gate" : "row"}});
    {
      const auto label = page_.open("span", {{"class", "stage"}});
      page_.put("b", timing.name);
      page_.put("small", stage.what);
    }
    {
      const auto track = page_.open("span", {{"class", "track"}});
      const double left = percent(before - begin_, end_ - begin_);
      const double width = percent(timing.us - before, end_ - begin_);
      page_.put(
          "i",
          {{"class", fmt::format("bar {}", stage.phase)},
           {"style", fmt::format("left:{:.3f}%;width:{:.3f}%", left, width)}},
          "");
    }
    page_.put("span", {{"class", "num"}},
              timing.us == before ? "" : "+" + time_text(timing.us - before));
    page_.put("span", {{"class", "num"}}, time_text(timing.us));
  }

  Html& page_;
  const uint64_t begin_;
  const uint64_t end_;
};

}  // namespace

uint64_t outage_us(const std::vector<Timing>& timings) {
  const auto gate =
      std::find_if(timings.begin(), timings.end(),
                   [](const auto& timing) { return timing.name == kGate; });
  return gate == timings.end() ? 0 : gate->us;
}

void put_timeline(Html& page, const std::vector<Timing>& timings) {
  const auto section = page.open("section", {{"id", "timeline"}});
  page.put("h2", "The outage, from the fault on");
  if (timings.empty()) {
    page.put("p", {{"class", "none"}}, "The kernel kept no time.");
    return;
  }
  std::vector<Timing> sorted = timings;
  std::stable_sort(sorted.begin(), sorted.end(),
                   [](const auto& a, const auto& b) { return a.us < b.us; });
  const uint64_t outage = outage_us(timings);
  const auto behind = outage == 0 ? sorted.end()
                                  : std::find_if(sorted.begin(), sorted.end(),
                                                 [&](const auto& timing) {
                                                   return timing.us > outage;
                                                 });
  const std::vector<Timing> during(sorted.begin(), behind);
  const std::vector<Timing> after(behind, sorted.end());
  {
    const auto legend = page.open("p", {{"class", "legend"}});
    for (const auto& [phase, what] : {std::pair("dead", "the dead kernel"),
                                      {"boot", "crash kernel boots"},
                                      {"back", "processes come back"}})
      page.put("span", {{"class", phase}}, what);
  }
  Chart(page, 0, during.back().us).put(during);
  if (after.empty())
    return;
  page.put("h3", "Afterwards, while everything runs");
  Chart(page, outage, after.back().us).put(after);
}

}  // namespace owctl
