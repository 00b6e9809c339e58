// SPDX-License-Identifier: LGPL-2.1
#include "guard.h"

#include <algorithm>
#include <atomic>
#include <cerrno>
#include <cstdint>
#include <cstring>
#include <iterator>
#include <mutex>

#include "fork.h"
#include "hash/xxh64.h"

namespace libow {
namespace {

enum State : int { kFree = 0, kClosed, kOpen };

// A crash may come between any two stores, and its procedure reads this: so the
// state is written last, and kFree or kOpen before anything else changes.
struct Entry {
  std::atomic<int> state = kFree;
  void* address = nullptr;
  std::size_t size = 0;
  std::uint64_t checksum = 0;
  char name[OW_NAME_LEN] = {};
};
static_assert(std::atomic<int>::is_always_lock_free);

Entry entries[kGuards];

std::uint64_t checksum_of(const Entry& entry) {
  return xxh64(entry.address, entry.size, 0);
}

// Under guard_mutex.
Entry* find(const void* address) {
  auto* const found =
      std::find_if(std::begin(entries), std::end(entries), [&](Entry& entry) {
        return entry.state != kFree && entry.address == address;
      });
  return found == std::end(entries) ? nullptr : found;
}

}  // namespace

std::size_t list_guards(ow_guarded (&seen)[kGuards]) {
  std::size_t count = 0;
  for (const Entry& entry : entries) {
    const int state = entry.state;
    if (state != kFree) {
      seen[count++] = {entry.name, entry.address, entry.size,
                       state == kOpen ? OW_CHANGING : OW_INTACT};
    }
  }
  return count;
}

bool guard_holds(const ow_guarded& guarded) {
  return std::any_of(std::begin(entries), std::end(entries),
                     [&](const Entry& entry) {
                       return entry.name == guarded.name &&
                              checksum_of(entry) == entry.checksum;
                     });
}

}  // namespace libow

using libow::Entry;
using libow::guard_mutex;

int ow_guard(void* address, size_t size, const char* name) {
  if (address == nullptr || size == 0 || name == nullptr) {
    return -EINVAL;
  }
  const std::size_t length = std::strlen(name);
  if (length >= OW_NAME_LEN) {
    return -ENAMETOOLONG;
  }
  const std::scoped_lock lock(guard_mutex);
  if (libow::find(address) != nullptr) {
    return -EEXIST;
  }
  auto* const entry =
      std::find_if(std::begin(libow::entries), std::end(libow::entries),
                   [](const Entry& one) { return one.state == libow::kFree; });
  if (entry == std::end(libow::entries)) {
    return -ENOSPC;
  }
  entry->address = address;
  entry->size = size;
  std::memcpy(entry->name, name, length + 1);
  entry->checksum = libow::checksum_of(*entry);
  entry->state = libow::kClosed;
  return 0;
}

int ow_guard_open(void* address) {
  const std::scoped_lock lock(guard_mutex);
  Entry* const entry = libow::find(address);
  if (entry == nullptr) {
    return -ENOENT;
  }
  if (entry->state == libow::kOpen) {
    return -EALREADY;
  }
  entry->state = libow::kOpen;
  return 0;
}

int ow_guard_close(void* address) {
  const std::scoped_lock lock(guard_mutex);
  Entry* const entry = libow::find(address);
  if (entry == nullptr) {
    return -ENOENT;
  }
  if (entry->state == libow::kClosed) {
    return -EALREADY;
  }
  entry->checksum = libow::checksum_of(*entry);
  entry->state = libow::kClosed;
  return 0;
}

int ow_guard_check(void* address, enum ow_guard_state* state) {
  if (state == nullptr) {
    return -EINVAL;
  }
  const std::scoped_lock lock(guard_mutex);
  const Entry* const entry = libow::find(address);
  if (entry == nullptr) {
    return -ENOENT;
  }
  if (entry->state == libow::kOpen) {
    *state = OW_CHANGING;
  } else {
    *state =
        libow::checksum_of(*entry) == entry->checksum ? OW_INTACT : OW_DAMAGED;
  }
  return 0;
}

int ow_unguard(void* address) {
  const std::scoped_lock lock(guard_mutex);
  Entry* const entry = libow::find(address);
  if (entry == nullptr) {
    return -ENOENT;
  }
  entry->state = libow::kFree;
  return 0;
}
