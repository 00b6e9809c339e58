// SPDX-License-Identifier: GPL-2.0
#include "dump_reader.h"

#include <algorithm>

namespace owctl {

std::string fault_text(const ow_fault_info& why) {
  std::array<char, OW_FAULT_TEXT_MAX> text = {};
  ::ow_fault_format(&why, text.data(), text.size());
  return text.data();
}

Fate fate_of(const ow_judgement& judgement) {
  return {grade_name(judgement.grade),
          judgement.reason ? judgement.reason : ""};
}

Verdict verdict_of(std::string resource, const Fate& fate, uint64_t address) {
  return {fate.grade, std::move(resource), fate.reason, address};
}

Verdict fault_verdict(std::string resource, const ow_fault_info& why) {
  return {grade_name(OTHERWORLD_LOST), std::move(resource), fault_text(why),
          why.address, true};
}

DumpPages DumpProcess::pages() const {
  DumpPages sum;
  for (const auto& mapping : mappings) {
    sum.resident += mapping.pages.resident;
    sum.anonymous += mapping.pages.anonymous;
    sum.shared += mapping.pages.shared;
    sum.huge += mapping.pages.huge;
    sum.swapped += mapping.pages.swapped;
  }
  return sum;
}

Result<std::unique_ptr<DumpReader>> DumpReader::open(const DumpFile& dump) {
  ow_fault_info why = {};
  ow_vmcoreinfo info = {};
  std::unique_ptr<DumpReader> self(new DumpReader);
  self->kernel_ = std::make_unique<ow_kernel>();
  if (::ow_vmcoreinfo_init(&info, dump.vmcoreinfo().data(),
                           dump.vmcoreinfo().size(), &why) == OW_OK &&
      ::ow_kernel_open(self->kernel_.get(), &dump.memory(), &info, &why) ==
          OW_OK)
    return self;
  if (why.status == OW_MISSING)
    return Error{
        fmt::format("its processes cannot be read: {}", fault_text(why)),
        "The kernel that died must be one with Otherworld."};
  return Error{
      fmt::format("its processes cannot be read: {}", fault_text(why))};
}

DumpModel DumpReader::read(std::optional<int> pid) {
  DumpModel model;
  const auto wanted = [&](int each, const std::string& /*name*/) {
    return !pid || each == *pid;
  };
  std::vector<ow_virt> leaders;
  const ow_fault_info why = list_leaders(leaders);
  for (const ow_virt leader : leaders) {
    ProcessReading reading = read_process(leader, wanted);
    // Which one it was can no longer be told.
    if (reading.why.status != OW_OK && !pid)
      model.machine.push_back(fault_verdict("a process", reading.why));
    if (reading.process && wanted(reading.process->pid, {}))
      model.processes.push_back(std::move(*reading.process));
  }
  if (why.status != OW_OK)
    model.machine.push_back(fault_verdict("list of processes", why));
  if (!pid)
    model.mounts = read_mounts(model.machine);
  return model;
}

ow_fault_info DumpReader::list_leaders(std::vector<ow_virt>& leaders) {
  ow_fault_info why = {};
  ::ow_processes_walk(
      kernel_.get(),
      [](void* priv, ow_virt leader) {
        static_cast<std::vector<ow_virt>*>(priv)->push_back(leader);
        return OW_GO_ON;
      },
      &leaders, &why);
  return why;
}

DumpReader::Identity DumpReader::identity(ow_virt leader) const {
  ow_cursor c = cursor();
  ow_task task = {};
  if (!::ow_task_read(&c, leader, &task))
    return {};
  return {static_cast<u64>(task.pid), task.start_time, task.mm.a, task.files.a,
          task.exit_state};
}

ProcessReading DumpReader::read_process(ow_virt leader,
                                        const ProcessFilter& wanted) {
  ow_cursor c = cursor();
  ow_task task = {};
  if (!::ow_task_read(&c, leader, &task))
    return {{}, c.fault};
  if (::ow_task_is_kernel(&c, &task))
    return {};

  DumpProcess process;
  process.pid = task.pid;
  process.name = task.comm;
  process.address = leader.a;
  process.ppid =
      static_cast<int>(::ow_get(&c, task.real_parent, OW_F_task_struct_tgid));
  if (!wanted(process.pid, process.name))
    return {std::move(process)};
  ow_signal signal = {};
  if (::ow_signal_read(&c, task.signal, &signal)) {
    process.pgid = signal.pgid;
    process.sid = signal.sid;
  }
  read_credentials(task.cred, process);

  ow_task body = {};
  const bool has_body = ::ow_process_body(kernel_.get(), &task, &body);
  const Fate fate =
      fate_of(::ow_judge_process(&c, &task, has_body ? &body : nullptr));
  if (!::ow_cursor_ok(&c))
    process.verdicts.push_back(fault_verdict("process", c.fault));
  else
    process.verdicts.push_back(verdict_of("process", fate, leader.a));
  const u32 ties = has_body ? read_ties(body, 0, "", process) : 0;
  read_threads(task, ties, process);
  if (has_body) {
    read_namespaces(body, process);
    read_memory(body, process);
    read_files(body, process);
  }
  process.grade = grade_of(process.verdicts);
  return {std::move(process)};
}

void DumpReader::read_namespaces(const ow_task& body, DumpProcess& process) {
  ow_cursor c = cursor();
  uint32_t others = 0;
  if (!::ow_namespaces_read(&c, &body, &others))
    return;
  for (int i = 0; i < OW_NAMESPACES; ++i) {
    const auto which = static_cast<ow_namespace>(i);
    if ((others >> i & 1) != 0)
      process.verdicts.push_back(
          verdict_of(::ow_namespace_name(which),
                     fate_of(::ow_judge_namespace(which)), body.nsproxy.a));
  }
}

u32 DumpReader::read_ties(const ow_task& task, u32 known,
                          const std::string& whose,
                          DumpProcess& process) const {
  ow_cursor c = cursor();
  u32 ties = 0;
  if (!::ow_ties_read(&c, &task, &ties))
    return 0;
  for (int i = 0; i < OW_TIES; ++i) {
    const auto which = static_cast<ow_tie>(i);
    if (((ties & ~known) >> i & 1) != 0)
      process.verdicts.push_back(verdict_of(whose + ::ow_tie_name(which),
                                            fate_of(::ow_judge_tie(which)),
                                            task.at.a));
  }
  return ties;
}

std::string DumpReader::state_of(const ow_task& task) const {
  ow_cursor c = cursor();
  // The table of another build may not have the names.
  const auto is = [&](enum ow_fact fact) {
    return ::ow_layout_has(&kernel_->layout, fact) &&
           (task.state & ::ow_const(&c, fact)) != 0;
  };
  if (task.exit_state != 0)
    return ::ow_task_is_zombie(&c, &task) ? "Z" : "X";
  if (is(OW_C___TASK_STOPPED))
    return "T";
  if (is(OW_C___TASK_TRACED))
    return "t";
  if (is(OW_C_TASK_UNINTERRUPTIBLE))
    return "D";
  if (is(OW_C_TASK_INTERRUPTIBLE))
    return "S";
  // Who is being waked up, or about to run for the first time: as in /proc.
  return task.state == 0 || is(OW_C_TASK_WAKING) || is(OW_C_TASK_NEW) ? "R"
                                                                      : "?";
}

void DumpReader::read_threads(const ow_task& leader, u32 ties,
                              DumpProcess& process) {
  struct Walk {
    const DumpReader& reader;
    u32 ties;
    DumpProcess& process;
  } walk = {*this, ties, process};
  ow_fault_info why = {};
  ::ow_threads_walk(
      kernel_.get(), leader.signal,
      [](void* priv, ow_virt at) {
        auto* const each = static_cast<Walk*>(priv);
        ow_cursor c = each->reader.cursor();
        ow_task task = {};
        if (!::ow_task_read(&c, at, &task)) {
          each->process.verdicts.push_back(fault_verdict("a thread", c.fault));
          return OW_GO_ON;
        }
        each->process.threads.push_back({task.pid, task.comm,
                                         each->reader.state_of(task),
                                         task.on_cpu, at.a});
        if (task.exit_state == 0)
          each->reader.read_ties(task, each->ties,
                                 fmt::format("thread {}: ", task.pid),
                                 each->process);
        return OW_GO_ON;
      },
      &walk, &why);
  if (why.status != OW_OK)
    process.verdicts.push_back(fault_verdict("list of threads", why));
}

void DumpReader::read_credentials(ow_virt cred, DumpProcess& process) {
  ow_cursor c = cursor();
  ow_cred from = {};
  if (!::ow_cred_read(&c, cred, &from)) {
    process.verdicts.push_back(fault_verdict("credentials", c.fault));
    return;
  }
  DumpCredentials& to = process.credentials;
  to = {from.uid,           from.gid,           from.euid,
        from.egid,          from.suid,          from.sgid,
        from.cap_permitted, from.cap_effective, from.cap_inheritable,
        from.cap_ambient,   from.cap_bset,      {}};
  for (u32 i = 0; i < from.ngroups && ::ow_cursor_ok(&c); ++i)
    to.groups.push_back(::ow_cred_group(&c, &from, i));
}

}  // namespace owctl
