// SPDX-License-Identifier: GPL-2.0
// What can fail returns a Result: the value, or an Error made to be read by a
// person: what happened, to what, and what to do about it.
#ifndef OWCTL_RESULT_H
#define OWCTL_RESULT_H

#include <fmt/core.h>

#include <cerrno>
#include <cstring>
#include <optional>
#include <string>
#include <utility>
#include <variant>

namespace owctl {

// Exit statuses; the man page lists them, so they never change meaning.
enum class Exit {
  kOk = 0,
  kError = 1,
  kUsage = 2,
  kNotArmed = 3,
  kNoOtherworld = 4,
  kNoPermission = 5,
  kRefused = 6,
  kCancelled = 7,
  kNotExact = 8,
};

struct Error {
  std::string what;
  std::string hint = {};  // what to do about it; may be empty
  Exit status = Exit::kError;
  int number = 0;  // errno, where there was one

  // The same error, seen from one level up.
  [[nodiscard]] Error in(std::string_view context) const {
    Error outer = *this;
    outer.what = fmt::format("{}: {}", context, what);
    return outer;
  }
};

// For a system call that just failed.
inline Error errno_error(std::string_view what) {
  const int number = errno;
  return {
      fmt::format("{}: {}", what, std::strerror(number)),
      {},
      number == EPERM || number == EACCES ? Exit::kNoPermission : Exit::kError,
      number};
}

template <typename T = void>
class [[nodiscard]] Result {
 public:
  // Implicit on purpose: `return value;` and `return error;` both read well.
  Result(T value) : value_(std::in_place_index<0>, std::move(value)) {}
  Result(Error error) : value_(std::in_place_index<1>, std::move(error)) {}

  [[nodiscard]] bool ok() const { return value_.index() == 0; }
  explicit operator bool() const { return ok(); }
  T& operator*() { return *std::get_if<0>(&value_); }
  const T& operator*() const { return *std::get_if<0>(&value_); }
  T* operator->() { return std::get_if<0>(&value_); }
  const T* operator->() const { return std::get_if<0>(&value_); }
  [[nodiscard]] const Error& error() const { return *std::get_if<1>(&value_); }
  [[nodiscard]] T value_or(T other) const {
    return ok() ? **this : std::move(other);
  }

 private:
  std::variant<T, Error> value_;
};

template <>
class [[nodiscard]] Result<void> {
 public:
  Result() = default;
  Result(Error error) : error_(std::move(error)) {}

  [[nodiscard]] bool ok() const { return !error_; }
  explicit operator bool() const { return ok(); }
  [[nodiscard]] const Error& error() const { return *error_; }

 private:
  std::optional<Error> error_;
};

}  // namespace owctl

#endif
