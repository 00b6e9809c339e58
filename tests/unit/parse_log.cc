// SPDX-License-Identifier: GPL-2.0
// Shows that a dead printk ring buffer gives back every whole record, oldest
// first, whatever state the others are in; that damage costs only the records
// it hit; and that records come out formatted as dmesg does.
#include <gtest/gtest.h>

#include <random>
#include <string>
#include <vector>

#include "parse_mock.h"

namespace {

struct Record : ow_log_record {
  explicit Record(const ow_log_record& rec)
      : ow_log_record(rec), body(rec.text, rec.len) {}
  std::string body;
};

class ParseLog : public testing::Test {
 protected:
  ow_status open() {
    text_ = kernel.vmcoreinfo();
    ow_vmcoreinfo vi;
    EXPECT_EQ(ow_vmcoreinfo_init(&vi, text_.data(), text_.size(), &why), OW_OK);
    EXPECT_EQ(ow_pagetable_init(&pt, kernel.mem.memory(), &vi, &why), OW_OK);
    return ow_log_open(&log, &pt, &vi, &why);
  }

  ow_status walk(size_t limit = ~0UL, size_t size = OW_LOG_TEXT_MAX) {
    records.clear();
    limit_ = limit;
    buf_.resize(size);
    ow_log_visitor visit{[](void* priv, const ow_log_record* rec) {
                           auto* self = static_cast<ParseLog*>(priv);
                           self->records.emplace_back(*rec);
                           return self->records.size() < self->limit_;
                         },
                         this};
    return ow_log_walk(&log, buf_.data(), buf_.size(), &visit, &stats, &why);
  }

  // Opens, walks, and returns the texts.
  std::vector<std::string> texts() {
    EXPECT_EQ(open(), OW_OK);
    EXPECT_EQ(walk(), OW_OK);
    std::vector<std::string> out;
    for (const auto& rec : records)
      out.push_back(rec.body);
    return out;
  }

  using Texts = std::vector<std::string>;

  mock::Kernel kernel;
  mock::Ring ring{kernel, 4, 9};
  ow_pagetable pt{};
  ow_log log{};
  ow_fault_info why{};
  ow_log_stats stats{};
  std::vector<Record> records;

 private:
  size_t limit_ = 0;
  std::string text_;
  std::vector<char> buf_;
};

TEST_F(ParseLog, Empty) {
  EXPECT_EQ(texts(), Texts());
  EXPECT_EQ(stats.torn, 0u);
}

TEST_F(ParseLog, FieldsOfARecord) {
  ring.log("hello", {.ts_nsec = 1234567890,
                     .level = 3,
                     .facility = 1,
                     .caller_id = 0x80000002});
  ASSERT_EQ(texts(), Texts{"hello"});
  const auto& rec = records[0];
  EXPECT_EQ(rec.seq, 0u);
  EXPECT_EQ(rec.ts_nsec, 1234567890u);
  EXPECT_EQ(rec.caller_id, 0x80000002u);
  EXPECT_TRUE(rec.known);
  EXPECT_EQ(rec.level, 3);
  EXPECT_EQ(rec.facility, 1);
  EXPECT_EQ(rec.flags, 2);
  EXPECT_FALSE(rec.open);
  EXPECT_FALSE(rec.cut);
}

TEST_F(ParseLog, LevelIsUnknownWhereItsPlaceIs) {
  ring.log("x", {.level = 3});
  auto at = kernel.extra_info.find("OFFSET(printk_info.caller_id)=20");
  kernel.extra_info.replace(at, 32, "OFFSET(printk_info.caller_id)=24");
  ASSERT_EQ(texts(), Texts{"x"});
  EXPECT_FALSE(records[0].known);
  EXPECT_EQ(records[0].level, 0);
}

TEST_F(ParseLog, ManyWrapsOfBothRings) {
  // More records than descriptors, more text than text ring, and IDs and
  // positions that overflow, as they are made to early on.
  std::vector<std::string> all;
  for (int i = 0; i < 500; i++) {
    all.push_back("message " + std::to_string(i) +
                  std::string(i * 7 % 60, '.'));
    ring.log(all.back());
    auto got = texts();
    ASSERT_FALSE(got.empty());
    ASSERT_LE(got.size(), 16u);
    ASSERT_TRUE(std::equal(got.rbegin(), got.rend(), all.rbegin())) << i;
    EXPECT_EQ(stats.torn + stats.unreadable + stats.dropped, 0u) << i;
    EXPECT_EQ(records.back().seq, static_cast<uint64_t>(i));
  }
  EXPECT_NE(ring.last_wrapped(), 0u)
      << "no block wrapped: the test is too tame";
}

TEST_F(ParseLog, ABlockThatWraps) {
  uint64_t id = 0;
  while (!ring.last_wrapped())
    id = ring.log(std::string(40, 'w'));
  ASSERT_EQ(id, ring.last_wrapped());
  EXPECT_EQ(texts().back(), std::string(40, 'w'));
  // Its ID at the end of the ring is not what its text is found by.
  kernel.mem.put<uint64_t>(ring.block(id), 0);
  EXPECT_EQ(texts().back(), std::string(40, 'w')) << "the one before";
  EXPECT_EQ(stats.torn, 1u);
}

TEST_F(ParseLog, EmptyLinesAndLostTexts) {
  ring.log("one");
  ring.log("");
  uint64_t lost = ring.log("two");
  kernel.mem.put<uint64_t>(ring.desc(lost) + 8, mock::kFailedLpos);
  kernel.mem.put<uint64_t>(ring.desc(lost) + 16, mock::kFailedLpos);
  ring.log("three");
  EXPECT_EQ(texts(), (Texts{"one", "", "three"}));
  EXPECT_EQ(stats.dropped, 1u);
  EXPECT_EQ(stats.torn, 0u);
}

TEST_F(ParseLog, StatesOfDescriptors) {
  ring.log("finalized");
  ring.log("reserved", {.state = mock::kReserved});
  ring.log("reusable", {.state = mock::kReusable});
  ring.log("committed", {.state = mock::kCommitted});
  EXPECT_EQ(texts(), (Texts{"finalized", "committed"}));
  EXPECT_FALSE(records[0].open);
  EXPECT_TRUE(records[1].open);
  EXPECT_EQ(stats.torn, 1u);
  EXPECT_EQ(stats.recycled, 2u) << "and the one every new ring begins with";
  EXPECT_EQ(stats.records, 2u);
}

TEST_F(ParseLog, DamageCostsOnlyTheRecordItHit) {
  struct Case {
    const char* name;
    void (*damage)(mock::Kernel&, mock::Ring&, uint64_t);
  };
  const Case cases[] = {
      {"descriptor ID",
       [](auto& k, auto& r, uint64_t id) {
         k.mem.template put<uint64_t>(
             r.desc(id), mock::Ring::sv(id + 16, mock::kFinalized));
       }},
      {"block ID",
       [](auto& k, auto& r, uint64_t id) {
         k.mem.template put<uint64_t>(r.block(id), id ^ 1);
       }},
      {"text length",
       [](auto& k, auto& r, uint64_t id) {
         k.mem.template put<uint16_t>(r.info(id) + 16, 0xffff);
       }},
      {"sequence number",
       [](auto& k, auto& r, uint64_t id) {
         k.mem.template put<uint64_t>(
             r.info(id), k.mem.template get<uint64_t>(r.info(id)) + 1);
       }},
      {"unaligned begin",
       [](auto& k, auto& r, uint64_t id) { k.mem.at(r.desc(id) + 8)[0] ^= 4; }},
      {"end before begin",
       [](auto& k, auto& r, uint64_t id) {
         k.mem.template put<uint64_t>(
             r.desc(id) + 16, k.mem.template get<uint64_t>(r.desc(id) + 8));
       }},
      {"begin many wraps away",
       [](auto& k, auto& r, uint64_t id) {
         k.mem.at(r.desc(id) + 8)[4] ^= 0x10;
       }},
      {"half data-less",
       [](auto& k, auto& r, uint64_t id) {
         k.mem.template put<uint64_t>(r.desc(id) + 8, mock::kEmptyLineLpos);
       }},
      {"two kinds of data-less",
       [](auto& k, auto& r, uint64_t id) {
         k.mem.template put<uint64_t>(r.desc(id) + 8, mock::kEmptyLineLpos);
         k.mem.template put<uint64_t>(r.desc(id) + 16, mock::kFailedLpos);
       }},
      {"zeroed descriptor",
       [](auto& k, auto& r, uint64_t id) {
         std::memset(k.mem.at(r.desc(id)), 0, sizeof(mock::Desc));
       }},
      {"block without room for its ID",
       [](auto& k, auto& r, uint64_t id) {
         auto begin = k.mem.template get<uint64_t>(r.desc(id) + 8);
         k.mem.template put<uint64_t>(r.desc(id) + 16, (begin | 511) + 1);
       }},
  };
  for (const auto& c : cases) {
    mock::Kernel fresh;
    kernel = std::move(fresh);
    mock::Ring r(kernel, 4, 9);
    r.log("one");
    uint64_t id = r.log("two");
    r.log("three");
    c.damage(kernel, r, id);
    EXPECT_EQ(texts(), (Texts{"one", "three"})) << c.name;
    EXPECT_EQ(stats.torn, 1u) << c.name;
  }
}

TEST_F(ParseLog, DamagedTailDoesNotMatter) {
  Texts all;
  for (int i = 0; i < 10; i++) {
    all.push_back(std::to_string(i));
    ring.log(all.back());
  }
  auto at = ring.ring + offsetof(mock::RingBuffer, desc_ring) +
            offsetof(mock::DescRing, tail_id);
  for (uint64_t tail : {0ULL, 0x123456789ULL, ~0ULL}) {
    kernel.mem.put<uint64_t>(at, tail);
    EXPECT_EQ(texts(), all) << tail;
  }
}

TEST_F(ParseLog, DamagedHeadEndsInNothing) {
  ring.log("one");
  kernel.mem.put<uint64_t>(ring.ring + offsetof(mock::DescRing, head_id),
                           0x5555555555555555);
  EXPECT_EQ(texts(), Texts());
  EXPECT_EQ(stats.torn, 16u);
}

TEST_F(ParseLog, ImplausibleRings) {
  ring.log("one");
  auto bits = ring.ring + offsetof(mock::DescRing, count_bits);
  for (uint32_t n : {0u, 27u, 64u, ~0u}) {
    kernel.mem.put(bits, n);
    EXPECT_EQ(open(), OW_BAD_DATA) << n;
    EXPECT_EQ(why.space, OW_SPACE_VIRT);
    EXPECT_EQ(why.address, kernel.text(bits));
  }
  kernel.mem.put(bits, 4u);
  bits = ring.ring + offsetof(mock::RingBuffer, text_data_ring);
  for (uint32_t n : {0u, 3u, 32u, 64u}) {
    kernel.mem.put(bits, n);
    EXPECT_EQ(open(), OW_BAD_DATA) << n;
  }
  kernel.mem.put(bits, 9u);
  kernel.mem.put<uint64_t>(ring.prb, 0);
  EXPECT_EQ(open(), OW_BAD_ADDRESS) << "prb is NULL";
  EXPECT_EQ(why.space, OW_SPACE_VIRT);
}

TEST_F(ParseLog, ImplausibleLayouts) {
  const std::string good = kernel.extra_info;
  auto with = [&](const std::string& key, const std::string& value) {
    kernel.extra_info = good;
    auto at = kernel.extra_info.find(key + "=") + key.size() + 1;
    auto end = kernel.extra_info.find('\n', at);
    kernel.extra_info.replace(at, end - at, value);
    return open();
  };
  EXPECT_EQ(with("SIZE(prb_desc)", "16"), OW_BAD_DATA)
      << "less than its fields";
  EXPECT_STREQ(why.name, "prb_desc");
  EXPECT_EQ(with("SIZE(printk_info)", "100000"), OW_BAD_DATA);
  EXPECT_EQ(with("OFFSET(printk_info.seq)", "18446744073709551612"),
            OW_BAD_DATA);
  EXPECT_STREQ(why.name, "printk_info.seq");
  EXPECT_EQ(with("OFFSET(prb_desc.state_var)", "252"), OW_BAD_DATA);
  EXPECT_EQ(with("OFFSET(prb_data_ring.data)", "65536"), OW_BAD_DATA);
  EXPECT_EQ(with("OFFSET(atomic_long_t.counter)", "x"), OW_BAD_DATA);
  EXPECT_EQ(with("SYMBOL(prb)", "ffffffff"), OW_BAD_ADDRESS);
  kernel.extra_info.clear();
  EXPECT_EQ(open(), OW_MISSING);
}

TEST_F(ParseLog, UnreadablePartsAreSkippedAndLongStretchesEndTheWalk) {
  // Descriptors through page tables this time, one page of them missing.
  mock::Kernel big(4, 0x1000000, 0x400000);
  kernel = std::move(big);
  mock::Ring r(kernel, 12, 17);
  uint64_t pages = (4096 * sizeof(mock::Desc)) / 4096;
  uint64_t virt = 0xffff888000000000;
  // The ring's arrays are not page aligned: map what they lie in.
  uint64_t first = r.descs & ~4095ULL;
  for (uint64_t i = 0; i <= pages; i++)
    kernel.map(virt + i * 4096, first + i * 4096);
  auto at = r.ring + offsetof(mock::DescRing, descs);
  auto point = [&] { kernel.mem.put<uint64_t>(at, virt + (r.descs & 4095)); };
  for (int i = 0; i < 1000; i++) {
    r.log("m" + std::to_string(i));
    point();
  }
  ASSERT_EQ(texts().size(), 1000u);

  kernel.mem.put<uint64_t>(kernel.slot(virt + 4096), 0);
  auto got = texts();
  EXPECT_EQ(got.size() + stats.unreadable, 1000u);
  EXPECT_GT(stats.unreadable, 160u);
  EXPECT_LT(stats.unreadable, 175u);
  EXPECT_EQ(got.back(), "m999");

  for (int i = 1000; i < 3000; i++) {
    r.log("m");
    point();
  }
  for (uint64_t i = 0; i <= pages; i++)
    kernel.mem.put<uint64_t>(kernel.slot(virt + i * 4096), 0);
  ASSERT_EQ(open(), OW_OK);
  EXPECT_EQ(walk(), OW_BAD_ADDRESS);
  EXPECT_EQ(why.space, OW_SPACE_VIRT);
  EXPECT_EQ(stats.unreadable, 1024u);
}

TEST_F(ParseLog, TheLargestRingEndsSoon) {
  // A count so large that only the bound on the walk ends it, with all
  // descriptors leading to the same page.
  uint64_t virt = 0xffff888000000000;
  uint64_t table = kernel.page();
  kernel.mem.put<uint64_t>(kernel.slot(virt, 4), table | mock::kPresent);
  for (uint64_t i = 0; i < 512; i++)
    kernel.mem.put<uint64_t>(table + i * 8, table | mock::kPresent);
  auto rb = kernel.mem.get<mock::RingBuffer>(ring.ring);
  rb.desc_ring.count_bits = 26;
  rb.desc_ring.descs = rb.desc_ring.infos = virt;
  rb.desc_ring.tail_id = 0;
  rb.desc_ring.head_id = (1 << 26) - 1;
  kernel.mem.put(ring.ring, rb);
  ASSERT_EQ(open(), OW_OK);
  EXPECT_EQ(walk(), OW_OK);
  EXPECT_EQ(stats.left, (1u << 26) - OW_LOG_WALK_MAX);
  EXPECT_EQ(stats.torn, OW_LOG_WALK_MAX);
}

TEST_F(ParseLog, ShortBufferCuts) {
  ring.log("0123456789");
  ASSERT_EQ(open(), OW_OK);
  EXPECT_EQ(walk(~0UL, 4), OW_OK);
  ASSERT_EQ(records.size(), 1u);
  EXPECT_EQ(records[0].body, "0123");
  EXPECT_TRUE(records[0].cut);
}

TEST_F(ParseLog, CallbackCanStop) {
  ring.log("one");
  ring.log("two");
  ASSERT_EQ(open(), OW_OK);
  EXPECT_EQ(walk(1), OW_STOPPED);
  EXPECT_EQ(records.size(), 1u);
}

TEST_F(ParseLog, RandomDamageNeverHarms) {
  std::mt19937_64 rng(7);
  for (int round = 0; round < 3000; round++) {
    mock::Kernel fresh;
    kernel = std::move(fresh);
    mock::Ring r(kernel, 4, 9);
    for (int i = 0; i < 40; i++)
      r.log("message " + std::to_string(i));
    uint64_t begin = r.descs;
    uint64_t len = r.prb + 8 - r.descs;
    for (int i = 0; i < 20; i++)
      kernel.mem.at(begin + rng() % len)[0] ^= 1 << rng() % 8;
    if (open() != OW_OK)
      continue;
    (void)!walk();
    EXPECT_LE(records.size(), OW_LOG_WALK_MAX);
  }
}

std::string format(std::string_view text, unsigned flags = 0,
                   uint64_t ts = 123456789, uint32_t caller = 42) {
  ow_log_record rec{};
  rec.text = text.data();
  rec.len = static_cast<uint32_t>(text.size());
  rec.ts_nsec = ts;
  rec.caller_id = caller;
  rec.known = true;
  rec.level = 6;
  rec.facility = 3;
  char buf[512];
  size_t n = ow_log_format(&rec, flags, buf, sizeof(buf));
  EXPECT_EQ(n, std::strlen(buf));
  return buf;
}

TEST(ParseLogFormat, AsDmesg) {
  EXPECT_EQ(format("hello"), "[    0.123456] hello\n");
  EXPECT_EQ(format("x", 0, 98765432109876543), "[98765432.109876] x\n");
  EXPECT_EQ(format("x", OW_LOG_CALLER), "[    0.123456][   T42] x\n");
  EXPECT_EQ(format("x", OW_LOG_CALLER, 0, 0x80000001),
            "[    0.000000][    C1] x\n");
  EXPECT_EQ(format("x", OW_LOG_LEVEL), "<30>[    0.123456] x\n");
  EXPECT_EQ(format(""), "[    0.123456] \n");
}

TEST(ParseLogFormat, EveryLineHasItsPrefix) {
  EXPECT_EQ(format("a\nb\n", 0, 0), "[    0.000000] a\n[    0.000000] b\n");
  EXPECT_EQ(format("\n\nb", 0, 0),
            "[    0.000000] \n[    0.000000] \n[    0.000000] b\n");
}

TEST(ParseLogFormat, ControlCharactersAreShownNotSent) {
  using namespace std::string_view_literals;
  EXPECT_EQ(format("a\x1b[31m\r\0\x7f\tz\xc3\xa9"sv, 0, 0),
            "[    0.000000] a\\x1b[31m\\x0d\\x00\\x7f\tz\xc3\xa9\n");
}

TEST(ParseLogFormat, TellsTheLengthItWouldNeed) {
  ow_log_record rec{};
  rec.text = "hello";
  rec.len = 5;
  std::string whole = "[    0.000000] hello\n";
  for (size_t size = 0; size <= whole.size() + 1; size++) {
    std::vector<char> buf(size + 1, '#');
    EXPECT_EQ(ow_log_format(&rec, 0, buf.data(), size), whole.size());
    EXPECT_EQ(buf[size], '#');
    if (size != 0) {
      EXPECT_EQ(std::string(buf.data()), whole.substr(0, size - 1));
    }
  }
}

}  // namespace
