// SPDX-License-Identifier: GPL-2.0
// Tasks, threads and credentials: right answers on a whole machine, an error
// or a bounded part of the answer on a damaged one.
#include "ow_namespace.h"
#include "ow_ties.h"
#include "parse_processes_fixture.h"

namespace {

class ParseTask : public mock::MachineTest {
 protected:
  void SetUp() override { start(); }
  // Where a process hangs in the list of all.
  uint64_t link(int pid) {
    return machine.at(task(pid), OW_F_task_struct_tasks);
  }
};

using Pids = std::vector<int>;

TEST_F(ParseTask, ProcessesAndThreads) {
  EXPECT_EQ(pids(), (Pids{1, 20, 30}));
  EXPECT_EQ(threads(of_task(30, OW_F_task_struct_signal)), (Pids{30, 31}));
  EXPECT_EQ(why.status, OW_OK);
  ow_task read;
  ASSERT_TRUE(ow_task_read(&cursor, ow_virt_at(task(20)), &read));
  EXPECT_STREQ(read.comm, "shell");
  EXPECT_EQ(read.pid, 20);
  EXPECT_EQ(read.real_parent.a, task(1));
  EXPECT_FALSE(ow_task_is_kernel(&cursor, &read));
  ow_task body;
  EXPECT_TRUE(ow_process_body(kernel.get(), &read, &body));
  EXPECT_EQ(body.at.a, read.at.a);
}

TEST_F(ParseTask, AWalkEndsWhenItIsTold) {
  int calls = 0;
  const auto stop = [](void* priv, ow_virt) {
    ++*static_cast<int*>(priv);
    return 7;
  };
  EXPECT_EQ(ow_processes_walk(kernel.get(), stop, &calls, &why), 7);
  EXPECT_EQ(calls, 1);
}

// From the other end the rest is found, each once.
TEST_F(ParseTask, OneTornLinkCostsNobodyElse) {
  const uint64_t torn = link(20);
  machine.put(torn, 0x123456789);
  EXPECT_EQ(pids(), (Pids{1, 20, 30}));
  EXPECT_EQ(why.status, OW_BAD_ADDRESS);
  why = {};
  machine.put(torn, machine.at(machine.idle, OW_F_task_struct_tasks));
  EXPECT_EQ(pids(), (Pids{1, 20, 30}));
  EXPECT_EQ(why.status, OW_BAD_DATA);
}

TEST_F(ParseTask, AListThatBitesItself) {
  const uint64_t first = link(1);
  const uint64_t second = link(20);
  // Each link and its way back agree, but the head is not among them.
  machine.put(second, first);
  machine.put(first + 8, second);
  const Pids found = pids();
  EXPECT_EQ(why.status, OW_BAD_DATA);
  EXPECT_LE(found.size(), 6U);
}

TEST_F(ParseTask, AListOfOneThatPointsAtItself) {
  const uint64_t only = link(1);
  machine.put(only, only);
  machine.put(only + 8, only);
  (void)pids();
  EXPECT_EQ(why.status, OW_BAD_DATA);
}

TEST_F(ParseTask, DamagedTasks) {
  ow_task read;
  const uint64_t at = task(20);
  for (const uint64_t bad : {0ULL, 0xffffffffULL, 0x7fffffffULL}) {
    machine.set(at, OW_F_task_struct_pid, bad);
    EXPECT_FALSE(ow_task_read(fresh(), ow_virt_at(at), &read)) << bad;
    EXPECT_EQ(cursor.fault.status, OW_BAD_DATA);
  }
  machine.set(at, OW_F_task_struct_pid, 20);
  machine.set(at, OW_F_task_struct_group_leader, at + 8);
  EXPECT_FALSE(ow_task_read(fresh(), ow_virt_at(at), &read));
  EXPECT_FALSE(ow_task_read(fresh(), ow_virt_at(~0ULL - 8), &read));
  EXPECT_FALSE(ow_task_read(fresh(), ow_virt_at(0), &read));
}

TEST_F(ParseTask, SlicesAndDispatch) {
  const uint64_t at = task(20);
  ow_task read;
  machine.set(at, OW_F_task_struct_slice, 700000);
  machine.set(at, OW_F_task_struct_dispatch_offset, 1);
  machine.set(at, OW_F_task_struct_dispatch_len, 2);
  machine.set(at, OW_F_task_struct_dispatch_selector, 3);
  machine.set(at, OW_F_task_struct_loginuid, 4);
  ASSERT_TRUE(ow_task_read(fresh(), ow_virt_at(at), &read));
  EXPECT_EQ(read.slice, 0U) << "the kernel's choice";
  EXPECT_FALSE(read.dispatches);
  machine.set(at, OW_F_task_struct_custom_slice, 1);
  kernel->layout.entries[OW_C_SYSCALL_WORK_SYSCALL_USER_DISPATCH].value = 0x40;
  machine.set(at, OW_F_task_struct_syscall_work, 0x41);
  ASSERT_TRUE(ow_task_read(fresh(), ow_virt_at(at), &read));
  EXPECT_EQ(read.slice, 700000U);
  EXPECT_TRUE(read.dispatches);
  EXPECT_EQ(read.dispatch_offset, 1U);
  EXPECT_EQ(read.dispatch_len, 2U);
  EXPECT_EQ(read.dispatch_selector, 3U);
  EXPECT_TRUE(read.has_login);
  EXPECT_EQ(read.loginuid, 4U);
}

// Of a build that did not tell as much.
TEST_F(ParseTask, AnOlderTableCanBeLookedAt) {
  for (const auto fact :
       {OW_F_task_struct_custom_slice, OW_F_task_struct_slice,
        OW_F_task_struct_syscall_work, OW_F_task_struct_dispatch_offset,
        OW_F_task_struct_dispatch_len, OW_F_task_struct_dispatch_selector,
        OW_F_task_struct_loginuid, OW_C_SYSCALL_WORK_SYSCALL_USER_DISPATCH})
    kernel->layout.present[fact] = false;
  ow_task read;
  EXPECT_FALSE(ow_task_read(fresh(), ow_virt_at(task(20)), &read))
      << "who rebuilds needs all of it";
  kernel->lenient = true;
  ASSERT_TRUE(ow_task_read(fresh(), ow_virt_at(task(20)), &read));
  EXPECT_FALSE(read.dispatches);
}

// The leader has left, a thread goes on.
TEST_F(ParseTask, TheBodyOfAProcessIsAThreadThatLives) {
  const uint64_t leader = task(30);
  machine.set(leader, OW_F_task_struct_mm, 0);
  machine.set(leader, OW_F_task_struct_exit_state,
              machine.constant(OW_C_EXIT_ZOMBIE));
  ow_task read;
  ow_task body;
  ASSERT_TRUE(ow_task_read(fresh(), ow_virt_at(leader), &read));
  ASSERT_TRUE(ow_process_body(kernel.get(), &read, &body));
  EXPECT_EQ(body.pid, 31);
  machine.set(body.at.a, OW_F_task_struct_flags,
              machine.constant(OW_C_PF_EXITING));
  EXPECT_FALSE(ow_process_body(kernel.get(), &read, &body));
  EXPECT_EQ(ow_judge_process(fresh(), &read, nullptr).grade, OTHERWORLD_EXACT)
      << "a zombie comes back as one";
  read.exit_state = 0;
  EXPECT_EQ(ow_judge_process(fresh(), &read, nullptr).grade, OTHERWORLD_LOST);
  read.ti_flags = 1ULL << machine.constant(OW_C_TIF_ADDR32);
  EXPECT_EQ(ow_judge_process(fresh(), &read, &read).grade, OTHERWORLD_LOST);
}

class ParseNamespaces : public ParseTask {
 protected:
  // Of process 20, which gets a nsproxy of its own that differs in one.
  u32 others(ow_fact field) {
    const uint64_t first = machine.constant(OW_A_init_nsproxy);
    const uint64_t own = machine.make("nsproxy");
    for (const ow_fact each :
         {OW_F_nsproxy_uts_ns, OW_F_nsproxy_ipc_ns, OW_F_nsproxy_mnt_ns,
          OW_F_nsproxy_net_ns, OW_F_nsproxy_cgroup_ns, OW_F_nsproxy_time_ns,
          OW_F_nsproxy_time_ns_for_children, OW_F_nsproxy_pid_ns_for_children})
      machine.set(own, each, machine.get(first, each));
    machine.set(own, field, machine.string("another"));
    machine.set(task(20), OW_F_task_struct_nsproxy, own);
    return others();
  }
  u32 others() {
    u32 found = 0;
    EXPECT_TRUE(ow_task_read(fresh(), ow_virt_at(task(20)), &read));
    EXPECT_TRUE(ow_namespaces_read(fresh(), &read, &found));
    grade = ow_judge_process(fresh(), &read, &read).grade;
    return found;
  }

  ow_task read = {};
  otherworld_verdict_grade grade = OTHERWORLD_EXACT;
};

TEST_F(ParseNamespaces, TheFirstAreTheMachines) {
  EXPECT_EQ(others(), 0U);
  EXPECT_EQ(grade, OTHERWORLD_EXACT);
}

TEST_F(ParseNamespaces, OthersAreRecognised) {
  EXPECT_EQ(others(OW_F_nsproxy_mnt_ns), 1U << OW_NS_MNT);
  EXPECT_EQ(grade, OTHERWORLD_EXACT) << "it comes back, with a verdict of that";
  EXPECT_EQ(others(OW_F_nsproxy_net_ns), 1U << OW_NS_NET);
  EXPECT_EQ(others(OW_F_nsproxy_uts_ns), 1U << OW_NS_UTS);
  EXPECT_EQ(others(OW_F_nsproxy_ipc_ns), 1U << OW_NS_IPC);
  EXPECT_EQ(others(OW_F_nsproxy_cgroup_ns), 1U << OW_NS_CGROUP);
  EXPECT_EQ(others(OW_F_nsproxy_pid_ns_for_children), 1U << OW_NS_PID_CHILDREN);
  EXPECT_EQ(grade, OTHERWORLD_EXACT);
  EXPECT_EQ(others(OW_F_nsproxy_time_ns), 1U << OW_NS_TIME);
  EXPECT_EQ(grade, OTHERWORLD_LOST);
}

TEST_F(ParseNamespaces, WhoWouldBeSomebodyElseIsLost) {
  const uint64_t pid = machine.make("pid");
  machine.set(pid, OW_F_pid_level, 1);
  machine.set(task(20), OW_F_task_struct_thread_pid, pid);
  EXPECT_EQ(others(), 1U << OW_NS_PID);
  EXPECT_EQ(grade, OTHERWORLD_LOST);
  machine.set(pid, OW_F_pid_level, 0);
  EXPECT_EQ(others(), 0U);
  const uint64_t cred = of_task(20, OW_F_task_struct_real_cred);
  machine.set(cred, OW_F_cred_user_ns, pid);
  EXPECT_EQ(others(), 1U << OW_NS_USER);
  EXPECT_EQ(grade, OTHERWORLD_LOST);
}

TEST_F(ParseNamespaces, WhoseCannotBeReadIsLost) {
  machine.set(task(20), OW_F_task_struct_nsproxy, 8);
  u32 found = 0;
  ASSERT_TRUE(ow_task_read(fresh(), ow_virt_at(task(20)), &read));
  EXPECT_FALSE(ow_namespaces_read(fresh(), &read, &found));
  EXPECT_EQ(ow_judge_process(fresh(), &read, &read).grade, OTHERWORLD_LOST);
}

TEST_F(ParseNamespaces, EachHasAWord) {
  for (int i = 0; i < OW_NAMESPACES; i++) {
    const auto which = static_cast<ow_namespace>(i);
    EXPECT_NE(ow_namespace_name(which), nullptr);
    EXPECT_NE(ow_judge_namespace(which).grade, OTHERWORLD_EXACT);
    EXPECT_NE(ow_judge_namespace(which).reason, nullptr);
  }
}

class ParseTies : public ParseNamespaces {
 protected:
  u32 ties() {
    u32 found = 0;
    EXPECT_TRUE(ow_task_read(fresh(), ow_virt_at(task(20)), &read));
    EXPECT_TRUE(ow_ties_read(fresh(), &read, &found));
    return found;
  }
};

TEST_F(ParseTies, AreTold) {
  EXPECT_EQ(ties(), 0U);
  machine.set(task(20), OW_F_task_struct_cgroups,
              kernel->layout.entries[OW_A_init_css_set].value);
  EXPECT_EQ(ties(), 0U);
  machine.set(task(20), OW_F_task_struct_cgroups, machine.string("one"));
  EXPECT_EQ(ties(), 1U << OW_TIE_CGROUP);
  machine.set(task(20), OW_F_task_struct_cgroups, 0);
  machine.set(task(20), OW_F_task_struct_core_cookie, 8);
  EXPECT_EQ(ties(), 1U << OW_TIE_CORE);
  machine.set(task(20), OW_F_task_struct_core_cookie, 0);
  machine.set(task(20), OW_F_task_struct_ptrace, 1);
  EXPECT_EQ(ties(), 1U << OW_TIE_TRACER);
  machine.set(task(20), OW_F_task_struct_ptrace, 0);
  const uint64_t cred = of_task(20, OW_F_task_struct_real_cred);
  for (const auto field : {OW_F_cred_session_keyring, OW_F_cred_process_keyring,
                           OW_F_cred_thread_keyring}) {
    machine.set(cred, field, 8);
    EXPECT_EQ(ties(), 1U << OW_TIE_KEYRINGS);
    machine.set(cred, field, 0);
  }
}

TEST_F(ParseTies, ThatABuildDoesNotHaveAreNone) {
  machine.set(task(20), OW_F_task_struct_core_cookie, 8);
  for (const auto fact : {OW_F_task_struct_core_cookie,
                          OW_F_task_struct_cgroups, OW_A_init_css_set})
    kernel->layout.present[fact] = false;
  EXPECT_EQ(ties(), 0U);
}

TEST_F(ParseTies, ThatCannotBeReadAreNotDenied) {
  machine.set(task(20), OW_F_task_struct_real_cred, 8);
  u32 found = 0;
  ASSERT_TRUE(ow_task_read(fresh(), ow_virt_at(task(20)), &read));
  EXPECT_FALSE(ow_ties_read(fresh(), &read, &found));
}

TEST_F(ParseTies, EachHasAWord) {
  for (int i = 0; i < OW_TIES; i++) {
    const auto which = static_cast<ow_tie>(i);
    EXPECT_NE(ow_tie_name(which), nullptr);
    EXPECT_EQ(ow_judge_tie(which).grade, OTHERWORLD_DEGRADED);
    EXPECT_NE(ow_judge_tie(which).reason, nullptr);
  }
}

TEST_F(ParseTask, GroupsAndSessions) {
  const uint64_t signal = of_task(20, OW_F_task_struct_signal);
  const uint64_t pid = machine.make("pid");
  machine.set(pid, OW_F_pid_nr, 77);
  machine.put(machine.at(signal, OW_F_signal_struct_pids) + 8ULL * 2, pid);
  machine.set(signal, OW_F_signal_struct_oom_score_adj, 0xffff);
  ow_signal read;
  ASSERT_TRUE(ow_signal_read(&cursor, ow_virt_at(signal), &read));
  EXPECT_EQ(read.pgid, 77);
  EXPECT_EQ(read.sid, 0);
  EXPECT_EQ(read.oom_score_adj, -1);
  machine.put(machine.at(signal, OW_F_signal_struct_pids) + 8ULL * 3, 0x10);
  EXPECT_FALSE(ow_signal_read(fresh(), ow_virt_at(signal), &read));
}

TEST_F(ParseTask, Credentials) {
  const uint64_t cred = of_task(20, OW_F_task_struct_real_cred);
  const uint64_t groups = machine.get(cred, OW_F_cred_group_info);
  ow_cred read;
  machine.set(cred, OW_F_cred_euid, 1000);
  machine.set(groups, OW_F_group_info_ngroups, 1);
  ASSERT_TRUE(ow_cred_read(&cursor, ow_virt_at(cred), &read));
  EXPECT_EQ(read.euid, 1000U);
  EXPECT_TRUE(read.init_user_ns);
  EXPECT_EQ(read.ngroups, 1U);

  machine.set(groups, OW_F_group_info_ngroups, 0xffffffff);
  EXPECT_FALSE(ow_cred_read(fresh(), ow_virt_at(cred), &read));
  machine.set(groups, OW_F_group_info_ngroups, 0);
  machine.set(cred, OW_F_cred_cap_effective, 4);
  EXPECT_FALSE(ow_cred_read(fresh(), ow_virt_at(cred), &read))
      << "capabilities that were never permitted";
}

TEST_F(ParseTask, SignalHandlersHaveANumber) {
  ow_sigaction action;
  const ow_virt handlers = ow_virt_at(machine.make("sighand_struct"));
  EXPECT_TRUE(ow_sigaction_read(fresh(), handlers, 1, &action));
  EXPECT_TRUE(ow_sigaction_read(fresh(), handlers, 64, &action));
  for (const int sig : {0, -1, 65, 1 << 30})
    EXPECT_FALSE(ow_sigaction_read(fresh(), handlers, sig, &action)) << sig;
}

TEST_F(ParseTask, SavedRegistersOfAnotherSize) {
  ow_task read;
  u64 regs[OW_REG_COUNT];
  ASSERT_TRUE(ow_task_read(fresh(), ow_virt_at(task(20)), &read));
  EXPECT_FALSE(ow_user_regs_read(fresh(), &read, regs)) << "it has no stack";
  kernel->layout.entries[OW_S_pt_regs].value += 8;
  EXPECT_FALSE(ow_user_regs_read(fresh(), &read, regs));
  EXPECT_EQ(cursor.fault.status, OW_REFUSED);
}

}  // namespace
