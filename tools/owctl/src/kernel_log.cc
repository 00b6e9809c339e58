// SPDX-License-Identifier: GPL-2.0
#include "kernel_log.h"

#include <fcntl.h>
#include <unistd.h>

#include "visible_text.h"

namespace owctl {
namespace {

constexpr int kError = 3;
constexpr int kWarning = 4;
constexpr int kInfo = 6;

}  // namespace

KernelLog::KernelLog(const Paths& paths) {
  if (auto kmsg = open_file(paths("/dev/kmsg"), O_WRONLY))
    kmsg_ = std::move(*kmsg);
  // Without it the kernel drops all but ten lines; then we have the transcript.
  (void)write_existing(paths("/proc/sys/kernel/printk_devkmsg"), "on").ok();
}

void KernelLog::log(int level, std::string_view text) {
  progress(text);
  // Consoles show it.
  const std::string what = visible_text(text, true);
  const Fd standard_error(kmsg_ ? -1 : ::dup(STDERR_FILENO));
  const int fd = kmsg_ ? kmsg_.get() : standard_error.get();
  // One write is one record. There is nowhere to report a failure to.
  (void)write_all(fd,
                  kmsg_ ? fmt::format("<{}>otherworld: {}\n", level, what)
                        : fmt::format("otherworld: {}\n", what),
                  "kmsg")
      .ok();
}

void KernelLog::progress(std::string_view what) {
  transcript_ +=
      fmt::format("[{:.6f}] {}\n", static_cast<double>(now_us()) / 1e6,
                  visible_text(what, true));
}

void KernelLog::info(std::string_view what) {
  log(kInfo, what);
}

void KernelLog::warn(std::string_view what) {
  log(kWarning, what);
}

void KernelLog::fail(const Error& error) {
  log(kError, error.what);
  for (const auto& line : split(error.hint, '\n'))
    log(kError, line);
}

}  // namespace owctl
