// SPDX-License-Identifier: GPL-2.0
#include "arm.h"

#include <fcntl.h>

#include <algorithm>

#include "armed_policy.h"
#include "initramfs.h"
#include "kernel_state.h"
#include "kexec.h"
#include "policy_plugin.h"
#include "process.h"
#include "region_store.h"
#include "sysctl.h"

namespace owctl {
namespace {

Result<RegionNeed> region_need(const Paths& paths, const BzImage& image,
                               uint64_t initramfs_size) {
  auto memory = machine_memory(paths);
  if (!memory)
    return memory.error();
  RegionInputs inputs;
  inputs.total_ram = memory->total;
  inputs.ram_above_4g = memory->highest > 4 * kGiB;
  inputs.cpus = possible_cpus(paths);
  inputs.kernel_init_size = image.init_size;
  inputs.initramfs_size = initramfs_size;
  return required_region(inputs);
}

// Loads by the system call; a kdump kernel also by kexec-tools, where the
// kernel is too old for it.
Result<> load(const ArmRequest& request, int kernel_fd, int initramfs_fd,
              Armed& armed) {
  auto loaded = load_crash_kernel(kernel_fd, initramfs_fd, armed.cmdline);
  if (loaded || loaded.error().number != ENOSYS ||
      request.kind != CrashKernelKind::kPlainKdump)
    return loaded;
  armed.by_kexec_tools = true;
  auto status = run_program(
      {"kexec", "-p", request.policy.kernel,
       fmt::format("--initrd=/proc/{}/fd/{}", ::getpid(), initramfs_fd),
       "--command-line=" + armed.cmdline});
  if (!status)
    return status.error();
  if (*status != 0)
    return Error{
        fmt::format("kexec-tools could not load the crash kernel "
                    "(exit status {})",
                    *status)};
  return {};
}

// The checks that need no image, in the order in which one would mend them.
Result<unsigned> check_kernel(const Paths& paths, const ArmRequest& request,
                              Armed& armed, Reporter& reporter) {
  unsigned generation = 0;
  auto state = read_kernel_state(paths);
  if (state) {
    if (state->state == State::kKdump)
      return Error{
          fmt::format("this kernel is a plain kdump boot ({}); it has only its "
                      "own region and cannot arm another",
                      state->reason),
          "Reboot the machine.", Exit::kRefused};
    generation = state->generation;
    armed.was_armed = state->state == State::kArmed;
  } else if (request.kind == CrashKernelKind::kTakeover) {
    return state.error();
  }
  auto allowed = check_lockdown(paths, reporter);
  if (!allowed)
    return allowed.error();
  return generation;
}

}  // namespace

Result<KernelImage> open_kernel_image(const std::string& path) {
  auto fd = open_file(path, O_RDONLY);
  if (!fd) {
    Error error = fd.error().in("the kernel image");
    error.hint = "Put the kernel there, or name another with --kernel.";
    error.status = Exit::kRefused;
    return error;
  }
  auto content = read_fd(fd->get(), path);
  if (!content)
    return content.error();
  auto header =
      parse_bzimage(std::string_view(*content).substr(0, kBzImageHead));
  if (!header)
    return header.error().in(path);
  if (!header->relocatable)
    return Error{fmt::format("{}: the kernel is not relocatable", path),
                 "Build it with CONFIG_RELOCATABLE=y.", Exit::kRefused};
  return KernelImage{std::move(*fd), std::move(*header)};
}

Result<> check_region(uint64_t region, const RegionNeed& need,
                      unsigned generation) {
  const uint64_t mib = need.total / kMiB;
  const std::string how =
      generation == 0
          ? fmt::format(
                "Put crashkernel={}M on the kernel command line and "
                "reboot.",
                mib)
          : fmt::format(
                "Region sizes are carried along: reboot with "
                "crashkernel={}M, or arm the\nfirst generation with "
                "--region-size={}M.",
                mib, mib);
  if (region == 0)
    return Error{"no memory is reserved for a crash kernel",
                 fmt::format("This machine needs {} MiB:\n{}{}", mib,
                             need.explain(), how),
                 Exit::kRefused};
  if (region < need.total)
    return Error{fmt::format("the crash region is too small: it has {}, this "
                             "machine needs {} MiB",
                             format_mib(region), mib),
                 fmt::format("{}{}", need.explain(), how), Exit::kRefused};
  return {};
}

Result<> check_lockdown(const Paths& paths, Reporter& reporter) {
  if (read_line(paths("/proc/sys/kernel/kexec_load_disabled")).value_or("0") ==
      "1")
    return Error{"kernel.kexec_load_disabled is 1",
                 "Nothing can be loaded, nor unloaded, until the next boot. "
                 "Find who sets\nit (/etc/sysctl.d) and have owctl arm run "
                 "before.",
                 Exit::kRefused};
  // "none [integrity] confidentiality"
  const std::string modes =
      read_line(paths("/sys/kernel/security/lockdown")).value_or("[none]");
  const size_t open = modes.find('[');
  const size_t close = modes.find(']', open);
  if (open == std::string::npos || close == std::string::npos)
    return {};
  const std::string mode = modes.substr(open + 1, close - open - 1);
  if (mode != "none")
    reporter.warn(fmt::format(
        "the kernel is locked down ({}; Secure Boot does that): the crash "
        "kernel's image must be signed with a key it trusts",
        mode));
  return {};
}

void compare_with_running(const Paths& paths, const BzImage& image,
                          Reporter& reporter) {
  const std::string release =
      read_line(paths("/proc/sys/kernel/osrelease")).value_or("");
  const std::string build =
      read_line(paths("/proc/sys/kernel/version")).value_or("");
  if (image.release != release)
    reporter.warn(fmt::format("the next kernel is {}, this one is {}",
                              image.release, release));
  else if (image.build != build)
    reporter.warn(fmt::format(
        "the next kernel is another build of {}: '{}', this one is '{}'",
        release, image.build, build));
}

Result<Armed> arm(const Paths& paths, const ArmRequest& request,
                  Reporter& reporter) {
  Armed armed;
  auto generation = check_kernel(paths, request, armed, reporter);
  if (!generation)
    return generation.error();
  armed.generation = *generation;
  if (request.kind == CrashKernelKind::kTakeover && !request.policy.fresh)
    warn_of_plugin(paths, request.policy.restart, reporter);

  reporter.progress("reading the kernel image");
  auto image = open_kernel_image(paths(request.policy.kernel));
  if (!image)
    return image.error();
  armed.kernel_release = image->header.release;
  compare_with_running(paths, image->header, reporter);

  auto current = read_line(paths("/proc/cmdline"));
  if (!current)
    return current.error();
  armed.cmdline = crash_cmdline(*current, request.kind, request.policy.append);
  if (armed.cmdline.size() > image->header.cmdline_size)
    return Error{fmt::format("the crash kernel's command line has {} "
                             "characters, it takes {}",
                             armed.cmdline.size(), image->header.cmdline_size),
                 {},
                 Exit::kRefused};

  // Every later generation goes back to what was before the first arming.
  Policy policy = request.policy;
  policy.sysctl_original =
      original_sysctls(paths, armed.generation, policy.sysctl_original);
  policy.sysctl_carried = carried_sysctls(paths);
  auto region = crash_region_size(paths);
  armed.region = region.value_or(0);
  if (policy.region_size == 0)
    policy.region_size = armed.region;

  reporter.progress("building the initramfs");
  auto initramfs = build_initramfs(paths, policy, request.self);
  if (!initramfs)
    return initramfs.error();
  armed.initramfs_size = initramfs->size();
  if (request.kind == CrashKernelKind::kTakeover) {
    auto need = region_need(paths, image->header, armed.initramfs_size);
    if (!need)
      return need.error();
    armed.need = *need;
    auto enough = check_region(armed.region, armed.need, armed.generation);
    if (!enough && (!request.force || armed.region == 0))
      return enough.error();
    if (!enough)
      reporter.warn(enough.error().what);
  } else if (armed.region == 0) {
    return Error{"no memory is reserved for a crash kernel",
                 "Put crashkernel=256M on the kernel command line and reboot.",
                 Exit::kRefused};
  }
  auto archive = sealed_file("initramfs", *initramfs);
  if (!archive)
    return archive.error();

  // Before loading: whoever sees the kernel armed may rely on them.
  // What generation 0 remembered holds for all: a root that is still read-only
  // then need not be written to.
  const bool first = !sysctls_remembered(paths);
  if (first || armed.generation == 0) {
    auto remembered = remember_sysctls(paths, policy.sysctl_original);
    if (!remembered)
      reporter.warn(
          fmt::format("the present sysctls are carried by the crash "
                      "kernel only: {}",
                      remembered.error().what));
  }
  apply_sysctls(paths, armed_sysctls(), reporter);
  if (request.kind == CrashKernelKind::kTakeover) {
    StoreSystem system;
    auto store =
        provide_region_store(paths, policy.restart.regions, system, reporter);
    if (!store)
      reporter.warn(store.error().in("no persistent regions").what);
  }

  reporter.progress("loading the crash kernel");
  const auto begin = now_us();
  auto loaded = load(request, image->fd.get(), archive->get(), armed);
  if (!loaded) {
    if (first && armed.generation == 0)
      (void)restore_sysctls(paths, reporter).ok();
    return loaded.error();
  }
  if (armed.was_armed)
    armed.unarmed_us = now_us() - begin;
  auto noted = remember_policy(paths, armed.generation, policy);
  if (!noted)
    reporter.warn("owctl status will not know the policy: " +
                  noted.error().what);

  auto state = read_state(paths);
  if (request.kind == CrashKernelKind::kTakeover &&
      (!state || *state != State::kArmed))
    return Error{
        "the crash kernel was loaded, but the kernel does not say "
        "that it is armed",
        "The kernel log (dmesg) should say why no handover was "
        "sealed; a fault\nnow is a plain kdump boot."};
  return armed;
}

}  // namespace owctl
