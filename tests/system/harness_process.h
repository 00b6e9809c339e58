// SPDX-License-Identifier: GPL-2.0
// A child process whose output is collected line by line.
#pragma once

#include <sys/types.h>

#include <chrono>
#include <condition_variable>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

namespace harness {

struct Line {
  double when;  // host CLOCK_MONOTONIC in seconds, 0 where the line has none
  std::string text;
};

// One below the other.
std::string text(const std::vector<Line>& lines);

class Process {
 public:
  // Starts the program, found by PATH. With stamped, every line begins with
  // the moment at which it came, as `qemu/vm run --timestamps` writes it; a
  // line that does not is kept whole.
  Process(const std::vector<std::string>& arguments, bool stamped);
  // Ends the process, kindly first.
  ~Process();
  Process(const Process&) = delete;
  Process& operator=(const Process&) = delete;

  // Waits for a line of standard output that contains text, looking from the
  // line after the last one found. Nothing if the output ends or the time is
  // up before that.
  std::optional<Line> wait_for(std::string_view text,
                               std::chrono::duration<double> patience);
  // Waits for the end. The exit status, or 128 + the signal.
  int wait();
  void signal(int number);

  // What has come so far.
  std::vector<Line> out();
  std::vector<Line> err();

 private:
  struct Stream {
    int fd = -1;
    std::vector<Line> lines;
    bool ended = false;
    std::thread reader;
  };

  void read(Stream& stream);

  bool stamped_;
  pid_t pid_ = -1;
  std::optional<int> status_;
  std::mutex mutex_;
  std::condition_variable changed_;
  size_t looked_at_ = 0;
  Stream out_, err_;
};

}  // namespace harness
