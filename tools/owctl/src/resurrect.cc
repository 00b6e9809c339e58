// SPDX-License-Identifier: GPL-2.0
//
// Process 1 of the crash kernel.
//
// A takeover goes: read the dead kernel's log, mount what was mounted, bring
// the processes back. A helper does the latter while this process waits to
// become the dead init itself; when all go on it releases the dead memory,
// keeps the story and arms the next crash kernel.
//
// Where processes are not wanted (`owctl arm --fresh`), or the dead init is
// not to be found, the machine's init starts anew. A plain kdump boot keeps the
// story and ends the machine.
//
// What fails is said and left out, except where the machine could not go on:
// no root file system, no memory, no init. Then the policy's on_failure
// decides. Every wait is bounded, and a guard process reboots the machine if
// one was overlooked.
#include "resurrect.h"

#include <fcntl.h>
#include <poll.h>
#include <sys/mount.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <fstream>
#include <optional>

#include "aftermath.h"
#include "arm.h"
#include "bring_back.h"
#include "cmdline.h"
#include "dead_kernel.h"
#include "dead_mounts.h"
#include "dead_swap.h"
#include "dump.h"
#include "kernel_log.h"
#include "kernel_state.h"
#include "machine.h"
#include "policy.h"
#include "root_mount.h"
#include "story.h"
#include "sysctl.h"

namespace owctl {
namespace {

constexpr unsigned kGuardSeconds = 180;
constexpr int kReleaseSeconds = 120;
// For a /boot of its own that init has to mount, and a root that it has to
// make writable.
constexpr unsigned long long kLateUs = 120 * 1000000ULL;
constexpr unsigned kArmAttempts = 3;
constexpr const char* kVmcore = "/proc/vmcore";

class Resurrection {
 public:
  Resurrection(int argc, char** argv, KernelLog& log)
      : argc_(argc), argv_(argv), log_(log) {}

  [[noreturn]] void run();

 private:
  struct ReleaseReport {
    bool ok = false;
    int number = 0;
    Released released = {};
  };

  void read_policy();
  [[noreturn]] void take_over();
  [[noreturn]] void start_fresh();
  [[noreturn]] void bring_back(BringBack& processes,
                               const otherworld_process& init);
  Fd watch(Aftermath& aftermath);
  void keep_report(const Report& report);
  void keep_what_is_told(Report report, Fd watched);
  void help(BringBack& processes, Fd ready);
  [[noreturn]] void keep_and_end();
  [[noreturn]] void give_up(const Error& error);

  void stamp(otherworld_stage stage);
  void listen_to_the_dead();
  void mount_or_give_up();
  void save_files(const DeadKernelDevice& device);
  void keep(const Paths& paths);
  void dump();
  Result<Released> release();
  void begin_release();
  void await_release();
  void tell_release(const Released& released);
  void spawn_rearm();
  void rearm();
  void finish_story();

  int argc_;
  char** argv_;
  KernelLog& log_;
  // The machine's paths, seen from process 1 before it enters the new root.
  const Paths live_;
  const Paths disk_{kNewRoot};
  std::optional<Guard> guard_;
  Policy policy_;
  KernelState state_;
  RootOptions root_;
  Story story_;
  std::string directory_;  // of the story, empty while it is not kept
  Fd release_;             // where the releasing child reports
};

void Resurrection::stamp(otherworld_stage stage) {
  auto stamped = stamp_stage(live_, stage);
  if (!stamped)
    log_.progress(stamped.error().what);
}

void Resurrection::give_up(const Error& error) {
  log_.fail(error);
  if (!directory_.empty())
    finish_story();
  if (guard_)
    guard_->forget();
  end_machine(policy_.on_failure, log_);
}

void Resurrection::read_policy() {
  auto text = read_file(std::string(kPolicyInInitramfs));
  if (!text) {
    log_.warn(fmt::format("no policy, defaults apply: {}", text.error().what));
    return;
  }
  auto policy = policy_from_json(*text);
  if (policy)
    policy_ = std::move(*policy);
  else
    log_.warn(fmt::format("defaults apply: {}", policy.error().what));
}

void Resurrection::run() {
  read_policy();
  guard_.emplace(kGuardSeconds + (policy_.dump ? kDumpSeconds : 0), log_);
  root_ = root_options(read_line(live_("/proc/cmdline")).value_or(""));

  auto state = read_kernel_state(live_);
  if (state)
    state_ = std::move(*state);
  else
    log_.warn(state.error().what);
  // `owctl arm --kdump` loads it without a handover, so the kernel has no
  // opinion.
  const bool after_crash = exists(kVmcore);
  if (after_crash && state_.state != State::kSuccessor &&
      state_.state != State::kKdump) {
    state_.state = State::kKdump;
    state_.reason = "it was loaded as a plain kdump kernel";
  }
  switch (state_.state) {
    case State::kSuccessor:
      take_over();
    case State::kKdump:
      keep_and_end();
    case State::kIdle:
    case State::kArmed:
      break;
  }
  give_up({"this kernel did not follow a crash: there is nothing to take over",
           "Use this initramfs with a crash kernel only (owctl arm does)."});
}

void Resurrection::listen_to_the_dead() {
  story_ = tell_story(state_, read_dead_kernel(kVmcore));
  log_.progress("the dead kernel's log is read");
  if (!story_.problem.empty())
    log_.warn(fmt::format("the dead kernel's story: {}", story_.problem));
}

void Resurrection::mount_or_give_up() {
  auto mounted = mount_root(root_, log_);
  if (!mounted)
    give_up(mounted.error().in("no root file system"));
  log_.progress("the root file system is mounted");
}

// Before anybody reads them.
void Resurrection::save_files(const DeadKernelDevice& device) {
  auto saved = device.save_files();
  if (!saved)
    log_.warn(saved.error().what);
}

void Resurrection::keep(const Paths& paths) {
  auto kept = keep_story(paths, story_);
  if (kept)
    directory_ = *kept;
  else
    log_.warn(fmt::format("the story is lost: {}", kept.error().what));
  stamp(OTHERWORLD_STAGE_STORY);
}

void Resurrection::dump() {
  if (directory_.empty()) {
    log_.warn("no dump: there is no directory for it");
    return;
  }
  log_.info("writing a dump");
  auto dumped = write_dump(directory_);
  if (dumped)
    log_.info("the dump is written");
  else
    log_.warn(fmt::format("no dump: {}", dumped.error().what));
}

Result<Released> Resurrection::release() {
  auto released = release_dead_memory(live_, policy_.region_size);
  if (!released || released->region_size >= policy_.region_size)
    return released;
  auto grown = grow_region(live_, policy_.region_size, *released);
  if (!grown)
    log_.warn(grown.error().what);
  if (released->region_size < policy_.region_size)
    log_.warn(fmt::format(
        "no place for a crash region of {}: the next crash kernel has {}",
        format_mib(policy_.region_size), format_mib(released->region_size)));
  return released;
}

// In a child, so that it goes on while this process mounts the root.
void Resurrection::begin_release() {
  int ends[2];
  if (::pipe2(ends, O_CLOEXEC) != 0)
    give_up(errno_error("making a pipe"));
  release_.reset(ends[0]);
  const Fd report(ends[1]);
  const pid_t child = ::fork();
  if (child < 0)
    give_up(errno_error("starting the release"));
  if (child > 0)
    return;
  guard_->forget();
  ReleaseReport result;
  auto released = release();
  if (released) {
    result.ok = true;
    result.released = *released;
  } else {
    result.number = released.error().number;
  }
  const ssize_t written = ::write(report.get(), &result, sizeof(result));
  ::_exit(written == sizeof(result) ? 0 : 1);
}

void Resurrection::await_release() {
  pollfd wait = {release_.get(), POLLIN, 0};
  int ready;
  do {
    ready = ::poll(&wait, 1, kReleaseSeconds * 1000);
  } while (ready < 0 && errno == EINTR);
  ReleaseReport result;
  if (ready <= 0 || ::read(release_.get(), &result, sizeof(result)) !=
                        static_cast<ssize_t>(sizeof(result)))
    give_up({"the dead kernel's memory was not released in time"});
  if (!result.ok)
    give_up({fmt::format("the dead kernel's memory cannot be released: {}",
                         std::strerror(result.number))});
  // Reap it here: init does not know it.
  ::waitpid(-1, nullptr, WNOHANG);
  tell_release(result.released);
}

void Resurrection::tell_release(const Released& released) {
  log_.info(
      fmt::format("{} MiB released; next region: {} at {:#x}; {} KiB withheld",
                  released.released_pages / 256,
                  format_mib(released.region_size), released.region_start,
                  released.withheld_pages * 4 - released.region_size / 1024));
}

void Resurrection::finish_story() {
  if (directory_.empty())
    return;
  // Through live_ or disk_, whichever holds the directory in our view now.
  auto timings = read_file(live_(fmt::format("{}/timings", kSysDir)));
  if (timings)
    (void)write_atomically(directory_ + "/timings.txt", *timings, 0640).ok();
  (void)write_atomically(directory_ + "/owctl.log", log_.transcript(), 0640)
      .ok();
}

void Resurrection::rearm() {
  const auto deadline = now_us() + kLateUs;
  while (!exists(policy_.kernel) && now_us() < deadline)
    sleep_us(50000);
  ArmRequest request;
  request.policy = policy_;
  // Nobody is there to change the region; too small gets a warning.
  request.force = true;
  for (unsigned attempt = 1;; ++attempt) {
    auto armed = arm(live_, request, log_);
    if (armed) {
      log_.info("armed again");
      return;
    }
    if (attempt == kArmAttempts) {
      log_.fail(armed.error().in("not armed"));
      return;
    }
    log_.warn(fmt::format("arming: {}; once more", armed.error().what));
    sleep_us(1000000);
  }
}

// The child stays in the new root, whatever process 1 does to the old one.
void Resurrection::spawn_rearm() {
  // Opened before the fork: process 1 moves the root from under its name.
  const Fd new_root(::open(kNewRoot, O_PATH | O_DIRECTORY | O_CLOEXEC));
  const pid_t child = ::fork();
  if (child < 0)
    log_.fail(errno_error("starting to arm again"));
  if (child != 0)
    return;
  guard_->forget();
  if (::fchdir(new_root.get()) != 0 || ::chroot(".") != 0) {
    log_.fail(errno_error("arming again: entering the root file system"));
    ::_exit(1);
  }
  if (directory_.empty())
    keep(live_);
  else
    directory_ = directory_.substr(disk_.root().size());
  finish_story();
  rearm();
  stamp(OTHERWORLD_STAGE_ARMED);
  // A root that is read-only for now becomes writable when init says so.
  const auto deadline = now_us() + kLateUs;
  while (root_.read_only && !directory_.empty() &&
         ::access(directory_.c_str(), W_OK) != 0 && now_us() < deadline)
    sleep_us(50000);
  finish_story();
  ::_exit(0);
}

void Resurrection::take_over() {
  log_.info(fmt::format("generation {}: {}", state_.generation, state_.cause));
  listen_to_the_dead();
  if (policy_.fresh)
    start_fresh();
  auto device = DeadKernelDevice::open(live_);
  if (!device)
    start_fresh();
  BringBack processes(std::move(*device), policy_.selection, log_);
  const auto init = processes.init();
  if (!init) {
    log_.warn("the dead init was not found: no process is brought back");
    start_fresh();
  }
  bring_back(processes, *init);
}

void Resurrection::bring_back(BringBack& processes,
                              const otherworld_process& init) {
  mount_or_give_up();
  save_files(processes.device());
  stamp(OTHERWORLD_STAGE_ROOT);
  if (policy_.dump) {
    keep(disk_);
    dump();
  }
  apply_sysctls(live_, policy_.sysctl_carried, log_);
  processes.restore_limits(live_);
  // The dead one's comes back instead, if there was one.
  ::umount2("/run", MNT_DETACH);
  move_mounts(log_);
  auto entered = enter_root();
  if (!entered)
    give_up(entered.error());
  if (!directory_.empty())
    directory_ = directory_.substr(disk_.root().size());
  // Files in memory may have pages there, and come with their mounts.
  restore_swap_early(processes.device());
  restore_mounts(processes.device(), log_);
  save_files(processes.device());
  restore_swap(processes.device(), log_);

  int ends[2];
  if (::pipe2(ends, O_CLOEXEC) != 0)
    give_up(errno_error("making a pipe"));
  Fd ready(ends[0]);
  Fd tell(ends[1]);
  const pid_t helper = ::fork();
  if (helper < 0)
    give_up(errno_error("starting the helper"));
  if (helper == 0) {
    ready.reset();
    help(processes, std::move(tell));
    ::_exit(0);
  }
  tell.reset();
  // A helper that died leaves an end of file: then init is all there is.
  char byte = 0;
  while (::read(ready.get(), &byte, 1) < 0 && errno == EINTR)
    continue;
  log_.warn(processes.device().become(init).what);
  give_up(exec_init(root_.init, argc_, argv_));
}

// In a child: crash procedures may take their time, while memory comes back and
// the next kernel is armed. What becomes of them comes through the pipe, a line
// each time that there is news.
Fd Resurrection::watch(Aftermath& aftermath) {
  int ends[2];
  if (aftermath.is_over() || ::pipe2(ends, O_CLOEXEC) != 0)
    return {};
  Fd results(ends[0]);
  const Fd tell(ends[1]);
  const pid_t child = ::fork();
  if (child < 0)
    log_.fail(errno_error("watching crash procedures"));
  if (child != 0)
    return results;
  aftermath.see_through([&] {
    Report report;
    aftermath.report_to(report);
    auto line = report_to_json(report);
    std::replace(line.begin(), line.end(), '\n', ' ');
    (void)write_all(tell.get(), line + "\n", "a pipe").ok();
  });
  ::_exit(0);
}

void Resurrection::keep_report(const Report& report) {
  if (!directory_.empty())
    (void)write_atomically(directory_ + "/report.json", report_to_json(report),
                           0640)
        .ok();
}

void Resurrection::keep_what_is_told(Report report, Fd watched) {
  std::ifstream lines(fmt::format("/proc/self/fd/{}", watched.get()));
  for (std::string line; std::getline(lines, line);) {
    auto news = report_from_json(line);
    if (!news) {
      log_.warn(news.error().in("what crash procedures did is not known").what);
      return;
    }
    report.procedures = std::move(news->procedures);
    report.groups = std::move(news->groups);
    keep_report(report);
  }
}

void Resurrection::help(BringBack& processes, Fd ready) {
  processes.raise_all();
  // A word, not the end of file: stubs of the dead hold the pipe open as well.
  if (::write(ready.get(), "", 1) != 1)
    log_.warn(errno_error("telling process 1").what);
  ready.reset();
  processes.await_init();
  stamp(OTHERWORLD_STAGE_PROCESSES);
  processes.restore_sysctls(live_);
  auto chosen = choose_region(live_, policy_.region_size);
  if (!chosen)
    log_.warn(chosen.error().what);
  Aftermath aftermath(processes.device(), policy_.restart, live_, log_);
  aftermath.decide(processes.processes());
  processes.let_go();
  stamp(OTHERWORLD_STAGE_HANDED);
  Fd watched = watch(aftermath);

  auto released = release();
  if (released)
    tell_release(*released);
  else
    log_.fail(released.error().in("the dead kernel's memory"));
  if (directory_.empty())
    keep(live_);
  keep_report(processes.report());
  rearm();
  stamp(OTHERWORLD_STAGE_ARMED);
  if (watched)
    keep_what_is_told(processes.report(), std::move(watched));
  finish_story();
}

void Resurrection::start_fresh() {
  mount_or_give_up();
  if (auto device = DeadKernelDevice::open(live_))
    save_files(*device);
  stamp(OTHERWORLD_STAGE_ROOT);
  // A dump needs the dead memory; else nobody does from here on.
  if (!policy_.dump)
    begin_release();
  // Otherwise the child keeps it, while init already runs.
  if (policy_.dump || root_.read_only)
    keep(disk_);
  if (policy_.dump) {
    dump();
    begin_release();
  }
  await_release();
  apply_sysctls(live_, policy_.sysctl_carried, log_);
  restore_process_limits(live_, log_);
  settle_root(root_, log_);
  move_mounts(log_);
  spawn_rearm();
  // /dev has moved, and so has the way to the device.
  (void)stamp_stage(disk_, OTHERWORLD_STAGE_HANDED).ok();
  auto entered = enter_root();
  if (!entered)
    give_up(entered.error());
  give_up(exec_init(root_.init, argc_, argv_));
}

void Resurrection::keep_and_end() {
  log_.warn(fmt::format("no takeover: {}", state_.reason));
  listen_to_the_dead();
  mount_or_give_up();
  keep(disk_);
  if (policy_.dump)
    dump();
  if (!directory_.empty())
    log_.warn(fmt::format("the story is in {}",
                          directory_.substr(disk_.root().size())));
  finish_story();
  guard_->forget();
  end_machine(policy_.on_failure, log_);
}

}  // namespace

int resurrect_main(int argc, char** argv) {
  // The stamp stands for the first instruction: as little as possible before.
  const Paths paths;
  auto devices = mount_devices();
  (void)stamp_stage(paths, OTHERWORLD_STAGE_USERSPACE).ok();
  auto mounted = mount_kernel_filesystems();
  KernelLog log(paths);
  for (const auto& result : {devices, mounted})
    if (!result)
      log.warn(result.error().what);
  Resurrection(argc, argv, log).run();
}

}  // namespace owctl
