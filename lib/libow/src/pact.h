// SPDX-License-Identifier: LGPL-2.1
// The page by which the kernel knows what this process asks for.
//
// It has two copies of everything. An update goes into the older one, its
// checksum last, and then into the other: at any instant one of them is whole,
// and afterwards neither speaks of what is gone. All of it is plain stores.
#ifndef LIBOW_PACT_H
#define LIBOW_PACT_H

#include <linux/otherworld.h>

#include <cstdint>

namespace libow {

// What the pact shall say. Its group ends with a 0.
struct Wanted {
  std::uint64_t procedure = 0;
  std::uint64_t stack = 0;
  std::uint64_t stack_size = 0;
  std::uint32_t limit_ms = 0;
  int action = kNoWish;
  char group[OTHERWORLD_GROUP_LEN] = {};

  static constexpr int kNoWish = -1;
};

// Under pact_mutex: nullptr and error if there can be no pact. In a child after
// fork() this is empty again.
Wanted* begin_update(int& error);
void end_update();

// What an update does to the page, apart for those who watch it being done.
void write_copy(otherworld_pact& page, const Wanted& wanted,
                std::uint64_t sequence);

}  // namespace libow

#endif  // LIBOW_PACT_H
