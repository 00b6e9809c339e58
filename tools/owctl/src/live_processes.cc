// SPDX-License-Identifier: GPL-2.0
#include "live_processes.h"

#include <fcntl.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <algorithm>
#include <climits>
#include <cstdio>
#include <cstring>
#include <memory>

#include "proc_stat.h"

namespace owctl {
namespace {

constexpr unsigned kKernelThread = 0x00200000;  // PF_KTHREAD

struct Stat {
  otherworld_process process = {};
  unsigned flags = 0;
};

Result<Stat> read_stat(const Paths& paths, int pid) {
  const auto text = read_file(paths(fmt::format("/proc/{}/stat", pid)));
  if (!text)
    return Error{fmt::format("there is no process {}", pid)};
  const auto parsed = parse_proc_stat(*text);
  Stat stat;
  stat.process.pid = pid;
  if (!parsed || std::sscanf(parsed->rest.c_str(), "%*c %d %d %d %*d %*d %u",
                             &stat.process.ppid, &stat.process.pgid,
                             &stat.process.sid, &stat.flags) != 4)
    return Error{fmt::format("/proc/{}/stat cannot be understood", pid)};
  parsed->name.copy(stat.process.comm, sizeof(stat.process.comm) - 1);
  return stat;
}

std::string executable(const Paths& paths, int pid) {
  std::array<char, PATH_MAX> path = {};
  const ssize_t length =
      ::readlink(paths(fmt::format("/proc/{}/exe", pid)).c_str(), path.data(),
                 path.size());
  std::string text(path.data(),
                   static_cast<size_t>(std::max<ssize_t>(length, 0)));
  // It is still the same program where its file was replaced.
  constexpr std::string_view kDeleted = " (deleted)";
  if (text.ends_with(kDeleted))
    text.resize(text.size() - kDeleted.size());
  return text;
}

// The effective one; "Uid:\tREAL\tEFFECTIVE..."
uint32_t user_of_process(const Paths& paths, int pid) {
  const auto text = read_file(paths(fmt::format("/proc/{}/status", pid)));
  uint32_t uid = UINT32_MAX;
  for (const auto& line : split(text.value_or(""), '\n'))
    if (line.starts_with("Uid:"))
      (void)std::sscanf(line.c_str(), "Uid: %*u %u", &uid);
  return uid;
}

}  // namespace

Result<otherworld_process> live_process(const Paths& paths, int pid) {
  auto stat = read_stat(paths, pid);
  if (!stat)
    return stat.error();
  return stat->process;
}

Candidate make_candidate(const Paths& paths, const otherworld_process& process,
                         const otherworld_pact_of& pact) {
  Candidate candidate;
  candidate.pid = process.pid;
  candidate.ppid = process.ppid;
  candidate.name.assign(process.comm,
                        ::strnlen(process.comm, sizeof(process.comm)));
  candidate.program = executable(paths, process.pid);
  candidate.uid = pact.uid;
  if (pact.state != OTHERWORLD_PACT_VALID)
    return candidate;
  candidate.group.assign(pact.group, ::strnlen(pact.group, sizeof(pact.group)));
  candidate.has_procedure = pact.has_procedure != 0;
  candidate.wish = pact.action;
  candidate.limit_ms = pact.limit_ms;
  return candidate;
}

Result<PactSource> open_pacts(const Paths& paths) {
  auto device = open_file(paths("/dev/otherworld"), O_RDWR);
  if (!device && device.error().number == ENOENT)
    return Error{"this kernel has no Otherworld: no process has a pact",
                 {},
                 Exit::kNoOtherworld};
  if (!device)
    return device.error();
  const auto fd = std::make_shared<Fd>(std::move(*device));
  PactSource source = [fd](int pid) -> Result<otherworld_pact_of> {
    otherworld_pact_of pact = {};
    pact.pid = pid;
    if (::ioctl(fd->get(), OTHERWORLD_IOC_PACT, &pact) != 0)
      return errno_error(fmt::format("the pact of process {}", pid));
    return pact;
  };
  const auto own = source(::getpid());
  if (own)
    return source;
  if (own.error().number == ENOTTY)
    return Error{"this kernel's Otherworld is too old to know of pacts",
                 {},
                 Exit::kNoOtherworld};
  if (own.error().number == EPERM)
    return Error{"only root may ask for the pacts of others",
                 "Run it as root, or with sudo.", Exit::kNoPermission};
  return own.error();
}

std::vector<LiveCandidate> live_candidates(const Paths& paths,
                                           const PactSource& pacts) {
  std::vector<int> pids;
  for (const auto& name : list_directory(paths("/proc"))) {
    int pid = 0;
    if (parse_number(name, pid) && pid > 0)
      pids.push_back(pid);
  }
  std::sort(pids.begin(), pids.end());
  std::vector<LiveCandidate> found;
  for (const int pid : pids) {
    const auto stat = read_stat(paths, pid);
    if (!stat || (stat->flags & kKernelThread) != 0)
      continue;
    LiveCandidate live;
    otherworld_pact_of pact = {};
    if (pacts) {
      const auto asked = pacts(pid);
      if (!asked && asked.error().number == ESRCH)
        continue;
      if (asked) {
        pact = *asked;
        live.pact = pact.state;
      }
    }
    pact.uid = user_of_process(paths, pid);
    live.process = stat->process;
    live.candidate = make_candidate(paths, stat->process, pact);
    found.push_back(std::move(live));
  }
  return found;
}

}  // namespace owctl
