// SPDX-License-Identifier: LGPL-2.1
#include "crash_stack.h"

#include <sys/mman.h>
#include <unistd.h>

#include <cerrno>
#include <limits>

namespace libow {
namespace {

// libow's own frames, below those of the application.
constexpr std::size_t kOwnFrames = std::size_t{8} << 10;

std::size_t whole_pages(std::size_t size, std::size_t page) {
  return (size + page - 1) / page * page;
}

}  // namespace

int map_crash_stack(std::size_t size, CrashStack& stack) {
  const auto page = static_cast<std::size_t>(getpagesize());
  // The kernel's frame holds all registers, which are large on some CPUs.
  const auto frame = static_cast<std::size_t>(sysconf(_SC_MINSIGSTKSZ));
  if (size > std::numeric_limits<std::ptrdiff_t>::max() / 2) {
    return -ENOMEM;
  }
  CrashStack made;
  made.asked = size;
  made.size = whole_pages(size + frame + kOwnFrames, page);
  made.alternate_size = whole_pages(frame + kOwnFrames, page);
  made.mapped = page + made.size + page + made.alternate_size;
  void* mapping = mmap(nullptr, made.mapped, PROT_NONE,
                       MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
  if (mapping == MAP_FAILED) {
    return -errno;
  }
  made.mapping = static_cast<char*>(mapping);
  made.stack = made.mapping + page;
  made.alternate = made.stack + made.size + page;
  if (mprotect(made.stack, made.size, PROT_READ | PROT_WRITE) < 0 ||
      mprotect(made.alternate, made.alternate_size, PROT_READ | PROT_WRITE) <
          0) {
    const int error = -errno;
    unmap_crash_stack(made);
    return error;
  }
  stack = made;
  return 0;
}

void unmap_crash_stack(CrashStack& stack) {
  if (stack.mapping != nullptr) {
    munmap(stack.mapping, stack.mapped);
  }
  stack = {};
}

}  // namespace libow
