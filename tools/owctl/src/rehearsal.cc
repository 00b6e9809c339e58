// SPDX-License-Identifier: GPL-2.0
#include "rehearsal.h"

#include <algorithm>
#include <cstring>
#include <map>
#include <set>

#include "files.h"

namespace owctl {
namespace {

// A list that is read while processes come and go is torn once in a while, a
// process that runs somewhat more often, one that does nothing but fork every
// other time: it is its luck each time, and each time costs little.
constexpr unsigned kAttempts = 200;
constexpr unsigned long long kPauseUs = 5000;
// What was found so often in a row and was the same is no bad luck.
constexpr unsigned kSteady = 6;

constexpr const char* kChanged = "changed while it was read";

bool is_misread(const Verdict& verdict) {
  return verdict.misread;
}

bool same(const Verdict& a, const Verdict& b) {
  return a.grade == b.grade && a.resource == b.resource &&
         a.reason == b.reason && a.address == b.address;
}

bool same(const ow_fault_info& a, const ow_fault_info& b) {
  return a.status == b.status && a.address == b.address;
}

// Damage that stays where it is.
bool same(const LiveReading& a, const LiveReading& b) {
  if (a.changed || b.changed || a.process.has_value() != b.process.has_value())
    return false;
  if (!a.process)
    return same(a.why, b.why);
  return a.process->pid == b.process->pid &&
         std::equal(a.process->verdicts.begin(), a.process->verdicts.end(),
                    b.process->verdicts.begin(), b.process->verdicts.end(),
                    [](const auto& x, const auto& y) { return same(x, y); });
}

bool is_clean(const LiveReading& reading) {
  if (reading.changed || reading.why.status != OW_OK)
    return false;
  return !reading.process ||
         std::none_of(reading.process->verdicts.begin(),
                      reading.process->verdicts.end(), is_misread);
}

// What is left of a process that never held still.
void make_unknown(DumpProcess& process) {
  auto& verdicts = process.verdicts;
  verdicts.erase(std::remove_if(verdicts.begin(), verdicts.end(), is_misread),
                 verdicts.end());
  verdicts.push_back({kUnknownGrade, "process", kChanged, process.address});
  process.grade = kUnknownGrade;
}

class Rehearsal {
 public:
  Rehearsal(LiveProcesses& live, const ProcessFilter& wanted)
      : live_(live), wanted_(wanted) {}

  DumpModel run() {
    for (unsigned i = 0; i < kAttempts && (i == 0 || !settled()); ++i)
      pass();
    give_up();
    std::sort(model_.processes.begin(), model_.processes.end(),
              [](const auto& a, const auto& b) { return a.pid < b.pid; });
    read_mounts();
    return std::move(model_);
  }

 private:
  struct Open {
    LiveReading reading;
    unsigned seen;  // so often in a row
  };

  [[nodiscard]] bool settled() const {
    return open_.empty() && (list_is_whole_ || list_faults_ >= kSteady);
  }

  void pass() {
    std::vector<ow_virt> leaders;
    const ow_fault_info why = live_.list(leaders);
    list_is_whole_ = why.status == OW_OK;
    list_faults_ = same(why, list_fault_) ? list_faults_ + 1 : 1;
    list_fault_ = why;
    // Who is not found again has ended meanwhile.
    const std::map<u64, Open> before = std::move(open_);
    open_.clear();
    for (const ow_virt leader : leaders) {
      if (done_.contains(leader.a))
        continue;
      LiveReading reading = live_.read(leader, wanted_);
      const auto last = before.find(leader.a);
      if (is_clean(reading)) {
        settle(leader.a, std::move(reading));
        continue;
      }
      const bool again =
          last != before.end() && same(reading, last->second.reading);
      const unsigned seen = again ? last->second.seen + 1 : 1;
      if (seen == kSteady)
        settle(leader.a, std::move(reading));
      else
        open_.insert_or_assign(leader.a, Open{std::move(reading), seen});
    }
  }

  void settle(u64 leader, LiveReading reading) {
    done_.insert(leader);
    if (reading.process)
      model_.processes.push_back(std::move(*reading.process));
    else if (reading.why.status != OW_OK)
      model_.machine.push_back(fault_verdict("a process", reading.why));
  }

  void give_up() {
    for (auto& [leader, open] : open_) {
      LiveReading& reading = open.reading;
      if (reading.process) {
        make_unknown(*reading.process);
        model_.processes.push_back(std::move(*reading.process));
      } else {
        model_.machine.push_back(
            {kUnknownGrade, "a process", kChanged, leader});
      }
    }
    if (list_is_whole_)
      return;
    if (list_faults_ >= kSteady)
      model_.machine.push_back(fault_verdict("list of processes", list_fault_));
    else
      model_.machine.push_back(
          {kUnknownGrade, "list of processes", kChanged, list_fault_.address});
  }

  void read_mounts() {
    std::vector<Verdict> verdicts;
    for (unsigned i = 0; i < kSteady; ++i) {
      verdicts.clear();
      model_.mounts = live_.mounts(verdicts);
      if (verdicts.empty())
        break;
    }
    model_.machine.insert(model_.machine.end(), verdicts.begin(),
                          verdicts.end());
  }

  LiveProcesses& live_;
  const ProcessFilter& wanted_;
  DumpModel model_;
  std::set<u64> done_;        // by the leader's address
  std::map<u64, Open> open_;  // to be read again
  bool list_is_whole_ = false;
  ow_fault_info list_fault_ = {};
  unsigned list_faults_ = 0;  // the same one, in a row
};

// What an error of open(2) means here.
Error explain(Error error) {
  if (error.number == ENOENT)
    error.hint = "The running kernel was built without CONFIG_PROC_KCORE.";
  else if (error.number == EPERM || error.number == EACCES)
    error.hint = exists("/sys/kernel/security/lockdown")
                     ? "It takes root, and a kernel that is not locked down "
                       "(/sys/kernel/security/lockdown)."
                     : "It takes root.";
  return error.in("the kernel's memory cannot be read");
}

}  // namespace

Result<std::unique_ptr<LiveKernel>> LiveKernel::open(const std::string& kcore) {
  std::unique_ptr<LiveKernel> self(new LiveKernel);
  auto memory = ElfMemory::open(kcore);
  if (!memory)
    return explain(memory.error());
  self->memory_ = std::move(*memory);
  auto reader = DumpReader::open(*self->memory_);
  if (!reader)
    return Error{fmt::format("{}: {}", kcore, reader.error().what),
                 "It is only for kernels with Otherworld.",
                 Exit::kNoOtherworld};
  self->reader_ = std::move(*reader);
  return self;
}

ow_fault_info LiveKernel::list(std::vector<ow_virt>& leaders) {
  if (listed_)
    sleep_us(kPauseUs);
  listed_ = true;
  memory_->forget();
  return reader_->list_leaders(leaders);
}

LiveReading LiveKernel::read(ow_virt leader, const ProcessFilter& wanted) {
  memory_->forget();
  const auto before = reader_->identity(leader);
  LiveReading reading{reader_->read_process(leader, wanted), false};
  if (!reading.process)
    return reading;
  memory_->forget();
  reading.changed = reader_->identity(leader) != before;
  return reading;
}

std::vector<DumpMount> LiveKernel::mounts(std::vector<Verdict>& verdicts) {
  memory_->forget();
  return reader_->read_mounts(verdicts);
}

DumpModel rehearse(LiveProcesses& live, const ProcessFilter& wanted) {
  return Rehearsal(live, wanted).run();
}

void apply_selection(const Selection& selection, DumpModel& model) {
  if (selection.everything())
    return;
  std::vector<otherworld_process> processes;
  for (const auto& process : model.processes) {
    otherworld_process to = {};
    to.pid = process.pid;
    to.ppid = process.ppid;
    std::strncpy(to.comm, process.name.c_str(), sizeof(to.comm) - 1);
    processes.push_back(to);
  }
  const auto chosen = choose(selection, processes);
  for (size_t i = 0; i < chosen.size(); ++i) {
    DumpProcess& process = model.processes[i];
    if (chosen[i])
      continue;
    process.verdicts = {{grade_name(OTHERWORLD_LOST), "process",
                         kLeftOutByPolicy, process.address}};
    process.grade = grade_name(OTHERWORLD_LOST);
  }
}

bool all_exact(const DumpModel& model) {
  const auto exact = [](const auto& part) { return part.grade == "exact"; };
  return std::all_of(model.processes.begin(), model.processes.end(), exact) &&
         std::all_of(model.machine.begin(), model.machine.end(), exact);
}

}  // namespace owctl
