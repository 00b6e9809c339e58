// SPDX-License-Identifier: GPL-2.0
#ifndef OWCTL_TERMINAL_H
#define OWCTL_TERMINAL_H

#include <string>
#include <string_view>

#include "reporter.h"
#include "result.h"

namespace owctl {

enum class Colour { kNone, kRed, kGreen, kYellow, kBlue, kBold, kDim };

// How to draw for whoever reads it.
struct Look {
  bool colour = false;
  unsigned width = 80;
  bool unicode = false;
};
Look look_of(int fd);

// Colours when `fd` is a terminal that has them and NO_COLOR is not set.
bool wants_colour(int fd);
std::string paint(std::string_view text, Colour colour, bool enabled);
// Width in columns; 80 where nobody knows.
unsigned terminal_width(int fd);

void print(std::string_view text);  // to standard output, all of it
void print_error(const Error& error);

// Says what is done on standard error, so that standard output stays data.
class TerminalReporter : public Reporter {
 public:
  TerminalReporter();
  ~TerminalReporter() override;
  TerminalReporter(const TerminalReporter&) = delete;
  TerminalReporter& operator=(const TerminalReporter&) = delete;
  void progress(std::string_view what) override;
  void info(std::string_view what) override;
  void warn(std::string_view what) override;

 private:
  void undraw();

  bool terminal_;
  bool colour_;
  bool drawn_ = false;
};

}  // namespace owctl

#endif
