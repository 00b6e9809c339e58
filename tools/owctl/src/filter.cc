// SPDX-License-Identifier: GPL-2.0
#include "filter.h"

#include <fcntl.h>
#include <linux/close_range.h>
#include <poll.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>

#include "files.h"

namespace owctl {
namespace {

// A program that ends without reading all is no reason for us to end.
class NoBrokenPipe {
 public:
  NoBrokenPipe() {
    struct sigaction ignore = {};
    ignore.sa_handler = SIG_IGN;
    ::sigaction(SIGPIPE, &ignore, &before_);
  }
  ~NoBrokenPipe() { ::sigaction(SIGPIPE, &before_, nullptr); }
  NoBrokenPipe(const NoBrokenPipe&) = delete;
  NoBrokenPipe& operator=(const NoBrokenPipe&) = delete;

 private:
  struct sigaction before_ = {};
};

struct Pipe {
  Fd read, write;
};

Result<Pipe> make_pipe() {
  int ends[2];
  if (::pipe2(ends, O_CLOEXEC) != 0)
    return errno_error("making a pipe");
  return Pipe{Fd(ends[0]), Fd(ends[1])};
}

[[noreturn]] void become(const std::string& program, int input, int output) {
  struct sigaction usual = {};
  usual.sa_handler = SIG_DFL;
  ::sigaction(SIGPIPE, &usual, nullptr);
  ::setsid();
  ::dup2(input, STDIN_FILENO);
  ::dup2(output, STDOUT_FILENO);
  (void)::close_range(STDERR_FILENO + 1, ~0U, CLOSE_RANGE_CLOEXEC);
  std::string name = program;
  std::string path = "PATH=/usr/sbin:/usr/bin:/sbin:/bin";
  char* const arguments[] = {name.data(), nullptr};
  char* const environment[] = {path.data(), nullptr};
  ::execve(name.c_str(), arguments, environment);
  ::_exit(127);
}

class Filter {
 public:
  Filter(std::string program, const FilterBounds& bounds)
      : program_(std::move(program)),
        bounds_(bounds),
        deadline_(now_us() +
                  1000 * static_cast<unsigned long long>(bounds.time.count())) {
  }
  // Before it is waited for: until then nobody else has its number.
  ~Filter() {
    if (child_ <= 0)
      return;
    ::kill(-child_, SIGKILL);
    ::kill(child_, SIGKILL);
    ::waitpid(child_, nullptr, 0);
  }
  Filter(const Filter&) = delete;
  Filter& operator=(const Filter&) = delete;

  Result<std::string> run(std::string_view input) {
    auto started = start();
    if (!started)
      return started.error();
    auto exchanged = exchange(input);
    if (!exchanged)
      return exchanged.error();
    auto ended = await_end();
    if (!ended)
      return ended.error();
    return std::move(output_);
  }

 private:
  Result<> start() {
    auto in = make_pipe();
    auto out = make_pipe();
    if (!in || !out)
      return in ? out.error() : in.error();
    child_ = ::fork();
    if (child_ < 0)
      return errno_error("starting " + program_);
    if (child_ == 0)
      become(program_, in->read.get(), out->write.get());
    to_ = std::move(in->write);
    from_ = std::move(out->read);
    ::fcntl(to_.get(), F_SETFL, O_NONBLOCK);
    return {};
  }

  [[nodiscard]] int time_left_ms() const {
    const auto now = now_us();
    return now >= deadline_ ? 0
                            : static_cast<int>((deadline_ - now) / 1000 + 1);
  }

  [[nodiscard]] Error too_late() const {
    return {fmt::format("{} took longer than {}", program_,
                        format_duration(bounds_.time))};
  }

  Result<> exchange(std::string_view input) {
    if (input.empty())
      to_.reset();
    for (;;) {
      std::array<pollfd, 2> wait = {pollfd{from_.get(), POLLIN, 0},
                                    pollfd{to_.get(), POLLOUT, 0}};
      const int left = time_left_ms();
      if (left == 0)
        return too_late();
      if (::poll(wait.data(), wait.size(), left) < 0 && errno != EINTR)
        return errno_error("waiting for " + program_);
      if (wait[1].revents != 0)
        give(input);
      if (wait[0].revents == 0)
        continue;
      auto more = take();
      if (!more)
        return more.error();
      if (!*more)
        return {};
    }
  }

  void give(std::string_view& input) {
    const ssize_t written = ::write(to_.get(), input.data(), input.size());
    if (written > 0)
      input.remove_prefix(static_cast<size_t>(written));
    else if (written < 0 && errno != EAGAIN && errno != EINTR)
      input = {};
    if (input.empty())
      to_.reset();
  }

  // False at the end.
  Result<bool> take() {
    std::array<char, 16384> buffer;
    const ssize_t size = ::read(from_.get(), buffer.data(), buffer.size());
    if (size < 0 && errno != EINTR)
      return errno_error("reading from " + program_);
    if (size > 0)
      output_.append(buffer.data(), static_cast<size_t>(size));
    if (output_.size() > bounds_.output)
      return Error{fmt::format("{} says more than there is to say", program_)};
    return size != 0;
  }

  Result<> await_end() {
    siginfo_t info = {};
    while (info.si_pid == 0) {
      if (::waitid(P_PID, static_cast<id_t>(child_), &info,
                   WEXITED | WNOHANG | WNOWAIT) != 0 &&
          errno != EINTR)
        return errno_error("waiting for " + program_);
      if (info.si_pid == 0 && time_left_ms() == 0)
        return too_late();
      if (info.si_pid == 0)
        sleep_us(1000);
    }
    if (info.si_code != CLD_EXITED)
      return Error{
          fmt::format("{} was killed by signal {}", program_, info.si_status)};
    if (info.si_status == 127)
      return Error{program_ + " could not be started"};
    if (info.si_status != 0)
      return Error{
          fmt::format("{} ended with status {}", program_, info.si_status)};
    return {};
  }

  const std::string program_;
  const FilterBounds bounds_;
  const unsigned long long deadline_;
  const NoBrokenPipe no_broken_pipe_;
  pid_t child_ = -1;
  Fd to_, from_;
  std::string output_;
};

}  // namespace

Result<std::string> run_filter(const std::string& program,
                               std::string_view input,
                               const FilterBounds& bounds) {
  return Filter(program, bounds).run(input);
}

}  // namespace owctl
