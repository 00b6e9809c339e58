// SPDX-License-Identifier: GPL-2.0
#include "harness_process.h"

#include <fcntl.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cctype>
#include <charconv>
#include <csignal>
#include <system_error>
#include <utility>

namespace harness {
namespace {

// "1234.567890 text" as a line with its moment.
Line parse(std::string_view text, bool stamped) {
  if (stamped && !text.empty() && std::isdigit(text.front()) != 0) {
    double when = 0;
    const char* end = text.data() + text.size();
    const auto [after, error] = std::from_chars(text.data(), end, when);
    if (error == std::errc() && after != end && *after == ' ') {
      return {when, std::string(after + 1, end)};
    }
  }
  return {0, std::string(text)};
}

}  // namespace

std::string text(const std::vector<Line>& lines) {
  std::string all;
  for (const auto& line : lines)
    all += line.text + '\n';
  return all;
}

Process::Process(const std::vector<std::string>& arguments, bool stamped)
    : stamped_(stamped) {
  std::array<int, 2> out{};
  std::array<int, 2> err{};
  if (pipe2(out.data(), O_CLOEXEC) != 0 || pipe2(err.data(), O_CLOEXEC) != 0) {
    throw std::system_error(errno, std::generic_category(), "pipe");
  }
  std::vector<char*> argv;
  argv.reserve(arguments.size() + 1);
  for (const auto& word : arguments) {
    argv.push_back(const_cast<char*>(word.c_str()));
  }
  argv.push_back(nullptr);

  posix_spawn_file_actions_t actions;
  posix_spawn_file_actions_init(&actions);
  posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0);
  posix_spawn_file_actions_adddup2(&actions, out[1], 1);
  posix_spawn_file_actions_adddup2(&actions, err[1], 2);
  const int error =
      posix_spawnp(&pid_, argv[0], &actions, nullptr, argv.data(), environ);
  posix_spawn_file_actions_destroy(&actions);
  close(out[1]);
  close(err[1]);
  if (error != 0) {
    close(out[0]);
    close(err[0]);
    throw std::system_error(error, std::generic_category(), arguments[0]);
  }
  out_.fd = out[0];
  err_.fd = err[0];
  out_.reader = std::thread([this] { read(out_); });
  err_.reader = std::thread([this] { read(err_); });
}

Process::~Process() {
  if (!status_) {
    signal(SIGTERM);
    wait();
  }
}

void Process::read(Stream& stream) {
  std::string partial;
  std::array<char, 65536> buffer{};
  ssize_t got = 0;
  while ((got = ::read(stream.fd, buffer.data(), buffer.size())) > 0) {
    partial.append(buffer.data(), static_cast<size_t>(got));
    const std::scoped_lock lock(mutex_);
    size_t start = 0;
    for (size_t end = 0; (end = partial.find('\n', start)) != std::string::npos;
         start = end + 1) {
      stream.lines.push_back(parse(
          std::string_view(partial).substr(start, end - start), stamped_));
    }
    partial.erase(0, start);
    changed_.notify_all();
  }
  const std::scoped_lock lock(mutex_);
  if (!partial.empty()) {
    stream.lines.push_back(parse(partial, stamped_));
  }
  stream.ended = true;
  changed_.notify_all();
}

std::optional<Line> Process::wait_for(std::string_view text,
                                      std::chrono::duration<double> patience) {
  const auto deadline = std::chrono::steady_clock::now() + patience;
  std::unique_lock lock(mutex_);
  for (;;) {
    while (looked_at_ < out_.lines.size()) {
      const Line& line = out_.lines[looked_at_++];
      if (line.text.find(text) != std::string::npos) {
        return line;
      }
    }
    if (out_.ended ||
        changed_.wait_until(lock, deadline) == std::cv_status::timeout) {
      return std::nullopt;
    }
  }
}

int Process::wait() {
  if (status_) {
    return *status_;
  }
  int status = 0;
  while (waitpid(pid_, &status, 0) < 0 && errno == EINTR) {
  }
  out_.reader.join();
  err_.reader.join();
  close(out_.fd);
  close(err_.fd);
  status_ = WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
  return *status_;
}

void Process::signal(int number) {
  if (!status_) {
    kill(pid_, number);
  }
}

std::vector<Line> Process::out() {
  const std::scoped_lock lock(mutex_);
  return out_.lines;
}

std::vector<Line> Process::err() {
  const std::scoped_lock lock(mutex_);
  return err_.lines;
}

}  // namespace harness
