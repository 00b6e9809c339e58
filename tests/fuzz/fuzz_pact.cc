// SPDX-License-Identifier: GPL-2.0
// Any bytes as the page of a pact: they are believed only if they may be.
//
// The first byte says what is put right of the page that follows, or nothing
// behind the checksums would ever be reached. fuzz_processes.cc finds and reads
// such a page in damaged memory.
#include <cstdlib>

#include "../unit/parse_mock_pact.h"
#include "input.h"
#include "ow_pact.h"

namespace {

// What the first byte may ask for; the seeds use the numbers.
enum Mend : uint8_t {
  kHead = 1 << 0,
  kFirstSum = 1 << 1,
  kSecondSum = 1 << 2,
};
constexpr s32 kPid = 40;

void require(bool truth) {
  if (!truth)
    std::abort();
}

bool is_whole(otherworld_pact_copy copy) {
  const u64 checksum = copy.checksum;
  mock::seal(copy);
  return copy.checksum == checksum;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  fuzz::Input in(data, size);
  const auto mend = in.take<uint8_t>();
  auto page = in.take<otherworld_pact>();
  if ((mend & kHead) != 0) {
    page.magic = OTHERWORLD_PACT_MAGIC;
    page.version = OTHERWORLD_PACT_VERSION;
    page.pid = kPid;
  }
  if ((mend & kFirstSum) != 0)
    mock::seal(page.copies[0]);
  if ((mend & kSecondSum) != 0)
    mock::seal(page.copies[1]);

  const otherworld_pact before = page;
  const ow_pact untouched = {};
  ow_pact found = {};
  const auto state = ow_pact_judge(&page, kPid, &found);
  require(std::memcmp(&page, &before, sizeof(page)) == 0);
  if (state != OTHERWORLD_PACT_VALID) {
    require(std::memcmp(&found, &untouched, sizeof(found)) == 0);
    require((state == OTHERWORLD_PACT_NONE) == (page.magic == 0));
    // What is torn is at least a pact of this process.
    require(state != OTHERWORLD_PACT_TORN ||
            (page.pid == kPid && page.magic == OTHERWORLD_PACT_MAGIC));
    return 0;
  }
  require(page.pid == kPid && page.version == OTHERWORLD_PACT_VERSION);
  require(found.copy.action < OTHERWORLD_ACTION_COUNT);
  require(strnlen(found.copy.group, sizeof(found.copy.group)) <
          sizeof(found.copy.group));
  require(is_whole(found.copy));
  for (const auto& copy : page.copies)
    require(!is_whole(copy) || copy.sequence <= found.copy.sequence);
  return 0;
}
