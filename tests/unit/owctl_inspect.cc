// SPDX-License-Identifier: GPL-2.0
// owctl inspect: the pacts of a mock dead kernel, as they are read and shown.
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "dump_reader.h"
#include "dump_view.h"
#include "parse_mock_pact.h"

namespace owctl {
namespace {

constexpr int kPid = 40;

class MockDump : public DumpFile {
 public:
  explicit MockDump(mock::Machine& machine) {
    machine.extra_info.clear();
    machine.announce();
    memory_ = *machine.mem.memory();
    vmcoreinfo_ = machine.vmcoreinfo();
  }
};

class InspectedPact : public testing::Test {
 protected:
  InspectedPact() {
    mock::populate(machine);
    holder = mock::populate_pact(machine, kPid);
  }

  DumpModel read(std::optional<int> pid = kPid) {
    const MockDump dump(machine);
    auto reader = DumpReader::open(dump);
    EXPECT_TRUE(reader.ok());
    return (*reader)->read(pid);
  }
  void write(const otherworld_pact& page) {
    machine.mem.put(holder.page, page);
  }
  void put_entry(uint64_t entry) {
    machine.mem.put<uint64_t>(machine.user_slot(holder.process, mock::kPactAt),
                              entry);
  }
  // The line about it; empty if there is none.
  static std::string line(const DumpModel& model) {
    const std::string text = render_dump(model, {}, {});
    const size_t from = text.find("pact ");
    return from == std::string::npos
               ? ""
               : text.substr(from, text.find('\n', from) - from);
  }
  static nlohmann::json json(const DumpModel& model) {
    return dump_json(model).at("processes").at(0).at("pact");
  }

  mock::Machine machine;
  mock::PactHolder holder;
};

TEST_F(InspectedPact, IsShown) {
  const DumpModel model = read();
  ASSERT_EQ(model.processes.size(), 1U);
  EXPECT_EQ(line(model),
            "pact yes, procedure 250ms, group shop, action reload");
  EXPECT_EQ(json(model), nlohmann::json({{"state", "yes"},
                                         {"procedure", true},
                                         {"group", "shop"},
                                         {"action", "reload"},
                                         {"limit_ms", 250}}));
}

TEST_F(InspectedPact, IsShownWithoutWhatIsNotInIt) {
  auto page = mock::pact(kPid);
  page.copies[1] = {};
  page.copies[1].sequence = 9;
  mock::seal(page.copies[1]);
  write(page);
  EXPECT_EQ(line(read()), "pact yes, procedure -, group -, action continue");
}

TEST_F(InspectedPact, IsShownWithoutHarm) {
  auto page = mock::pact(kPid);
  page.copies[1] = mock::pact_copy(9, "a\033[2J\n");
  page.copies[1].limit_ms = 0;
  mock::seal(page.copies[1]);
  write(page);
  EXPECT_EQ(line(read()),
            "pact yes, procedure yes, group a\xef\xbf\xbd[2J\xef\xbf\xbd, "
            "action reload");
}

TEST_F(InspectedPact, ThatIsNotValidSaysNoMore) {
  auto page = mock::pact(kPid);
  page.copies[0].sequence++;
  page.copies[1].sequence++;
  write(page);
  EXPECT_EQ(line(read()), "pact torn");
  EXPECT_EQ(json(read()), nlohmann::json({{"state", "torn"}}));
  write(mock::pact(kPid + 1));
  EXPECT_EQ(line(read()), "pact foreign");
  EXPECT_EQ(json(read()), nlohmann::json({{"state", "foreign"}}));
  const std::string painted = render_dump(read(), {}, {.colour = true});
  EXPECT_NE(painted.find("pact \033["), std::string::npos);
}

TEST_F(InspectedPact, ThatIsSwappedOutIsSaidToBe) {
  put_entry(0x0ffffffffff80000);
  EXPECT_EQ(line(read()), "pact swapped out");
  EXPECT_EQ(json(read()), nlohmann::json({{"state", "swapped out"}}));
}

TEST_F(InspectedPact, WhosePageIsNotInTheDumpIsNotGuessed) {
  put_entry(machine.first_frame << 12 | mock::kPresent);
  const DumpModel model = read();
  EXPECT_EQ(line(model).rfind("pact ?: ", 0), 0U) << line(model);
  EXPECT_TRUE(json(model).at("state").is_null());
  EXPECT_NE(json(model).at("reason"), "");
}

TEST_F(InspectedPact, OfOthersIsNone) {
  const DumpModel model = read(20);
  EXPECT_EQ(line(model), "");
  EXPECT_EQ(json(model), nlohmann::json({{"state", "no"}}));
  // Mapped and not written to, as in a child.
  write({});
  EXPECT_EQ(line(read()), "");
  EXPECT_EQ(json(read()), nlohmann::json({{"state", "no"}}));
}

TEST_F(InspectedPact, ThatMayBeBehindDamageIsNotDenied) {
  machine.set(holder.process.mm, OW_F_mm_struct_mt_root, 0x1234);
  EXPECT_EQ(line(read()), "");
  EXPECT_TRUE(json(read()).at("state").is_null());
  machine.set(holder.process.mm, OW_F_mm_struct_pgd, 0);
  EXPECT_TRUE(json(read()).at("state").is_null());
}

TEST_F(InspectedPact, OfAKernelThatDoesNotTellOfTheDevice) {
  machine.layout.table[OW_A_ow_fops].name = 0;
  EXPECT_TRUE(json(read()).at("state").is_null());
  EXPECT_EQ(line(read()), "");
}

}  // namespace
}  // namespace owctl
