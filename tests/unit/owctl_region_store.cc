// SPDX-License-Identifier: GPL-2.0
// The store of persistent regions: how large it is, whose its directories are,
// and what is done where it is there already. Nothing is mounted here.
#include "region_store.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <unistd.h>

#include <nlohmann/json.hpp>

#include "owctl_fake_root.h"
#include "policy_file.h"
#include "policy_text.h"
#include "region.h"
#include "status_view.h"

namespace owctl {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

class FakeSystem : public StoreSystem {
 public:
  int mount(const std::string& target, unsigned long flags,
            const std::string& options) override {
    mounts.push_back(options);
    all_flags.push_back(flags);
    // The directories of users must come after this, or be hidden by it.
    entries = list_directory(target).size();
    if (no_quota && options.find("usrquota") != std::string::npos)
      number = EINVAL;
    errno = number;
    return std::exchange(number, 0) == 0 ? 0 : -1;
  }
  int give(int directory, const std::string& name, uint32_t uid) override {
    struct stat st = {};
    EXPECT_EQ(::fstat(directory, &st), 0);
    given_openly |= (st.st_mode & S_IWOTH) != 0;
    given.push_back(name + ":" + std::to_string(uid));
    return 0;
  }
  Result<Space> space(const std::string& /*target*/) override {
    return Space{64 * kMiB, 3 * kMiB};
  }

  bool no_quota = false;
  bool given_openly = false;  // where anybody could write already
  int number = 0;             // of the next mount(2)
  size_t entries = 0;
  std::vector<std::string> mounts, given;
  std::vector<unsigned long> all_flags;
};

constexpr uid_t kStranger = 4000000000;

class RegionStores : public FakeRoot {
 protected:
  void SetUp() override {
    put("/proc/meminfo", "MemTotal:        1048576 kB\nMemFree:  1 kB\n");
    put("/etc/passwd",
        fmt::format("me:x:{}:0::/:/bin/sh\nagain:x:{}:0::/:/bin/sh\n"
                    "stranger:x:{}:0::/:/bin/sh\n",
                    ::geteuid(), ::geteuid(), kStranger));
    mounted("");
  }
  // As a line of /proc/self/mountinfo, or none.
  void mounted(const std::string& options, const std::string& type = "tmpfs") {
    put("/proc/self/mountinfo",
        "21 1 0:20 / /run rw - tmpfs run rw,size=1k\n" +
            (options.empty()
                 ? ""
                 : fmt::format("40 21 0:33 / {} rw,nosuid shared:3 - {} "
                               "otherworld {}\n",
                               kRegionStore, type, options)));
  }
  Result<> provide(const RegionLimits& limits = {}) {
    return provide_region_store(paths, limits, system, quiet);
  }
  [[nodiscard]] mode_t mode_of(const std::string& name = "") const {
    struct stat st = {};
    EXPECT_EQ(::stat((paths(kRegionStore) + "/" + name).c_str(), &st), 0);
    return st.st_mode & 07777;
  }

  FakeSystem system;
};

TEST_F(RegionStores, AreMountedWithLimits) {
  ASSERT_TRUE(provide().ok());
  // Two users, each with a directory.
  EXPECT_THAT(system.mounts,
              ElementsAre("mode=0755,size=67108864,nr_inodes=4098,usrquota,"
                          "usrquota_block_hardlimit=16777216,"
                          "usrquota_inode_hardlimit=1024"));
  EXPECT_EQ(system.all_flags[0],
            static_cast<unsigned long>(MS_NOSUID | MS_NODEV | MS_NOEXEC));
  EXPECT_TRUE(quiet.warnings.empty());
}

TEST_F(RegionStores, GoByThePolicy) {
  ASSERT_TRUE(provide({8 * kMiB, 512 * kKiB}).ok());
  EXPECT_THAT(system.mounts,
              ElementsAre("mode=0755,size=8388608,nr_inodes=514,usrquota,"
                          "usrquota_block_hardlimit=524288,"
                          "usrquota_inode_hardlimit=64"));
  // Nobody gets more than there is.
  EXPECT_EQ(store_limits({kMiB, {}}, kGiB, 0).per_user, kMiB / 4);
  EXPECT_EQ(store_limits({{}, kGiB}, kGiB, 0).per_user, 64 * kMiB);
  EXPECT_EQ(store_limits({}, kMiB, 0).size, kMiB);
}

TEST_F(RegionStores, EachUserHasADirectoryBeforeAnybodyCanWrite) {
  ASSERT_TRUE(provide().ok());
  EXPECT_EQ(system.entries, 0U);
  EXPECT_FALSE(system.given_openly);
  EXPECT_EQ(mode_of(), 01777U);
  EXPECT_EQ(mode_of(std::to_string(::geteuid())), 0700U);
  EXPECT_EQ(mode_of(std::to_string(kStranger)), 0700U);
  const auto stranger = std::to_string(kStranger);
  EXPECT_THAT(system.given, ElementsAre(stranger + ":" + stranger));
}

TEST_F(RegionStores, DoWithoutQuotasAndSaySo) {
  system.no_quota = true;
  ASSERT_TRUE(provide().ok());
  ASSERT_EQ(system.mounts.size(), 2U);
  EXPECT_EQ(system.mounts[1], "mode=0755,size=67108864,nr_inodes=4098");
  // The same when it is armed again.
  mounted("rw,size=65536k,nr_inodes=4098");
  ASSERT_TRUE(provide({{}, kMiB}).ok());
  EXPECT_EQ(system.mounts.size(), 2U);
  ASSERT_EQ(quiet.warnings.size(), 2U);
  for (const auto& warning : quiet.warnings)
    EXPECT_THAT(warning, HasSubstr("CONFIG_TMPFS_QUOTA"));
}

TEST_F(RegionStores, OtherFailuresAreNotTakenForMissingQuotas) {
  system.number = ENOMEM;
  const auto provided = provide();
  ASSERT_FALSE(provided.ok());
  EXPECT_EQ(provided.error().number, ENOMEM);
  EXPECT_EQ(system.mounts.size(), 1U);
}

TEST_F(RegionStores, WhatIsThereStays) {
  mounted("rw,size=1024k,nr_inodes=66,usrquota,usrquota_block_hardlimit=65536");
  ASSERT_TRUE(provide().ok());
  ASSERT_TRUE(provide({kMiB, 64 * kKiB}).ok());
  EXPECT_TRUE(system.mounts.empty());
  EXPECT_TRUE(quiet.warnings.empty());
}

TEST_F(RegionStores, WhatIsThereGetsAnotherSize) {
  mounted("rw,size=1024k,nr_inodes=66,usrquota,usrquota_block_hardlimit=65536");
  ASSERT_TRUE(provide({2 * kMiB, {}}).ok());
  EXPECT_THAT(system.mounts, ElementsAre("size=2097152,nr_inodes=130"));
  EXPECT_TRUE(system.all_flags[0] & MS_REMOUNT);
  EXPECT_TRUE(system.all_flags[0] & MS_NOEXEC);
  EXPECT_TRUE(quiet.warnings.empty());
  // As the kernel answers if more is used than that.
  system.number = EINVAL;
  EXPECT_FALSE(provide({64 * kKiB, {}}).ok());
}

TEST_F(RegionStores, AUsersShareIsNotChangedInSilence) {
  mounted("rw,size=1024k,usrquota,usrquota_block_hardlimit=65536");
  ASSERT_TRUE(provide({{}, 128 * kKiB}).ok());
  EXPECT_TRUE(system.mounts.empty());
  ASSERT_EQ(quiet.warnings.size(), 1U);
  EXPECT_THAT(quiet.warnings[0], HasSubstr("unmount it and arm again"));
}

TEST_F(RegionStores, AnythingElseInThatPlaceIsRefused) {
  mounted("rw", "ext4");
  const auto provided = provide();
  ASSERT_FALSE(provided.ok());
  EXPECT_THAT(provided.error().what, HasSubstr("ext4"));
  EXPECT_FALSE(exists(paths(kRegionStore) + "/" + std::to_string(kStranger)));
}

TEST_F(RegionStores, ATakenNameIsTold) {
  put(fmt::format("{}/{}", kRegionStore, kStranger), "not a directory");
  ASSERT_TRUE(provide().ok());
  EXPECT_TRUE(system.given.empty());
  ASSERT_EQ(quiet.warnings.size(), 1U);
  EXPECT_THAT(quiet.warnings[0], HasSubstr("cannot have regions"));
  EXPECT_EQ(mode_of(), 01777U);
}

TEST_F(RegionStores, AreShown) {
  EXPECT_FALSE(find_region_store(paths, system).has_value());
  mounted("rw,size=65536k,usrquota,usrquota_block_hardlimit=16777216");
  StatusView view;
  view.store = find_region_store(paths, system);
  EXPECT_THAT(
      render_status(view, {}),
      HasSubstr("regions     3 MiB of 64 MiB used, 16 MiB for each user\n"));
  const auto json = nlohmann::json::parse(status_json(view));
  EXPECT_EQ(json.at("regions").at("used"), 3 * kMiB);
  EXPECT_EQ(json.at("regions").at("per_user"), 16 * kMiB);
  mounted("rw");
  EXPECT_FALSE(find_region_store(paths, system)->per_user.has_value());
}

TEST_F(RegionStores, InAPolicy) {
  const auto file =
      parse_policy(paths, "[regions]\nsize = \"64M\"\nper_user = \"1G\"\n");
  ASSERT_EQ(file.problems.size(), 1U);
  EXPECT_THAT(file.problems[0].text("p"),
              HasSubstr("p:3:12: per_user is 1G: more than all users"));
  const auto good =
      parse_policy(paths, "[regions]\nsize = \"64M\"\nper_user = \"96K\"\n");
  ASSERT_TRUE(good.problems.empty());
  EXPECT_EQ(good.policy.regions, (RegionLimits{64 * kMiB, 96 * kKiB}));
  EXPECT_THAT(policy_text(good.policy),
              HasSubstr("\n[regions]\nsize = \"64M\"\nper_user = \"96K\"\n"));
  EXPECT_EQ(restart_policy_from_json(to_json(good.policy)), good.policy);
  for (const char* wrong :
       {"regions = 1", "[regions]\nsize = 64", "[regions]\nsize = \"much\"",
        "[regions]\nsize = \"1K\"", "[regions]\nsice = 1"})
    EXPECT_EQ(parse_policy(paths, wrong).problems.size(), 1U) << wrong;
}

}  // namespace
}  // namespace owctl
