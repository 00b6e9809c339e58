// SPDX-License-Identifier: GPL-2.0
// The policy's way through the initramfs; sysctls' way there and back.
#include "policy.h"

#include <gtest/gtest.h>

#include "owctl_fake_root.h"
#include "sysctl.h"

namespace owctl {
namespace {

TEST(Policy, SurvivesTheRoundTrip) {
  Policy policy;
  policy.kernel = "/boot/otherworld/vmlinuz";
  policy.append = "loglevel=7";
  policy.on_failure = OnFailure::kShell;
  policy.dump = true;
  policy.selection = {{"a*", "b"}, {"c"}};
  policy.region_size = 256ULL << 20;
  policy.sysctl_original = {{"kernel.panic_on_oops", "0"}};
  policy.sysctl_carried = {{"fs.file-max", "9223372036854775807"}};
  auto back = policy_from_json(policy_to_json(policy));
  ASSERT_TRUE(back.ok()) << back.error().what;
  EXPECT_EQ(back->kernel, policy.kernel);
  EXPECT_EQ(back->append, policy.append);
  EXPECT_EQ(back->on_failure, policy.on_failure);
  EXPECT_EQ(back->dump, policy.dump);
  EXPECT_EQ(back->selection, policy.selection);
  EXPECT_EQ(back->region_size, policy.region_size);
  EXPECT_EQ(back->sysctl_original, policy.sysctl_original);
  EXPECT_EQ(back->sysctl_carried, policy.sysctl_carried);
}

TEST(Policy, RefusesWhatItDoesNotUnderstand) {
  EXPECT_FALSE(policy_from_json("").ok());
  EXPECT_FALSE(policy_from_json("{}").ok());
  EXPECT_FALSE(policy_from_json("[1]").ok());
  EXPECT_FALSE(policy_from_json(R"({"version": 2})").ok());
  EXPECT_FALSE(on_failure_from("explode").ok());
}

class Sysctls : public FakeRoot {
 protected:
  void SetUp() override {
    boot("one");
    for (const auto& [name, value] : armed_sysctls())
      set(name, "0");
  }
  void boot(const std::string& id) {
    put("/proc/sys/kernel/random/boot_id", id + "\n");
  }
  void set(const std::string& name, const std::string& value) {
    put(file(name), value + "\n");
  }
  static std::string file(std::string name) {
    name.replace(name.find('.'), 1, "/");
    return "/proc/sys/" + name;
  }
  void arm_once(unsigned generation, const SysctlValues& carried = {}) {
    auto original = original_sysctls(paths, generation, carried);
    ASSERT_TRUE(remember_sysctls(paths, original).ok());
    apply_sysctls(paths, armed_sysctls(), quiet);
  }
};

TEST_F(Sysctls, ArmingTwiceStillRestoresTheOriginals) {
  set("kernel.panic_on_oops", "1");
  set("kernel.hung_task_panic", "0");
  arm_once(0);
  arm_once(0);
  EXPECT_EQ(get(file("kernel.hung_task_panic")), "1");
  ASSERT_TRUE(restore_sysctls(paths, quiet).ok());
  EXPECT_EQ(get(file("kernel.hung_task_panic")), "0");
  EXPECT_EQ(get(file("kernel.panic_on_oops")), "1");
  EXPECT_FALSE(exists(paths("/var/lib/otherworld/sysctl.json")));
}

TEST_F(Sysctls, LaterGenerationsKeepTheFirstOnesOriginals) {
  arm_once(0);
  boot("two");  // a takeover: another boot id, sysctls as armed by then
  EXPECT_EQ(original_sysctls(paths, 1, {}).at("kernel.panic_on_oops"), "0");
}

TEST_F(Sysctls, ThePolicyHelpsWhenTheDiskForgot) {
  for (const auto& [name, value] : armed_sysctls())
    set(name, "1");
  const SysctlValues carried = {{"kernel.panic_on_oops", "0"}};
  EXPECT_EQ(original_sysctls(paths, 1, carried), carried);
}

TEST_F(Sysctls, AnEarlierBootsFileIsNotBelieved) {
  arm_once(0);
  boot("two");
  set("kernel.panic_on_oops", "1");
  EXPECT_EQ(original_sysctls(paths, 0, {}).at("kernel.panic_on_oops"), "1");
}

TEST_F(Sysctls, MissingOnesAreSkippedInSilence) {
  EXPECT_EQ(apply_sysctls(paths, {{"kernel.not_here", "1"}}, quiet), 0U);
  EXPECT_TRUE(quiet.warnings.empty());
}

TEST_F(Sysctls, RestoringWithoutArmingIsNoError) {
  EXPECT_TRUE(restore_sysctls(paths, quiet).ok());
}

TEST_F(Sysctls, OnlyWhatDiffersIsSet) {
  set("vm.swappiness", "60");
  set("kernel.hostname", "old");
  set("kernel.modprobe", "/sbin/modprobe");
  const auto failures = set_sysctls(paths, {{"vm.swappiness", "60"},
                                            {"kernel.hostname", "new"},
                                            {"kernel.modprobe", ""},
                                            {"vm.not_here", "1"}});
  EXPECT_EQ(get(file("vm.swappiness")), "60\n");
  EXPECT_EQ(get(file("kernel.hostname")), "new\n");
  EXPECT_EQ(get(file("kernel.modprobe")), "\n");
  ASSERT_EQ(failures.size(), 1U);
  EXPECT_EQ(failures[0].name, "vm.not_here");
  EXPECT_EQ(failures[0].error.number, ENOENT);
}

TEST_F(Sysctls, SysrqIsLeftAlone) {
  EXPECT_FALSE(armed_sysctls().contains("kernel.sysrq"));
}

}  // namespace
}  // namespace owctl
