// SPDX-License-Identifier: GPL-2.0
#include "restart_history.h"

#include <fcntl.h>
#include <sys/stat.h>

#include <nlohmann/json.hpp>

namespace owctl {
namespace {

constexpr int kVersion = 1;
// Far more than decide() ever keeps.
constexpr off_t kLargestFile = 1 << 20;

// Neither a link to elsewhere, nor a pipe that nobody writes to, nor what
// another user put there.
Result<std::string> read_trusted(const std::string& path) {
  auto fd = open_file(path, O_RDONLY | O_NOFOLLOW | O_NONBLOCK);
  if (!fd)
    return fd.error();
  struct stat st = {};
  if (::fstat(fd->get(), &st) != 0)
    return errno_error(path);
  if (!S_ISREG(st.st_mode) || (st.st_uid != 0 && st.st_uid != ::geteuid()) ||
      (st.st_mode & (S_IWGRP | S_IWOTH)) != 0)
    return Error{path + ": others could have written it"};
  if (st.st_size > kLargestFile)
    return Error{path + ": it is too large"};
  return read_fd(fd->get(), path);
}

}  // namespace

Moment now_moment() {
  return std::chrono::floor<Duration>(std::chrono::system_clock::now());
}

std::string history_to_json(const History& history) {
  auto restarts = nlohmann::json::array();
  for (const auto& [key, restart] : history)
    restarts.push_back({{"of", key},
                        {"when_ms", restart.when.time_since_epoch().count()},
                        {"step", restart.step}});
  const nlohmann::json json = {{"version", kVersion},
                               {"restarts", std::move(restarts)}};
  return json.dump(2, ' ', false, nlohmann::json::error_handler_t::replace) +
         "\n";
}

Result<History> history_from_json(std::string_view text) {
  try {
    const auto json = nlohmann::json::parse(text);
    if (json.at("version").get<int>() != kVersion)
      return Error{"it is of another version"};
    History history;
    for (const auto& restart : json.at("restarts")) {
      const auto& when = restart.at("when_ms");
      const auto& step = restart.at("step");
      if (!when.is_number_unsigned() || !step.is_number_unsigned() ||
          when.get<uint64_t>() > INT64_MAX || step.get<uint64_t>() > UINT32_MAX)
        return Error{"a number in it cannot be"};
      history[restart.at("of").get<std::string>()] = {
          Moment(Duration(when.get<int64_t>())), step.get<unsigned>()};
    }
    return history;
  } catch (const nlohmann::json::exception& error) {
    return Error{error.what()};
  }
}

History load_history(const Paths& paths, Reporter& reporter) {
  const auto text = read_trusted(paths(kHistoryFile));
  if (!text && text.error().number == ENOENT)
    return {};
  auto history =
      text ? history_from_json(*text) : Result<History>(text.error());
  if (history)
    return std::move(*history);
  reporter.warn(fmt::format("earlier restarts are not known: {}: {}",
                            kHistoryFile, history.error().what));
  return {};
}

Result<> save_history(const Paths& paths, const History& history) {
  auto made = make_directories(paths(kStateDir));
  if (!made)
    return made;
  return write_atomically(paths(kHistoryFile), history_to_json(history), 0600);
}

}  // namespace owctl
