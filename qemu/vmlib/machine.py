# SPDX-License-Identifier: GPL-2.0
"""From options to QEMU's command line."""

import re
import shutil
from pathlib import Path

from . import accel
from .errors import LauncherError

OVMF_DIRS = ("/usr/share/OVMF", "/usr/share/edk2/x64", "/usr/share/edk2/ovmf")
OVMF_NAMES = (("OVMF_CODE_4M.fd", "OVMF_VARS_4M.fd"), ("OVMF_CODE.fd", "OVMF_VARS.fd"))


def mebibytes(text):
    """A size as QEMU writes it (512M, 2G, or MiB without a letter) in MiB."""
    match = re.fullmatch(r"(\d+)([MG]?)", text.upper())
    if not match or not int(match[1]):
        raise ValueError(text)
    return int(match[1]) * (1024 if match[2] == "G" else 1)


def crashkernel(options):
    """What the main kernel's command line reserves for the first crash kernel."""
    if options.crashkernel:
        return [] if options.crashkernel == "none" else [f"crashkernel={options.crashkernel}"]
    return ["crashkernel=256M" if options.mem <= 4096 else "crashkernel=512M"]


def kernel_words(options):
    """The kernel command line."""
    words = ["console=ttyS0", "root=/dev/vda", "rw", "init=/usr/lib/otherworld/vm-init",
             # A panic that no crash kernel takes over must end the run at once.
             "panic=-1",
             # The guest's TSC is one host clock for all CPUs. A busy host makes
             # the kernel's own watchdog believe otherwise.
             "tsc=reliable"]
    if options.machine == "microvm":
        # No ACPI to reset by, so by a triple fault.
        words.append("reboot=t")
        # Neither HPET nor PM timer to calibrate the TSC by.
        khz = None if accel.uses_kvm(options.accel, options.kernel) else accel.tsc_khz()
        words += [f"tsc_early_khz={khz}"] if khz else []
    words += crashkernel(options)
    if options.watchdog:
        words.append(f"vm.watchdog={options.watchdog}")
    return words + options.append


def cpu_ranges(cpus, nodes):
    """Split CPUs 0..cpus-1 over the nodes, as evenly as can be."""
    start = 0
    for node in range(nodes):
        count = cpus // nodes + (node < cpus % nodes)
        yield start, start + count - 1
        start += count


def memory(options):
    """Memory and NUMA arguments."""
    arguments = ["-m", f"{options.mem}M", "-smp", str(options.smp)]
    if options.numa < 2:
        return arguments
    # Each CPU a socket: CPUs of different nodes must not share a cache.
    arguments[-1] += f",sockets={options.smp}"
    if options.smp < options.numa or options.mem % options.numa:
        raise LauncherError(f"--numa {options.numa} needs as many CPUs and memory that divides")
    for node, (first, last) in enumerate(cpu_ranges(options.smp, options.numa)):
        arguments += ["-object", f"memory-backend-ram,id=m{node},size={options.mem // options.numa}M",
                      "-numa", f"node,nodeid={node},cpus={first}-{last},memdev=m{node}"]
    return arguments


def firmware(options, directory):
    """UEFI from OVMF, with a variable store of this run's own."""
    if not options.uefi:
        return []
    for folder in map(Path, OVMF_DIRS):
        for code, variables in OVMF_NAMES:
            if (folder / code).exists() and (folder / variables).exists():
                own = directory / "ovmf-vars.fd"
                shutil.copyfile(folder / variables, own)
                return ["-drive", f"if=pflash,format=raw,unit=0,readonly=on,file={folder / code}",
                        "-drive", f"if=pflash,format=raw,unit=1,file={own}"]
    raise LauncherError("--uefi: OVMF is not installed; as root: apt-get install ovmf")


def machine(options):
    """The machine type."""
    if options.machine == "microvm":
        if options.uefi or options.watchdog:
            raise LauncherError("--machine microvm has no PCI: no --uefi, no --watchdog")
        # With ACPI this machine is "hardware reduced": no PIT, and so nothing
        # that an emulated CPU's local APIC timer could be calibrated by.
        return ["-M", "microvm,acpi=off,pic=on,pit=on,rtc=on,isa-serial=on"]
    return ["-M", "q35"]


def command(options, disk, directory, control, qmp, extra_words):
    """The whole command line. disk is an open file and control and qmp are sockets,
    all of which QEMU inherits."""
    bus = "device" if options.machine == "microvm" else "pci"
    result = [
        accel.QEMU, "-name", "otherworld", "-nodefaults", "-no-user-config", "-display", "none",
        *machine(options), *accel.arguments(options.accel, options.cpu, options.kernel), *memory(options),
        *firmware(options, directory),
        "-kernel", str(options.kernel),
        "-append", " ".join(kernel_words(options) + extra_words),
        # The disk is thrown away, so nothing waits for the host's disk.
        "-drive", "if=none,id=root,format=raw,cache=unsafe,discard=unmap,"
                  f"file=/proc/self/fd/{disk.fileno()}",
        "-device", f"virtio-blk-{bus},drive=root",
        "-device", f"virtio-rng-{bus}",
        "-chardev", f"socket,id=qmp,fd={qmp.fileno()}", "-mon", "chardev=qmp,mode=control",
        "-action", f"reboot={'reset' if options.reboots else 'shutdown'}",
    ]
    if control:
        result += [
            "-device", f"virtio-serial-{bus}",
            "-chardev", f"socket,id=control,fd={control.fileno()}",
            "-device", "virtserialport,chardev=control,name=otherworld.control",
        ]
    if options.qmp:
        result += ["-qmp", f"unix:{options.qmp},server=on,wait=off"]
    if options.gdb:
        result += ["-gdb", f"unix:{options.gdb},server=on,wait=off"]
    if options.watchdog:
        result += ["-device", "i6300esb", "-action", "watchdog=inject-nmi"]
    return result + options.qemu_arg
