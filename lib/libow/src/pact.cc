// SPDX-License-Identifier: LGPL-2.1
#include "pact.h"

#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <cstddef>
#include <cstring>
#include <mutex>

#include "device.h"
#include "fork.h"
#include "hash/xxh64.h"
#include "names.h"
#include "otherworld/ow.h"

namespace libow {
namespace {

otherworld_pact* page = nullptr;
Wanted wanted;
std::uint64_t sequence = 0;

// The kernel empties the page in a child.
bool begun() {
  return page->magic == OTHERWORLD_PACT_MAGIC;
}

int map_page() {
  const int fd = device.open(0);
  if (fd < 0) {
    return fd;
  }
  page = static_cast<otherworld_pact*>(device.map(fd));
  const int error = page == nullptr ? -errno : 0;
  close(fd);
  return error;
}

std::uint32_t action_of(const Wanted& from) {
  if (from.action != Wanted::kNoWish) {
    return static_cast<std::uint32_t>(from.action);
  }
  return from.procedure != 0 ? OTHERWORLD_ACTION_PROCEDURE
                             : OTHERWORLD_ACTION_CONTINUE;
}

}  // namespace

void write_copy(otherworld_pact& page, const Wanted& wanted,
                std::uint64_t sequence) {
  otherworld_pact_copy next = {};
  next.sequence = sequence;
  next.procedure = wanted.procedure;
  next.stack = wanted.stack;
  next.stack_size = wanted.stack_size;
  next.action = action_of(wanted);
  next.limit_ms = wanted.limit_ms;
  std::memcpy(next.group, wanted.group, sizeof(next.group));
  constexpr std::size_t kBehind = offsetof(otherworld_pact_copy, sequence);
  constexpr std::size_t kCovered = sizeof(next) - kBehind;
  next.checksum = xxh64(&next.sequence, kCovered, 0);

  auto& copy = page.copies[sequence % 2];
  // The one before is complete before this one is touched.
  std::atomic_thread_fence(std::memory_order_release);
  std::memcpy(reinterpret_cast<char*>(&copy) + kBehind,
              reinterpret_cast<const char*>(&next) + kBehind, kCovered);
  std::atomic_ref(copy.checksum)
      .store(next.checksum, std::memory_order_release);
}

Wanted* begin_update(int& error) {
  if (page == nullptr) {
    error = map_page();
    if (error < 0) {
      return nullptr;
    }
  }
  if (!begun()) {
    wanted = {};
    sequence = 0;
  }
  return &wanted;
}

void end_update() {
  write_copy(*page, wanted, ++sequence);
  write_copy(*page, wanted, ++sequence);
  if (!begun()) {
    page->version = OTHERWORLD_PACT_VERSION;
    page->pid = getpid();
    std::atomic_ref(page->magic)
        .store(OTHERWORLD_PACT_MAGIC, std::memory_order_release);
  }
}

}  // namespace libow

namespace {

int set_group(const char* group, std::size_t size) {
  const std::scoped_lock lock(libow::pact_mutex);
  int error = 0;
  libow::Wanted* wanted = libow::begin_update(error);
  if (wanted == nullptr) {
    return error;
  }
  std::memset(wanted->group, 0, sizeof(wanted->group));
  std::memcpy(wanted->group, group, size);
  libow::end_update();
  return 0;
}

}  // namespace

static_assert(OW_GROUP_LEN == OTHERWORLD_GROUP_LEN);
static_assert(static_cast<int>(OW_ACTION_TERMINATE) ==
              static_cast<int>(OTHERWORLD_ACTION_TERMINATE));

int ow_join_group(const char* group) {
  const int error = libow::check_path(group, OW_GROUP_LEN);
  return error < 0 ? error : set_group(group, std::strlen(group));
}

int ow_leave_group(void) {
  return set_group("", 0);
}

int ow_wish(enum ow_action action) {
  if (static_cast<unsigned>(action) > OW_ACTION_TERMINATE) {
    return -EINVAL;
  }
  const std::scoped_lock lock(libow::pact_mutex);
  int error = 0;
  libow::Wanted* wanted = libow::begin_update(error);
  if (wanted == nullptr) {
    return error;
  }
  wanted->action = static_cast<int>(action);
  libow::end_update();
  return 0;
}
