// SPDX-License-Identifier: LGPL-2.1
// libow in C++20: thin, header-only, over the C interface of ow.h. Nothing here
// throws: what can fail gives a std::error_code or a Result. A kernel without
// Otherworld is std::errc::function_not_supported.
#ifndef OTHERWORLD_OW_HPP
#define OTHERWORLD_OW_HPP

#include <otherworld/ow.h>

#include <chrono>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <mutex>
#include <new>
#include <optional>
#include <span>
#include <string_view>
#include <system_error>
#include <type_traits>
#include <utility>
#include <variant>

namespace ow {

// What a C function returned, as an error; none if it succeeded.
inline std::error_code error_of(int result) noexcept {
  return {result < 0 ? -result : 0, std::generic_category()};
}

// A value, or why there is none.
template <typename T>
class [[nodiscard]] Result {
 public:
  // Implicit on purpose: `return value;` and `return error;` both read well.
  Result(T value) noexcept : value_(std::in_place_index<0>, std::move(value)) {}
  Result(std::error_code error) noexcept
      : value_(std::in_place_index<1>, error) {}

  [[nodiscard]] bool ok() const noexcept { return value_.index() == 0; }
  explicit operator bool() const noexcept { return ok(); }
  T& operator*() noexcept { return *std::get_if<0>(&value_); }
  const T& operator*() const noexcept { return *std::get_if<0>(&value_); }
  T* operator->() noexcept { return std::get_if<0>(&value_); }
  const T* operator->() const noexcept { return std::get_if<0>(&value_); }
  [[nodiscard]] std::error_code error() const noexcept {
    return ok() ? std::error_code() : *std::get_if<1>(&value_);
  }

 private:
  std::variant<T, std::error_code> value_;
};

using Event = ow_event;
using Grade = ow_grade;
using Guarded = ow_guarded;
using GuardState = ow_guard_state;
using Loss = ow_loss;

// No error if this kernel has what libow is for.
[[nodiscard]] inline std::error_code available() noexcept {
  return error_of(ow_available());
}

// --- Crash procedures -------------------------------------------------------

// What a crash procedure is told. Valid until it returns.
class Crash {
 public:
  explicit Crash(const ow_crash& crash) noexcept : crash_(&crash) {}

  [[nodiscard]] std::uint64_t generation() const noexcept {
    return crash_->generation;
  }
  [[nodiscard]] std::chrono::nanoseconds outage() const noexcept {
    return std::chrono::nanoseconds(crash_->outage_ns);
  }
  [[nodiscard]] std::span<const Loss> losses() const noexcept {
    return {crash_->losses, crash_->loss_count};
  }
  [[nodiscard]] std::size_t losses_not_shown() const noexcept {
    return crash_->losses_not_shown;
  }
  [[nodiscard]] std::span<const Guarded> guarded() const noexcept {
    return {crash_->guarded, crash_->guarded_count};
  }
  // Of a descriptor: nullptr if it is as it was.
  [[nodiscard]] const Loss* loss_of(int fd) const noexcept {
    for (const Loss& loss : losses()) {
      if (loss.fd == fd) {
        return &loss;
      }
    }
    return nullptr;
  }
  [[nodiscard]] const ow_crash& raw() const noexcept { return *crash_; }

 private:
  const ow_crash* crash_;
};

// What a crash procedure answers.
class Answer {
 public:
  static constexpr Answer go_on() noexcept { return Answer(OW_CONTINUE); }
  static constexpr Answer restart() noexcept { return Answer(OW_RESTART); }
  static constexpr Answer exit(int status) noexcept {
    return Answer(OW_EXIT(status));
  }
  [[nodiscard]] constexpr int raw() const noexcept { return raw_; }

 private:
  constexpr explicit Answer(int raw) noexcept : raw_(raw) {}
  int raw_;
};

struct CrashOptions {
  std::size_t stack_size = 0;         // 0: 64 KiB
  std::chrono::milliseconds limit{};  // 0: as the policy has it
};

namespace detail {

// The callable whose address the registered procedure has. It is replaced, but
// never destroyed at exit: a crash may come after static destructors ran.
struct Registered {
  std::mutex mutex;
  void* callable = nullptr;
  void (*destroy)(void*) = nullptr;
};

inline Registered& registered() noexcept {
  alignas(Registered) static std::byte storage[sizeof(Registered)];
  static auto* const kOnly = new (storage) Registered;
  return *kOnly;
}

template <typename F>
int crash_procedure(const ow_crash* crash, void* data) noexcept {
  F& callable = *static_cast<F*>(data);
  if constexpr (std::is_void_v<std::invoke_result_t<F&, Crash>>) {
    callable(Crash(*crash));
    return OW_CONTINUE;
  } else if constexpr (std::is_same_v<std::invoke_result_t<F&, Crash>,
                                      Answer>) {
    return callable(Crash(*crash)).raw();
  } else {
    return callable(Crash(*crash));
  }
}

}  // namespace detail

// What can be called with an ow::Crash.
template <typename F>
concept CrashProcedure =
    std::is_invocable_v<std::add_lvalue_reference_t<std::decay_t<F>>, Crash>;

// Let procedure(ow::Crash) run when the process has come back. It answers with
// an ow::Answer or the number that ow.h has for it, or with nothing and goes
// on. What it throws, fails it. Replaces the one before.
template <CrashProcedure F>
[[nodiscard]] std::error_code on_crash(F&& procedure,
                                       CrashOptions options = {}) noexcept {
  using Callable = std::decay_t<F>;
  auto* callable = new (std::nothrow) Callable(std::forward<F>(procedure));
  if (callable == nullptr) {
    return std::make_error_code(std::errc::not_enough_memory);
  }
  auto& registered = detail::registered();
  const std::scoped_lock lock(registered.mutex);
  const int result = ow_register_crash_procedure(
      detail::crash_procedure<Callable>, callable, options.stack_size,
      static_cast<unsigned>(options.limit.count()));
  if (result < 0) {
    delete callable;
    return error_of(result);
  }
  if (registered.destroy != nullptr) {
    registered.destroy(registered.callable);
  }
  registered.callable = callable;
  registered.destroy = [](void* old) { delete static_cast<Callable*>(old); };
  return {};
}

// No crash procedure any more.
[[nodiscard]] inline std::error_code off_crash() noexcept {
  auto& registered = detail::registered();
  const std::scoped_lock lock(registered.mutex);
  const int result = ow_register_crash_procedure(nullptr, nullptr, 0, 0);
  if (result >= 0 && registered.destroy != nullptr) {
    registered.destroy(registered.callable);
    registered.callable = nullptr;
    registered.destroy = nullptr;
  }
  return error_of(result);
}

// --- Inside a crash procedure -----------------------------------------------

[[nodiscard]] inline std::error_code restart_with(const char* path,
                                                  char* const argv[]) noexcept {
  return error_of(ow_restart_with(path, argv));
}

// helper() runs in a child, which exits with what it returns.
template <typename F>
requires std::is_invocable_r_v<int, F&>
[[nodiscard]] Result<pid_t> fork_helper(F& helper) noexcept {
  const pid_t pid = ow_fork_helper(
      [](void* data) { return static_cast<int>((*static_cast<F*>(data))()); },
      &helper);
  if (pid < 0) {
    return error_of(pid);
  }
  return pid;
}

namespace safe {

[[nodiscard]] inline std::error_code save(const char* path,
                                          std::span<const std::byte> data,
                                          mode_t mode = 0600) noexcept {
  return error_of(ow_safe_save(path, data.data(), data.size(), mode));
}

[[nodiscard]] inline std::error_code save(const char* path,
                                          std::string_view text,
                                          mode_t mode = 0600) noexcept {
  return save(path, std::as_bytes(std::span(text)), mode);
}

namespace detail {
inline int print_one(int fd, const char* text) noexcept {
  return ow_safe_print(fd, text);
}
template <std::integral Number>
int print_one(int fd, Number number) noexcept {
  auto value = static_cast<std::uint64_t>(number);
  if (std::is_signed_v<Number> && number < 0) {
    if (const int result = ow_safe_print(fd, "-"); result < 0) {
      return result;
    }
    value = 0 - value;
  }
  return ow_safe_print_number(fd, value);
}
}  // namespace detail

// Texts and numbers, one after the other; stops at the first that fails.
template <typename... Parts>
std::error_code print(int fd, Parts... parts) noexcept {
  int result = 0;
  const auto printed = [&](auto part) {
    result = detail::print_one(fd, part);
    return result >= 0;
  };
  static_cast<void>((printed(parts) && ...));
  return error_of(result);
}

}  // namespace safe

// --- Guarded memory ---------------------------------------------------------

// A guard over an object, for as long as this one lives.
class Guard {
 public:
  Guard(Guard&& other) noexcept
      : address_(std::exchange(other.address_, nullptr)) {}
  Guard& operator=(Guard&& other) noexcept {
    std::swap(address_, other.address_);
    return *this;
  }
  Guard(const Guard&) = delete;
  Guard& operator=(const Guard&) = delete;
  ~Guard() {
    if (address_ != nullptr) {
      ow_unguard(address_);
    }
  }

  // Run change() with the guard open.
  template <typename F>
  std::error_code change(F&& change) noexcept {
    if (const int result = ow_guard_open(address_); result < 0) {
      return error_of(result);
    }
    std::forward<F>(change)();
    return error_of(ow_guard_close(address_));
  }
  [[nodiscard]] Result<GuardState> check() const noexcept {
    GuardState state = OW_INTACT;
    if (const int result = ow_guard_check(address_, &state); result < 0) {
      return error_of(result);
    }
    return state;
  }

 private:
  explicit Guard(void* address) noexcept : address_(address) {}
  friend Result<Guard> guard(void* address, std::size_t size,
                             const char* name) noexcept;
  void* address_;
};

[[nodiscard]] inline Result<Guard> guard(void* address, std::size_t size,
                                         const char* name) noexcept {
  if (const int result = ow_guard(address, size, name); result < 0) {
    return error_of(result);
  }
  return Guard(address);
}

template <typename T>
concept Guardable = std::is_trivially_copyable_v<T> && !std::is_pointer_v<T>;

template <Guardable T>
[[nodiscard]] Result<Guard> guard(T& object, const char* name) noexcept {
  return guard(static_cast<void*>(&object), sizeof(T), name);
}

// --- Persistent regions -----------------------------------------------------

// A T with a name that outlives the program: all zeros until it was committed.
template <typename T>
requires std::is_trivially_copyable_v<T>
class Region {
 public:
  static Result<Region> open(const char* name, unsigned flags = 0) noexcept {
    ow_region* region = nullptr;
    if (const int result = ow_region_open(name, sizeof(T), flags, &region);
        result < 0) {
      return error_of(result);
    }
    return Region(region);
  }
  Region(Region&& other) noexcept
      : region_(std::exchange(other.region_, nullptr)) {}
  Region& operator=(Region&& other) noexcept {
    std::swap(region_, other.region_);
    return *this;
  }
  Region(const Region&) = delete;
  Region& operator=(const Region&) = delete;
  ~Region() { ow_region_close(region_); }

  T* get() noexcept { return static_cast<T*>(ow_region_data(region_)); }
  T& operator*() noexcept { return *get(); }
  T* operator->() noexcept { return get(); }

  // All of it, at once.
  std::error_code commit() noexcept {
    return error_of(ow_region_commit(region_));
  }
  // Back to the last commit.
  std::error_code revert() noexcept {
    return error_of(ow_region_revert(region_));
  }
  // How often, ever.
  [[nodiscard]] std::uint64_t commits() const noexcept {
    return ow_region_commits(region_);
  }

 private:
  explicit Region(ow_region* region) noexcept : region_(region) {}
  ow_region* region_;
};

[[nodiscard]] inline std::error_code remove_region(const char* name) noexcept {
  return error_of(ow_region_remove(name));
}

// --- Restart groups ---------------------------------------------------------

[[nodiscard]] inline std::error_code join_group(const char* group) noexcept {
  return error_of(ow_join_group(group));
}
inline std::error_code leave_group() noexcept {
  return error_of(ow_leave_group());
}
[[nodiscard]] inline std::error_code wish(ow_action action) noexcept {
  return error_of(ow_wish(action));
}

// --- Status -----------------------------------------------------------------

[[nodiscard]] inline Result<std::uint64_t> generation() noexcept {
  std::uint64_t number = 0;
  if (const int result = ow_generation(&number); result < 0) {
    return error_of(result);
  }
  return number;
}

// tell(const Loss&) for each loss; the worst of all grades.
template <typename F>
requires std::is_invocable_v<F&, const Loss&>
[[nodiscard]] Result<Grade> own_verdict(F&& tell) noexcept {
  Grade worst = OW_EXACT;
  using Tell = std::remove_reference_t<F>;
  const int result = ow_own_verdict(
      &worst,
      [](const Loss* loss, void* data) {
        (*static_cast<Tell*>(data))(*loss);
        return 0;
      },
      &tell);
  if (result < 0) {
    return error_of(result);
  }
  return worst;
}

class Subscription {
 public:
  static Result<Subscription> open() noexcept {
    ow_subscription* subscription = nullptr;
    if (const int result = ow_subscribe(&subscription); result < 0) {
      return error_of(result);
    }
    return Subscription(subscription);
  }
  Subscription(Subscription&& other) noexcept
      : subscription_(std::exchange(other.subscription_, nullptr)) {}
  Subscription& operator=(Subscription&& other) noexcept {
    std::swap(subscription_, other.subscription_);
    return *this;
  }
  Subscription(const Subscription&) = delete;
  Subscription& operator=(const Subscription&) = delete;
  ~Subscription() { ow_unsubscribe(subscription_); }

  // For poll().
  [[nodiscard]] int fd() const noexcept {
    return ow_subscription_fd(subscription_);
  }
  // The next one, or nothing if there is none.
  Result<std::optional<Event>> next() noexcept {
    Event event;
    const int result = ow_next_event(subscription_, &event);
    if (result == -EAGAIN) {
      return std::optional<Event>();
    }
    if (result < 0) {
      return error_of(result);
    }
    return std::optional<Event>(event);
  }

 private:
  explicit Subscription(ow_subscription* subscription) noexcept
      : subscription_(subscription) {}
  ow_subscription* subscription_;
};

}  // namespace ow

#endif  // OTHERWORLD_OW_HPP
