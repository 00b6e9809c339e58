// SPDX-License-Identifier: GPL-2.0
// OW_RESTART: which program, which arguments, which signals.
#include <fcntl.h>
#include <signal.h>
#include <sys/stat.h>

#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <string>
#include <vector>

#include "libow_stand_in.h"
#include "otherworld/ow.h"

namespace libow_test {
namespace {

// Tests run from their directory of regions, where programs may write.
class RestartTest : public Otherworld {
 protected:
  void SetUp() override {
    Otherworld::SetUp();
    std::filesystem::create_directory(regions() + "/files");
    std::filesystem::current_path(regions() + "/files");
  }
  void TearDown() override {
    std::filesystem::current_path("/");
    Otherworld::TearDown();
  }
};

int restart(const ow_crash* /*unused*/, void* /*unused*/) {
  return OW_RESTART;
}

// A shell command instead of the program.
int restart_shell(const ow_crash* /*unused*/, void* data) {
  static char name[] = "sh";
  static char option[] = "-c";
  static char* arguments[] = {name, option, static_cast<char*>(data), nullptr};
  ow_restart_with("/bin/sh", arguments);
  return OW_RESTART;
}

int exit_of_shell(
    const std::string& command, void (*prepare)() = [] {}) {
  return exit_in_child([&] {
    std::vector<char> text(command.c_str(),
                           command.c_str() + command.size() + 1);
    ow_register_crash_procedure(restart_shell, text.data(), 0, 0);
    prepare();
    crash();
  });
}

TEST_F(RestartTest, ExecutesWhatItWasTold) {
  EXPECT_EQ(exit_of_shell("exit 9"), 9);
  EXPECT_EQ(kernel->failed, 0);
}

TEST_F(RestartTest, IsTheSameProcessWithItsEnvironment) {
  EXPECT_EQ(
      exit_of_shell("[ $$ = \"$PID\" ] && exit 9",
                    [] { setenv("PID", std::to_string(getpid()).c_str(), 1); }),
      9);
}

TEST_F(RestartTest, NoDescriptorOfLibowIsLeft) {
  closefrom(3);
  EXPECT_EQ(exit_of_shell("for fd in /proc/$$/fd/*; do "
                          "[ ${fd##*/} -le 2 ] || [ ! -e $fd ] || exit 1; "
                          "done; exit 9"),
            9);
}

// The mask of the program, not that of its crash procedure; what was ignored
// is ignored.
TEST_F(RestartTest, SignalsAreThoseOfTheProgram) {
  EXPECT_EQ(exit_of_shell("set -- $(sed -n 's/^Sig\\(Blk\\|Ign\\):\\t//p' "
                          "/proc/$$/status); "
                          "[ $(printf %d 0x$1) = 512 ] && "
                          "[ $(printf %d 0x$2) = 2048 ] && exit 9",
                          [] {
                            sigset_t mask;
                            sigemptyset(&mask);
                            sigaddset(&mask, SIGUSR1);
                            sigprocmask(SIG_SETMASK, &mask, nullptr);
                            signal(SIGUSR2, SIG_IGN);
                            signal(SIGPIPE, SIG_DFL);
                          }),
            9);
}

// One that waits is not taken by a handler over frozen threads.
TEST_F(RestartTest, ASignalThatWaitsFindsNoHandler) {
  const int status = status_in_child([] {
    signal(SIGTERM, [](int) { kernel->notes[0] = 1; });
    ow_register_crash_procedure(
        [](const ow_crash*, void*) {
          raise(SIGTERM);
          return OW_RESTART;
        },
        nullptr, 0, 0);
    crash();
  });
  EXPECT_TRUE(WIFSIGNALED(status) && WTERMSIG(status) == SIGTERM);
  EXPECT_EQ(kernel->notes[0], 0);
}

TEST_F(RestartTest, WhatCannotBeExecutedIsAFailure) {
  EXPECT_EQ(exit_in_child([] {
              ow_register_crash_procedure(
                  [](const ow_crash*, void*) {
                    static char name[] = "x";
                    static char* arguments[] = {name, nullptr};
                    ow_restart_with("/no/such/program", arguments);
                    return OW_RESTART;
                  },
                  nullptr, 0, 0);
              crash();
            }),
            127);
  EXPECT_EQ(kernel->failed, 1);
  char* none[] = {nullptr};
  EXPECT_EQ(ow_restart_with("/bin/true", none), -EINVAL);
}

// --- The program itself: this one, which tells tests apart by a file --------

constexpr const char* kRestarted = "restarted";

// Runs first in every process of this program. In the one that a test had
// restarted it says what that has become, and ends it.
[[gnu::constructor]] void tell_if_restarted() {
  const int fd = open(kRestarted, O_WRONLY | O_TRUNC | O_NOFOLLOW | O_CLOEXEC);
  if (fd < 0) {
    return;
  }
  char text[4096];
  const int arguments = open("/proc/self/cmdline", O_RDONLY | O_CLOEXEC);
  const ssize_t size = read(arguments, text, sizeof(text));
  const bool told =
      size > 0 && write(fd, text, static_cast<std::size_t>(size)) == size;
  _exit(told ? 9 : 1);
}

std::string contents(const std::string& path) {
  std::string text(4096, 0);
  const int fd = open(path.c_str(), O_RDONLY | O_CLOEXEC);
  const ssize_t size = read(fd, text.data(), text.size());
  close(fd);
  text.resize(size < 0 ? 0 : static_cast<std::size_t>(size));
  return text;
}

void mark() {
  close(open(kRestarted, O_CREAT | O_WRONLY | O_CLOEXEC, 0600));
}

TEST_F(RestartTest, ByItselfWithItsArguments) {
  mark();
  EXPECT_EQ(exit_in_child([] {
              ow_register_crash_procedure(restart, nullptr, 0, 0);
              crash();
            }),
            9);
  EXPECT_EQ(contents(kRestarted), contents("/proc/self/cmdline"));
}

TEST_F(RestartTest, ByItselfWithOtherArguments) {
  mark();
  EXPECT_EQ(exit_in_child([] {
              ow_register_crash_procedure(
                  [](const ow_crash*, void*) {
                    static char name[] = "again";
                    static char* arguments[] = {name, nullptr};
                    ow_restart_with(nullptr, arguments);
                    return OW_RESTART;
                  },
                  nullptr, 0, 0);
              crash();
            }),
            9);
  EXPECT_EQ(contents(kRestarted), std::string("again\0", 6));
}

// Its file has another name by now, and another program has its name. A copy of
// this program, which runs this test, too, plays that part.
TEST_F(RestartTest, ThisVeryProgramThoughItsNameIsAnothers) {
  constexpr const char* kFolder = "LIBOW_TEST_FOLDER";
  if (const char* folder = std::getenv(kFolder); folder != nullptr) {
    std::filesystem::current_path(folder);
    std::filesystem::remove_all(regions());
    ow_register_crash_procedure(restart, nullptr, 0, 0);
    std::filesystem::rename("program", "moved");
    std::filesystem::copy("/bin/false", "program");
    mark();
    crash();
    return;
  }
  std::filesystem::copy(std::filesystem::read_symlink("/proc/self/exe"),
                        "program");
  EXPECT_EQ(exit_in_child([&] {
              setenv(kFolder, std::filesystem::current_path().c_str(), 1);
              execl("program", "program", "--gtest_filter=*ThisVeryProgram*",
                    nullptr);
            }),
            9);
  EXPECT_NE(contents(kRestarted).find("ThisVeryProgram"), std::string::npos);
}

}  // namespace
}  // namespace libow_test
