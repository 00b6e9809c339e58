// SPDX-License-Identifier: GPL-2.0
#include "terminal.h"

#include <sys/ioctl.h>
#include <unistd.h>

#include <cstdlib>

#include "files.h"
#include "visible_text.h"

namespace owctl {
namespace {

// A closed pipe or a full disk behind standard error leaves nobody to tell.
void put(int fd, std::string_view text) {
  (void)write_all(fd, text, "standard output").ok();
}

// What the C library would take the character set from.
bool has_unicode() {
  for (const char* name : {"LC_ALL", "LC_CTYPE", "LANG"}) {
    const char* const value =
        std::getenv(name);  // NOLINT(concurrency-mt-unsafe)
    if (value == nullptr || *value == '\0')
      continue;
    const std::string_view locale = value;
    return locale.find("UTF-8") != std::string_view::npos ||
           locale.find("utf8") != std::string_view::npos;
  }
  return false;
}

}  // namespace

Look look_of(int fd) {
  return {wants_colour(fd), terminal_width(fd), has_unicode()};
}

bool wants_colour(int fd) {
  const char* no = std::getenv("NO_COLOR");  // NOLINT(concurrency-mt-unsafe)
  const char* term = std::getenv("TERM");    // NOLINT(concurrency-mt-unsafe)
  return ::isatty(fd) && (no == nullptr || *no == '\0') && term != nullptr &&
         std::string_view(term) != "dumb";
}

std::string paint(std::string_view text, Colour colour, bool enabled) {
  if (!enabled || colour == Colour::kNone)
    return std::string(text);
  const char* code = "0";
  switch (colour) {
    case Colour::kNone:
      break;
    case Colour::kRed:
      code = "31;1";
      break;
    case Colour::kGreen:
      code = "32;1";
      break;
    case Colour::kYellow:
      code = "33;1";
      break;
    case Colour::kBlue:
      code = "34;1";
      break;
    case Colour::kBold:
      code = "1";
      break;
    case Colour::kDim:
      code = "2";
      break;
  }
  return fmt::format("\033[{}m{}\033[0m", code, text);
}

unsigned terminal_width(int fd) {
  winsize size = {};
  if (::ioctl(fd, TIOCGWINSZ, &size) == 0 && size.ws_col >= 20)
    return size.ws_col;
  return 80;
}

void print(std::string_view text) {
  put(STDOUT_FILENO, text);
}

void print_error(const Error& error) {
  const bool colour = wants_colour(STDERR_FILENO);
  std::string text =
      fmt::format("{} {}\n", paint("owctl:", Colour::kRed, colour),
                  visible_text(error.what, true));
  if (!error.hint.empty())
    text += fmt::format("{}\n", visible_text(error.hint, true));
  put(STDERR_FILENO, text);
}

TerminalReporter::TerminalReporter()
    : terminal_(::isatty(STDERR_FILENO)),
      colour_(wants_colour(STDERR_FILENO)) {}

TerminalReporter::~TerminalReporter() {
  undraw();
}

void TerminalReporter::undraw() {
  if (drawn_)
    put(STDERR_FILENO, "\r\033[K");
  drawn_ = false;
}

void TerminalReporter::progress(std::string_view what) {
  undraw();
  if (!terminal_ || !colour_)
    return;
  put(STDERR_FILENO,
      paint(fmt::format("... {}", visible_text(what)), Colour::kDim, colour_));
  drawn_ = true;
}

void TerminalReporter::info(std::string_view what) {
  undraw();
  put(STDERR_FILENO, fmt::format("{}\n", visible_text(what, true)));
}

void TerminalReporter::warn(std::string_view what) {
  undraw();
  put(STDERR_FILENO,
      fmt::format("{} {}\n", paint("warning:", Colour::kYellow, colour_),
                  visible_text(what, true)));
}

}  // namespace owctl
