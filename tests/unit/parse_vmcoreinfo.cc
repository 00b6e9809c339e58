// SPDX-License-Identifier: GPL-2.0
// Shows that VMCOREINFO is understood as the kernel writes it, that absent and
// damaged values are told apart, and that no garbage is taken for a value.
#include <gtest/gtest.h>

#include <random>
#include <string>

#include "parse_mock.h"

namespace {

constexpr const char* kSample =
    "OSRELEASE=6.12.57\n"
    "BUILD-ID=0123456789abcdef0123456789abcdef01234567\n"
    "PAGESIZE=4096\n"
    "SYMBOL(prb)=ffffffff82a3c0d8\n"
    "SYMBOL(prb)=dead\n"
    "OFFSET(prb_desc.state_var)=0\n"
    "SIZE(prb_desc)=24\n"
    "LENGTH(zone.free_area)=11\n"
    "NUMBER(VMALLOC_START)=0xffffc90000000000\n"
    "NUMBER(phys_base)=-33554432\n"
    "KERNELOFFSET=1e000000\n"
    "CRASHTIME=1700000000\n";

class ParseVmcoreinfo : public testing::Test {
 protected:
  ow_status init(std::string text) {
    text_ = std::move(text);
    return ow_vmcoreinfo_init(&vi, text_.data(), text_.size(), &why);
  }

  ow_vmcoreinfo vi{};
  ow_fault_info why{};

 private:
  std::string text_;
};

TEST_F(ParseVmcoreinfo, EveryKindOfLine) {
  ASSERT_EQ(init(kSample), OW_OK);
  ow_virt sym;
  u64 n;
  s64 num;
  char text[64];
  ASSERT_EQ(ow_vmcoreinfo_symbol(&vi, "prb", &sym, &why), OW_OK);
  EXPECT_EQ(sym.a, 0xffffffff82a3c0d8) << "the first of two counts";
  ASSERT_EQ(ow_vmcoreinfo_offset(&vi, "prb_desc.state_var", &n, &why), OW_OK);
  EXPECT_EQ(n, 0u);
  ASSERT_EQ(ow_vmcoreinfo_size(&vi, "prb_desc", &n, &why), OW_OK);
  EXPECT_EQ(n, 24u);
  ASSERT_EQ(ow_vmcoreinfo_length(&vi, "zone.free_area", &n, &why), OW_OK);
  EXPECT_EQ(n, 11u);
  ASSERT_EQ(ow_vmcoreinfo_number(&vi, "phys_base", &num, &why), OW_OK);
  EXPECT_EQ(num, -33554432);
  ASSERT_EQ(ow_vmcoreinfo_number(&vi, "VMALLOC_START", &num, &why), OW_OK);
  EXPECT_EQ(static_cast<uint64_t>(num), 0xffffc90000000000);
  ASSERT_EQ(ow_vmcoreinfo_decimal(&vi, "PAGESIZE", &n, &why), OW_OK);
  EXPECT_EQ(n, 4096u);
  ASSERT_EQ(ow_vmcoreinfo_hex(&vi, "KERNELOFFSET", &n, &why), OW_OK);
  EXPECT_EQ(n, 0x1e000000u);
  ASSERT_EQ(ow_vmcoreinfo_string(&vi, "OSRELEASE", text, sizeof(text), &why),
            OW_OK);
  EXPECT_STREQ(text, "6.12.57");
}

TEST_F(ParseVmcoreinfo, AbsentIsNotDamaged) {
  ASSERT_EQ(init(kSample), OW_OK);
  u64 n = 1;
  EXPECT_EQ(ow_vmcoreinfo_size(&vi, "prb_des", &n, &why), OW_MISSING);
  EXPECT_EQ(n, 0u);
  EXPECT_STREQ(why.name, "prb_des");
  EXPECT_EQ(ow_vmcoreinfo_size(&vi, "prb_desc.state_var", &n, &why),
            OW_MISSING);
  EXPECT_EQ(ow_vmcoreinfo_decimal(&vi, "PAGE", &n, &why), OW_MISSING);
  char text[OW_FAULT_TEXT_MAX];
  ow_fault_format(&why, text, sizeof(text));
  EXPECT_STREQ(text, "VMCOREINFO's PAGE is not known");
}

TEST_F(ParseVmcoreinfo, ImplausibleNumbers) {
  for (const char* value :
       {"", " 1", "1 ", "-1", "0x10", "1f", "18446744073709551616",
        "99999999999999999999999", "+1", "1\r"}) {
    ASSERT_EQ(init(std::string("SIZE(x)=") + value + "\n"), OW_OK);
    u64 n = 7;
    EXPECT_EQ(ow_vmcoreinfo_size(&vi, "x", &n, &why), OW_BAD_DATA) << value;
    EXPECT_EQ(n, 0u);
    EXPECT_EQ(why.space, OW_SPACE_TEXT);
    EXPECT_EQ(why.address, 8u);
  }
  u64 n;
  ASSERT_EQ(init("SIZE(x)=18446744073709551615\n"), OW_OK);
  ASSERT_EQ(ow_vmcoreinfo_size(&vi, "x", &n, &why), OW_OK);
  EXPECT_EQ(n, ~0ULL);
}

TEST_F(ParseVmcoreinfo, SignedLimits) {
  s64 n;
  ASSERT_EQ(init("NUMBER(x)=-9223372036854775808\n"), OW_OK);
  ASSERT_EQ(ow_vmcoreinfo_number(&vi, "x", &n, &why), OW_OK);
  EXPECT_EQ(n, INT64_MIN);
  for (const char* value : {"-9223372036854775809", "9223372036854775808", "-",
                            "--1", "0x", "0x10000000000000000"}) {
    ASSERT_EQ(init(std::string("NUMBER(x)=") + value + "\n"), OW_OK);
    EXPECT_EQ(ow_vmcoreinfo_number(&vi, "x", &n, &why), OW_BAD_DATA) << value;
  }
}

TEST_F(ParseVmcoreinfo, ALineCutOffDoesNotCount) {
  ASSERT_EQ(init("PAGESIZE=4096\nSIZE(page)=6"), OW_OK);
  u64 n;
  EXPECT_EQ(ow_vmcoreinfo_size(&vi, "page", &n, &why), OW_MISSING);
}

TEST_F(ParseVmcoreinfo, TextEndsAtNul) {
  using namespace std::string_literals;
  ASSERT_EQ(init("PAGESIZE=4096\n\0SIZE(page)=64\n"s), OW_OK);
  u64 n;
  EXPECT_EQ(ow_vmcoreinfo_size(&vi, "page", &n, &why), OW_MISSING);
}

TEST_F(ParseVmcoreinfo, RefusesWhatIsNotOne) {
  using namespace std::string_literals;
  for (const std::string& text :
       {""s, "\n\n\n"s, "PAGESIZE=4096"s, "no equals\n"s, "=1\n"s, "\0A=1\n"s,
        std::string(OW_VMCOREINFO_MAX + 1, 'x'), std::string(4096, '\0')})
    EXPECT_EQ(init(text), OW_BAD_DATA);
}

TEST_F(ParseVmcoreinfo, StringsArePrintableAndWhole) {
  char text[8];
  ASSERT_EQ(init("OSRELEASE=1234567\nA=12345678\nB=a\x1b[31m\nC=\n"), OW_OK);
  EXPECT_EQ(ow_vmcoreinfo_string(&vi, "OSRELEASE", text, 8, &why), OW_OK);
  EXPECT_STREQ(text, "1234567");
  EXPECT_EQ(ow_vmcoreinfo_string(&vi, "A", text, 8, &why), OW_BAD_DATA);
  EXPECT_STREQ(text, "");
  EXPECT_EQ(ow_vmcoreinfo_string(&vi, "B", text, 8, &why), OW_BAD_DATA);
  EXPECT_EQ(ow_vmcoreinfo_string(&vi, "C", text, 8, &why), OW_OK);
  EXPECT_STREQ(text, "");
}

TEST_F(ParseVmcoreinfo, RandomDamageNeverInventsAKey) {
  std::mt19937 rng(1);
  for (int round = 0; round < 2000; round++) {
    std::string text = kSample;
    for (int i = 0; i < 8; i++)
      text[rng() % text.size()] = static_cast<char>(rng());
    if (init(text) != OW_OK)
      continue;
    u64 n;
    EXPECT_NE(ow_vmcoreinfo_size(&vi, "no_such", &n, &why), OW_OK);
  }
}

TEST_F(ParseVmcoreinfo, OutOfAnElfNote) {
  mock::Memory mem;
  std::string text = kSample;
  mem.add(0x5000, 0x1000);
  auto note = [&](uint32_t namesz, uint32_t descsz, const char* name) {
    mem.put(0x5000, namesz);
    mem.put(0x5004, descsz);
    mem.put<uint32_t>(0x5008, 0);
    std::memset(mem.at(0x500c), 0, 12);
    std::memcpy(mem.at(0x500c), name, std::strlen(name));
  };
  std::memcpy(mem.at(0x5018), text.data(), text.size());
  std::vector<char> buf(4096);
  auto read = [&] {
    return ow_vmcoreinfo_read_note(&vi, mem.memory(), ow_phys_at(0x5000),
                                   buf.data(), buf.size(), &why);
  };

  note(11, text.size(), "VMCOREINFO");
  ASSERT_EQ(read(), OW_OK);
  u64 n;
  EXPECT_EQ(ow_vmcoreinfo_decimal(&vi, "PAGESIZE", &n, &why), OW_OK);

  note(11, text.size(), "VMCOREINF0");
  EXPECT_EQ(read(), OW_BAD_DATA);
  note(5, text.size(), "CORE");
  EXPECT_EQ(read(), OW_BAD_DATA);
  note(11, 4097, "VMCOREINFO");
  EXPECT_EQ(read(), OW_BAD_DATA);
  note(11, 0, "VMCOREINFO");
  EXPECT_EQ(read(), OW_BAD_DATA);
  note(11, 4096, "VMCOREINFO");
  EXPECT_EQ(read(), OW_BAD_ADDRESS) << "it leaves the memory there is";
  EXPECT_EQ(why.address, 0x6000u);
}

}  // namespace
