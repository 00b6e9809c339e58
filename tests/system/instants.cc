// SPDX-License-Identifier: GPL-2.0
// The kernel dies while a task is at a chosen place in it: in the midst of what
// can neither be begun anew nor be taken for done. Random moments hardly ever
// meet these.
#include <gtest/gtest.h>

#include "disk_image.h"
#include "harness.h"
#include "survival.h"

namespace {

struct Instants {
  std::string name;
  std::vector<std::string> survivors;
  // FUNCTION[/COMM], one generation after the other.
  std::vector<std::string> places;
  std::vector<std::string> machine = {};  // options of qemu/vm run
};

std::ostream& operator<<(std::ostream& stream, const Instants& instants) {
  return stream << instants.name;
}

class At : public testing::TestWithParam<Instants> {};

TEST_P(At, NothingIsLostOrDoubled) {
  const auto& [name, survivors, places, machine] = GetParam();
  const harness::SurvivorsCopy copy({"survivors.sh"});
  std::vector<std::string> deaths;
  deaths.reserve(places.size());
  for (const auto& place : places)
    deaths.push_back("@" + place);

  const harness::DiskImage disk(copy.path());
  harness::Options options = {
      .copy = copy.path(), .timeout = 270, .more = disk.options()};
  options.more.insert(options.more.end(), machine.begin(), machine.end());
  const auto result = harness::run(options, copy.command(deaths, survivors));
  EXPECT_EQ(result.end, "exited") << result;
  auto all = harness::survivals(result);
  for (size_t i = 1; i <= places.size(); i++) {
    const auto& survival = all[static_cast<int>(i)];
    EXPECT_EQ(survival.passed, survivors.size())
        << "died at " << places[i - 1] << result;
    for (const auto& line : survival.failed)
      ADD_FAILURE() << "died at " << places[i - 1] << ": " << line;
  }
  EXPECT_EQ(disk.damage(), "") << result;
}

std::vector<Instants> instants() {
  return {
      // A child is called survivors like its parent up to the point of no
      // return, and then exe.
      {"Exec",
       {"execing"},
       {"begin_new_exec/survivors", "exec_mmap/survivors",
        "mm_update_next_owner/survivors", "setup_new_exec/exe",
        "move_page_tables/exe", "free_pgd_range/exe", "finalize_exec/exe",
        "free_bprm/exe"}},
      // Found dead, before and after the lists have let go of it.
      {"Wait",
       {"execing", "forking"},
       {"release_task/survivors", "proc_flush_pid/survivors",
        "release_thread/survivors"}},
      {"Signals",
       {"raising", "signal_ping"},
       {"x64_setup_rt_frame/survivors", "signal_setup_done/survivors",
        "copy_siginfo_to_user/survivors", "collect_signal/survivors",
        "__send_signal_locked/survivors"}},
      // Between a page and its copy, when nothing maps either.
      {"CopyOnWrite",
       {"forking"},
       {"folio_add_new_anon_rmap/survivors",
        "folio_add_new_anon_rmap/survivors"}},
      // The page's entry is empty, and not yet one of swap.
      {"SwappingOut", {"paging"}, {"swap_duplicate", "swap_duplicate"}},
      // Nothing maps a page, and its contents are in one frame or in two; some
      // entries are of the new one already.
      {"Moving",
       {"moving"},
       {"folio_add_anon_rmap_pmd/survivors", "folio_mc_copy/survivors",
        "folio_migrate_flags/survivors", "remove_migration_pte/survivors",
        "folio_add_anon_rmap_ptes/survivors"},
       {"--numa", "2"}},
      // Half of a rename, of an unlink, of a truncation.
      {"Names",
       {"file_tree"},
       {"ext4_delete_entry/survivors", "ext4_delete_entry/survivors",
        "ext4_delete_entry/survivors", "ext4_orphan_add/survivors",
        "ext4_ext_remove_space/survivors",
        "__ext4_block_zero_page_range/survivors"}},
      // An inode loses its last link and is freed, or gets its first name.
      {"Links",
       {"file_tree"},
       {"ext4_orphan_add/survivors", "ext4_free_inode/survivors",
        "ext4_superblock_csum_set/survivors", "ext4_add_entry/survivors",
        "add_dirent_to_buf/survivors"}},
      {"Timers",
       {"posix_timers", "itimer_real", "itimer_virtual", "cpu_timers"},
       {"posix_timer_queue_signal", "dequeue_signal/survivors",
        "posixtimer_rearm/survivors", "it_real_fn"}},
  };
}

std::string name_of(const testing::TestParamInfo<Instants>& info) {
  return info.param.name;
}

INSTANTIATE_TEST_SUITE_P(In, At, testing::ValuesIn(instants()), name_of);

}  // namespace
