// SPDX-License-Identifier: GPL-2.0
#include "files.h"

#include <dirent.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <time.h>

#include <algorithm>
#include <memory>

namespace owctl {

Result<Fd> open_file(const std::string& path, int flags, unsigned mode) {
  Fd fd(::open(path.c_str(), flags | O_CLOEXEC, mode));
  if (!fd)
    return errno_error(path);
  return fd;
}

Result<std::string> read_fd(int fd, const std::string& name) {
  std::string data;
  struct stat st = {};
  // procfs and sysfs report no useful size; an ordinary file is read at once.
  size_t step = 4096;
  if (::fstat(fd, &st) == 0 && S_ISREG(st.st_mode) && st.st_size > 4096)
    step = static_cast<size_t>(st.st_size) + 1;
  size_t used = 0;
  for (;;) {
    if (data.size() < used + step)
      data.resize(used + step);
    const ssize_t n = ::read(fd, data.data() + used, data.size() - used);
    if (n < 0 && errno == EINTR)
      continue;
    if (n < 0)
      return errno_error("reading " + name);
    if (n == 0)
      break;
    used += static_cast<size_t>(n);
    step = std::max<size_t>(step, 4096);
  }
  data.resize(used);
  return data;
}

Result<std::string> read_file(const std::string& path) {
  auto fd = open_file(path, O_RDONLY);
  if (!fd)
    return fd.error();
  return read_fd(fd->get(), path);
}

Result<std::string> read_line(const std::string& path) {
  auto text = read_file(path);
  if (!text)
    return text.error();
  const std::string_view all = *text;
  return std::string(trim(all.substr(0, all.find('\n'))));
}

Result<> write_all(int fd, std::string_view data, const std::string& name) {
  while (!data.empty()) {
    const ssize_t n = ::write(fd, data.data(), data.size());
    if (n < 0 && errno == EINTR)
      continue;
    if (n < 0)
      return errno_error("writing " + name);
    data.remove_prefix(static_cast<size_t>(n));
  }
  return {};
}

Result<> write_existing(const std::string& path, std::string_view data) {
  auto fd = open_file(path, O_WRONLY | O_TRUNC);
  if (!fd)
    return fd.error();
  return write_all(fd->get(), data, path);
}

Result<> write_atomically(const std::string& path, std::string_view data,
                          unsigned mode) {
  const std::string aside = path + ".new";
  {
    auto fd = open_file(aside, O_WRONLY | O_CREAT | O_TRUNC, mode);
    if (!fd)
      return fd.error();
    auto written = write_all(fd->get(), data, aside);
    if (!written)
      return written;
    if (::fsync(fd->get()) != 0)
      return errno_error("writing " + aside);
  }
  if (::rename(aside.c_str(), path.c_str()) != 0)
    return errno_error("renaming " + aside);
  // Or a crash soon after leaves the file under its other name.
  auto directory = open_file(path.substr(0, path.find_last_of('/') + 1),
                             O_RDONLY | O_DIRECTORY);
  if (directory && ::fsync(directory->get()) != 0)
    return errno_error("writing " + path);
  return {};
}

Result<> make_directories(const std::string& path, unsigned mode) {
  for (size_t at = 1; at <= path.size(); ++at) {
    if (at != path.size() && path[at] != '/')
      continue;
    const std::string part = path.substr(0, at);
    if (::mkdir(part.c_str(), mode) != 0 && errno != EEXIST)
      return errno_error("making the directory " + part);
  }
  return {};
}

bool exists(const std::string& path) {
  return ::access(path.c_str(), F_OK) == 0;
}

std::vector<std::string> list_directory(const std::string& path) {
  std::vector<std::string> names;
  const std::unique_ptr<DIR, int (*)(DIR*)> dir(::opendir(path.c_str()),
                                                ::closedir);
  if (!dir)
    return names;
  // One thread per process here, so the buffer is ours.
  while (const dirent* entry = ::readdir(dir.get())) {  // NOLINT
    const std::string_view name = entry->d_name;
    if (name != "." && name != "..")
      names.emplace_back(name);
  }
  std::sort(names.begin(), names.end());
  return names;
}

unsigned long long now_us() {
  timespec ts = {};
  ::clock_gettime(CLOCK_MONOTONIC, &ts);
  return static_cast<unsigned long long>(ts.tv_sec) * 1000000 +
         static_cast<unsigned long long>(ts.tv_nsec) / 1000;
}

void sleep_us(unsigned long long us) {
  const timespec ts = {static_cast<time_t>(us / 1000000),
                       static_cast<long>(us % 1000000) * 1000};
  ::nanosleep(&ts, nullptr);
}

std::string_view trim(std::string_view text) {
  constexpr std::string_view kSpace = " \t\r\n\v\f";
  const size_t first = text.find_first_not_of(kSpace);
  if (first == std::string_view::npos)
    return {};
  return text.substr(first, text.find_last_not_of(kSpace) - first + 1);
}

std::vector<std::string> split(std::string_view text, char separator) {
  std::vector<std::string> parts;
  while (!text.empty()) {
    const size_t at = text.find(separator);
    if (at != 0)
      parts.emplace_back(text.substr(0, at));
    if (at == std::string_view::npos)
      break;
    text.remove_prefix(at + 1);
  }
  return parts;
}

}  // namespace owctl
