// SPDX-License-Identifier: GPL-2.0
#include "story.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <time.h>

#include <algorithm>
#include <cstdio>
#include <nlohmann/json.hpp>

namespace owctl {
namespace {

std::string meta_json(const Story& story) {
  nlohmann::json json = {
      {"version", 1},
      {"generation", story.generation},
      {"outcome", story.outcome},
      {"cause", story.cause},
      {"reason", story.reason},
      {"kernel_release", story.kernel_release},
      {"build_id", story.build_id},
      {"fault_time", nullptr},
      {"problem", story.problem},
  };
  if (story.fault_time != 0) {
    json["fault_time"] = story.fault_time;
    json["fault_time_utc"] = iso_time(story.fault_time);
  }
  return json.dump(2, ' ', false, nlohmann::json::error_handler_t::replace) +
         "\n";
}

// Without a sync for each: one for all is cheaper, and on the way through a
// takeover nobody waits for it.
Result<> write_plain(const std::string& path, std::string_view text) {
  auto fd = open_file(path, O_WRONLY | O_CREAT | O_TRUNC, 0640);
  if (!fd)
    return fd.error();
  return write_all(fd->get(), text, path);
}

}  // namespace

std::string iso_time(uint64_t seconds) {
  const auto when = static_cast<time_t>(seconds);
  tm parts = {};
  ::gmtime_r(&when, &parts);
  return fmt::format("{:04}-{:02}-{:02}T{:02}:{:02}:{:02}Z",
                     parts.tm_year + 1900, parts.tm_mon + 1, parts.tm_mday,
                     parts.tm_hour, parts.tm_min, parts.tm_sec);
}

Story tell_story(const KernelState& state, Result<DeadKernel> dead) {
  Story story;
  story.generation = state.generation;
  story.outcome = state.state == State::kKdump ? "kdump" : "takeover";
  story.cause = state.cause;
  story.reason = state.reason;
  story.timings = state.timings;
  if (!dead) {
    story.problem = dead.error().what;
    return story;
  }
  if (story.cause.empty())
    story.cause = dead->cause;
  story.kernel_release = std::move(dead->release);
  story.build_id = std::move(dead->build_id);
  story.fault_time = dead->crash_time;
  story.log = std::move(dead->log);
  story.backtrace = std::move(dead->backtrace);
  story.problem = std::move(dead->problem);
  return story;
}

std::string story_directory(const Paths& paths, unsigned generation) {
  return paths(fmt::format("{}/{}", kStateDir, generation));
}

Result<> rotate_story(const Paths& paths, unsigned generation) {
  const std::string directory = story_directory(paths, generation);
  if (!exists(directory))
    return {};
  unsigned number = 1;
  while (exists(fmt::format("{}.{}", directory, number)))
    ++number;
  const std::string away = fmt::format("{}.{}", directory, number);
  if (std::rename(directory.c_str(), away.c_str()) != 0)
    return errno_error("moving an earlier story to " + away);
  return {};
}

Result<std::string> keep_story(const Paths& paths, const Story& story) {
  auto made = make_directories(paths(kStateDir));
  if (made)
    made = rotate_story(paths, story.generation);
  const std::string directory = story_directory(paths, story.generation);
  if (made)
    made = make_directories(directory, 0750);
  if (!made)
    return made.error();
  const std::pair<const char*, std::string> files[] = {
      {"log.txt", story.log},
      {"cause.txt", story.cause + "\n"},
      {"backtrace.txt", story.backtrace},
      {"timings.txt", format_timings(story.timings)},
      {"meta.json", meta_json(story)},
  };
  for (const auto& [name, text] : files) {
    auto written = write_plain(fmt::format("{}/{}", directory, name), text);
    if (!written)
      return written.error();
  }
  return directory;
}

Result<> update_timings(const Paths& paths, unsigned generation,
                        const std::vector<Timing>& timings) {
  return write_plain(story_directory(paths, generation) + "/timings.txt",
                     format_timings(timings));
}

Result<KeptStory> read_story(const std::string& directory, size_t lines) {
  auto meta = read_file(directory + "/meta.json");
  if (!meta)
    return meta.error();
  KeptStory kept;
  kept.directory = directory;
  const auto json = nlohmann::json::parse(*meta, nullptr, false);
  // What is damaged there is not a reason to keep the rest to oneself.
  const auto string_of = [&](const char* name) -> std::string {
    const auto it = json.find(name);
    return it != json.end() && it->is_string() ? it->get<std::string>() : "";
  };
  const auto number_of = [&](const char* name) -> uint64_t {
    const auto it = json.find(name);
    return it != json.end() && it->is_number_unsigned() ? it->get<uint64_t>()
                                                        : 0;
  };
  kept.cause = string_of("cause");
  kept.reason = string_of("reason");
  kept.outcome = string_of("outcome");
  kept.kernel_release = string_of("kernel_release");
  kept.build_id = string_of("build_id");
  kept.generation = static_cast<unsigned>(number_of("generation"));
  kept.fault_time = number_of("fault_time");
  kept.problem =
      json.is_object() ? string_of("problem") : "meta.json is damaged";
  kept.timings =
      parse_timings(read_file(directory + "/timings.txt").value_or(""));
  kept.backtrace = read_file(directory + "/backtrace.txt").value_or("");
  auto all = split(read_file(directory + "/log.txt").value_or(""), '\n');
  const size_t skip = all.size() > lines ? all.size() - lines : 0;
  kept.last_lines.assign(all.begin() + static_cast<ptrdiff_t>(skip), all.end());
  return kept;
}

std::optional<std::string> newest_story(const Paths& paths) {
  std::optional<std::string> newest;
  timespec when = {};
  for (const auto& name : list_directory(paths(kStateDir))) {
    std::string directory = paths(fmt::format("{}/{}", kStateDir, name));
    struct stat st = {};
    if (::stat((directory + "/meta.json").c_str(), &st) != 0)
      continue;
    const bool newer = st.st_mtim.tv_sec != when.tv_sec
                           ? st.st_mtim.tv_sec > when.tv_sec
                           : st.st_mtim.tv_nsec > when.tv_nsec;
    if (newest && !newer)
      continue;
    when = st.st_mtim;
    newest = std::move(directory);
  }
  return newest;
}

}  // namespace owctl
