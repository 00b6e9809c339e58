// SPDX-License-Identifier: GPL-2.0
// Files, whole: read, write, make directories. All paths of the system go
// through Paths, so that tests work on a directory that looks like one.
#ifndef OWCTL_FILES_H
#define OWCTL_FILES_H

#include <charconv>
#include <string>
#include <string_view>
#include <vector>

#include "fd.h"
#include "result.h"

namespace owctl {

class Paths {
 public:
  Paths() = default;
  explicit Paths(std::string root) : root_(std::move(root)) {}
  // "/proc/cmdline" -> where that is for us.
  [[nodiscard]] std::string operator()(std::string_view path) const {
    return root_ + std::string(path);
  }
  [[nodiscard]] const std::string& root() const { return root_; }

 private:
  std::string root_;
};

inline constexpr std::string_view kSysDir = "/sys/kernel/otherworld";
inline constexpr std::string_view kStateDir = "/var/lib/otherworld";
inline constexpr std::string_view kDefaultKernel = "/boot/otherworld/vmlinuz";

Result<Fd> open_file(const std::string& path, int flags, unsigned mode = 0);
Result<std::string> read_fd(int fd, const std::string& name);
Result<std::string> read_file(const std::string& path);
// The first line, without white space at its end: what sysfs and sysctls hold.
Result<std::string> read_line(const std::string& path);
Result<> write_all(int fd, std::string_view data, const std::string& name);
// For sysctls and the like: the file must exist and is not replaced.
Result<> write_existing(const std::string& path, std::string_view data);
// For our own files: written aside, synced and renamed, so that a reader never
// sees half of one.
Result<> write_atomically(const std::string& path, std::string_view data,
                          unsigned mode = 0644);
Result<> make_directories(const std::string& path, unsigned mode = 0755);
bool exists(const std::string& path);
// Names in a directory, sorted, without "." and ".."; empty when unreadable.
std::vector<std::string> list_directory(const std::string& path);
// Microseconds of CLOCK_MONOTONIC.
unsigned long long now_us();
void sleep_us(unsigned long long us);

// The number a text begins with; `value` stays as it is if there is none.
// False unless the whole text is one.
template <typename T>
bool parse_number(std::string_view text, T& value, int base = 10) {
  const char* const end = text.data() + text.size();
  const auto result = std::from_chars(text.data(), end, value, base);
  return result.ec == std::errc() && result.ptr == end;
}

std::string_view trim(std::string_view text);
std::vector<std::string> split(std::string_view text, char separator);

}  // namespace owctl

#endif
