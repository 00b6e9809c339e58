// SPDX-License-Identifier: GPL-2.0
// What lies dormant is damaged, then the kernel dies. Never a hang, never a
// takeover on false grounds: a damaged handover costs the takeover and leaves
// an ordinary kdump boot that says why; a damaged image is a clean reset.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <functional>
#include <nlohmann/json.hpp>
#include <regex>
#include <string>
#include <vector>

#include "dormant.h"
#include "harness.h"

namespace {

using harness::Dormant;
using harness::Result;
using harness::Vm;

enum class End { kKdump, kReset, kTakeover };

struct Damage {
  std::string name;
  std::function<void(Dormant&)> apply;
  End end = End::kKdump;
  std::string reason = "checksum is";
};

std::ostream& operator<<(std::ostream& stream, const Damage& damage) {
  return stream << damage.name;
}

Damage field(const std::string& name,
             const std::function<void(ow_handover&)>& change,
             const std::string& reason = "checksum is") {
  return {name, [change](Dormant& dormant) { dormant.damage(change); },
          End::kKdump, reason};
}

Damage forged(const std::string& name,
              const std::function<void(ow_handover&)>& change,
              const std::string& reason = "contradicts itself") {
  return {"Forged" + name,
          [change](Dormant& dormant) { dormant.forge(change); }, End::kKdump,
          reason};
}

// A bit of each field flipped. All but the first four are behind the CRC.
std::vector<Damage> fields() {
  using H = ow_handover;
  return {
      field(
          "Magic", [](H& h) { h.magic ^= 0x100; }, "magic number is"),
      field(
          "Version", [](H& h) { h.version ^= 2; }, "is version"),
      field(
          "Size", [](H& h) { h.size ^= 8; }, "is version"),
      field("Crc", [](H& h) { h.crc ^= 0x8000; }),
      field("Generation", [](H& h) { h.generation ^= 4; }),
      field("Cookie", [](H& h) { h.cookie ^= 1; }),
      field("RegionStart", [](H& h) { h.region_start ^= 0x1000; }),
      field("RegionEnd", [](H& h) { h.region_end ^= 0x1000; }),
      field("ElfcorehdrStart", [](H& h) { h.elfcorehdr_start ^= 0x1000; }),
      field("ElfcorehdrSize", [](H& h) { h.elfcorehdr_size ^= 0x1000; }),
      field("FaultBlock", [](H& h) { h.fault_block ^= 0x1000; }),
      field("FaultBlockSize", [](H& h) { h.fault_block_size ^= 8; }),
      field("NrCpus", [](H& h) { h.nr_cpus ^= 1; }),
      field("TscKhz", [](H& h) { h.tsc_khz ^= 16; }),
      field("LapicTimerPeriod", [](H& h) { h.lapic_timer_period ^= 16; }),
      field("Hz", [](H& h) { h.hz ^= 1; }),
      field("BootApicid", [](H& h) { h.boot_apicid ^= 1; }),
      field("LoopsPerJiffy", [](H& h) { h.loops_per_jiffy ^= 16; }),
      field("NrRanges", [](H& h) { h.nr_ranges ^= 1; }),
      field("VmcoreinfoLen", [](H& h) { h.vmcoreinfo_len ^= 1; }),
      field("Release", [](H& h) { h.release[0] ^= 1; }),
      field("RangeStart", [](H& h) { h.ranges[0].start ^= 0x1000; }),
      field("RangeSize", [](H& h) { h.ranges[1].size ^= 0x1000; }),
      field("RangeType", [](H& h) { h.ranges[1].type ^= 1; }),
      field("LastRange",
            [](H& h) { h.ranges[OW_MAX_RAM_RANGES - 1].size ^= 0x1000; }),
      field("Vmcoreinfo", [](H& h) { h.vmcoreinfo[100] ^= 1; }),
      field("VmcoreinfoEnd",
            [](H& h) { h.vmcoreinfo[OW_VMCOREINFO_LEN - 1] ^= 1; }),
  };
}

// The CRC is right, the content is not: nothing is believed for its CRC alone.
std::vector<Damage> forgeries() {
  using H = ow_handover;
  return {
      forged(
          "Cookie", [](H& h) { h.cookie ^= 1; }, "another handover"),
      forged("RegionElsewhere",
             [](H& h) {
               h.region_start -= h.region_end - h.region_start;
               h.region_end = h.region_start;
             }),
      forged("RegionNotRam", [](H& h) { h.region_end = 1ULL << 40; }),
      forged("ElfcorehdrElsewhere",
             [](H& h) { h.elfcorehdr_start = 0x100000; }),
      forged(
          "FaultBlockElsewhere", [](H& h) { h.fault_block += 0x100000; },
          "no fault block"),
      forged("FaultBlockNotRam", [](H& h) { h.fault_block = 1ULL << 40; }),
      forged(
          "FaultBlockSize", [](H& h) { h.fault_block_size += 8; },
          "the fault block is version"),
      forged(
          "NrCpus", [](H& h) { h.nr_cpus += 1; }, "the fault block is version"),
      forged("TscKhz", [](H& h) { h.tsc_khz = 0; }),
      forged("Hz", [](H& h) { h.hz = 0; }),
      forged("NoRanges", [](H& h) { h.nr_ranges = 0; }),
      forged("NrRanges", [](H& h) { h.nr_ranges = OW_MAX_RAM_RANGES + 1; }),
      forged("RangeWraps",
             [](H& h) {
               h.ranges[0].start = ~0ULL - 0xfff;
               h.ranges[0].size = 0x10000;
             }),
      forged("VmcoreinfoLen",
             [](H& h) { h.vmcoreinfo_len = OW_VMCOREINFO_LEN + 1; }),
  };
}

// Of what purgatory checks, and purgatory itself.
std::vector<Damage> images() {
  return {
      {"Kernel", [](Dormant& d) { d.flip_image("kernel"); }, End::kReset, ""},
      {"Initramfs", [](Dormant& d) { d.flip_image("initramfs"); }, End::kReset,
       ""},
      {"CommandLine", [](Dormant& d) { d.flip_behind(" otherworld=takeove"); },
       End::kReset, ""},
      {"Purgatory", [](Dormant& d) { d.flip_purgatory(); }, End::kReset, ""},
      // Unsealed on purpose: only the report would miss them.
      {"Stamps",
       [](Dormant& d) { d.damage([](ow_handover& h) { h.stamps[0] ^= 1; }); },
       End::kTakeover, ""},
  };
}

std::vector<Damage> all() {
  std::vector<Damage> all = fields();
  for (const auto& more : {forgeries(), images()}) {
    all.insert(all.end(), more.begin(), more.end());
  }
  return all;
}

// One of each kind, for every day.
std::vector<Damage> some() {
  const std::vector<std::string> names = {
      "Magic",  "Version",   "Crc",       "RangeSize",   "Vmcoreinfo",
      "Kernel", "Initramfs", "Purgatory", "ForgedCookie"};
  std::vector<Damage> some = all();
  std::erase_if(some, [&names](const Damage& damage) {
    return std::find(names.begin(), names.end(), damage.name) == names.end();
  });
  return some;
}

// The rests of the command's output lines that begin so.
std::vector<std::string> said(const Result& result, const std::string& begin) {
  std::vector<std::string> rests;
  for (const auto& line : result.out) {
    if (line.text.starts_with(begin)) {
      rests.push_back(line.text.substr(begin.size()));
    }
  }
  return rests;
}

size_t kernels(const std::string& console) {
  static const std::regex kBanner(R"(\] Linux version )");
  return std::distance(
      std::sregex_iterator(console.begin(), console.end(), kBanner), {});
}

void expect_kdump(const Result& result, const std::string& reason) {
  EXPECT_EQ(result.resets, 1);
  EXPECT_EQ(kernels(result.console), 3U);
  EXPECT_EQ(said(result, "next "), std::vector<std::string>{"0"});
  const auto stories = said(result, "story ");
  ASSERT_EQ(stories.size(), 1U);
  const auto story = nlohmann::json::parse(stories[0], nullptr, false);
  ASSERT_TRUE(story.is_object()) << stories[0];
  EXPECT_EQ(story["outcome"], "kdump");
  EXPECT_TRUE(
      std::regex_search(story["reason"].get<std::string>(), std::regex(reason)))
      << story["reason"];
  EXPECT_THAT(said(result, "log "),
              testing::ElementsAre(testing::HasSubstr("Kernel panic")));
}

void expect_reset(const Result& result) {
  EXPECT_EQ(result.resets, 1);
  EXPECT_EQ(kernels(result.console), 2U) << "the damaged image ran";
  EXPECT_EQ(said(result, "next "), std::vector<std::string>{"0"});
  EXPECT_TRUE(said(result, "story ").empty());
}

void expect_takeover(const Result& result) {
  EXPECT_EQ(result.resets, 0);
  EXPECT_EQ(said(result, "next "), std::vector<std::string>{"1"});
}

class Corrupt : public testing::TestWithParam<Damage> {};

TEST_P(Corrupt, EndsSafely) {
  const Damage& damage = GetParam();
  Vm vm({.mem = "1G",
         .smp = 1,
         .copy = harness::guest_programs(),
         .rerun = true,
         .gdb = true,
         .more = {"--reboots", "1"}},
        {"/root/copy/corrupt.sh"});
  {
    Dormant dormant(vm);
    damage.apply(dormant);
  }
  vm.qmp().inject_nmi();
  const Result result = vm.wait();
  SCOPED_TRACE(testing::Message() << result);
  EXPECT_EQ(result.end, "exited");
  EXPECT_EQ(result.hellos.size(), 2U);
  switch (damage.end) {
    case End::kKdump:
      expect_kdump(result, damage.reason);
      break;
    case End::kReset:
      expect_reset(result);
      break;
    case End::kTakeover:
      expect_takeover(result);
      break;
  }
}

std::string name_of(const testing::TestParamInfo<Damage>& info) {
  return info.param.name;
}

INSTANTIATE_TEST_SUITE_P(Some, Corrupt, testing::ValuesIn(some()), name_of);
INSTANTIATE_TEST_SUITE_P(Campaign, Corrupt, testing::ValuesIn(all()), name_of);

// The boot CPU spins inside an NMI handler: nobody knows its registers, and it
// may still write. So CPU 1 leaves alone, for a kdump boot that says so.
TEST(Stop, BootCpuIsDeaf) {
  const Result result =
      harness::run({.copy = harness::guest_programs(),
                    .rerun = true,
                    .more = {"--reboots", "1"}},
                   {"/root/copy/corrupt.sh", "owctl", "trigger",
                    "boot-cpu-deaf", "--cpu", "1", "--yes"});
  SCOPED_TRACE(testing::Message() << result);
  EXPECT_EQ(result.end, "exited");
  expect_kdump(result, "^CPU 0 did not answer the stop$");
}

}  // namespace
