# SPDX-License-Identifier: GPL-2.0
"""Which accelerator to use: KVM only where a guest has really run under it."""

import ctypes
import hashlib
import mmap
import os
import platform
import subprocess
import time
from pathlib import Path

from .disk import cache_dir

QEMU = "qemu-system-x86_64"
PROBE_SECONDS = 30
PROBE_BOOTS = 2
# Without a disk this is how far a kernel gets: all of its own start, on all CPUs.
PROBE_ANSWER = b"Unable to mount root fs"


def kvm_works(kernel):
    """Whether a guest runs under KVM here.

    That /dev/kvm opens says little, and so does a small guest: seen were hosts
    where firmware ran, at times, and a kernel then ended in "emulation failure".
    So let the kernel in question boot, more than once. The answer is kept for
    this host kernel and CPU.
    """
    if not os.access("/dev/kvm", os.R_OK | os.W_OK):
        return False
    cpu = [line for line in Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
           if line.startswith("model name")][:1]
    key = hashlib.sha256(f"boots {platform.release()} {cpu}".encode()).hexdigest()[:16]
    answer = cache_dir() / "kvm" / key
    if answer.exists():
        return answer.read_text(encoding="ascii").strip() == "yes"
    works = all(probe(kernel) for _ in range(PROBE_BOOTS))
    answer.parent.mkdir(parents=True, exist_ok=True)
    answer.write_text("yes\n" if works else "no\n", encoding="ascii")
    return works


def probe(kernel):
    """Boot the kernel without a disk; did it come to miss one in time?"""
    try:
        done = subprocess.run(
            [QEMU, "-nodefaults", "-no-user-config", "-display", "none", "-no-reboot",
             "-accel", "kvm", "-cpu", "host", "-m", "512M", "-smp", "2", "-M", "q35",
             "-serial", "stdio", "-kernel", kernel, "-append", "console=ttyS0 panic=-1"],
            stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL,
            timeout=PROBE_SECONDS, check=False)
    except (OSError, subprocess.TimeoutExpired):
        return False
    return PROBE_ANSWER in done.stdout


def arguments(choice, cpu, kernel):
    """QEMU's accelerator and CPU arguments; choice is auto, tcg or kvm."""
    if uses_kvm(choice, kernel):
        return ["-accel", "kvm", "-cpu", cpu or "host,migratable=off"]
    # la57 is off because a kernel with five-level tables is slower to emulate;
    # --cpu max selects it.
    # A small cache of translated code: a takeover writes a kernel over memory
    # that an older one ran from, and every store to a page with stale
    # translations is slow. Seen: 10 s instead of 0.3 s for the decompression.
    return ["-accel", "tcg,thread=multi,tb-size=128", "-cpu", cpu or "max,la57=off"]


def uses_kvm(choice, kernel):
    """Whether this choice ends up with KVM."""
    return choice == "kvm" or choice == "auto" and kvm_works(kernel)


def tsc_khz():
    """The host's time stamp counter's frequency, or None if it cannot be told.

    The emulated TSC is the host's. There is no file that says its frequency,
    so count it: rdtsc; shl $32,%rdx; or %rdx,%rax; ret.
    """
    if platform.machine() != "x86_64":
        return None
    try:
        code = mmap.mmap(-1, mmap.PAGESIZE,
                         prot=mmap.PROT_READ | mmap.PROT_WRITE | mmap.PROT_EXEC)
    except OSError:
        return None
    code.write(bytes.fromhex("0f3148c1e2204809d0c3"))
    rdtsc = ctypes.CFUNCTYPE(ctypes.c_uint64)(ctypes.addressof(ctypes.c_char.from_buffer(code)))
    start, ticks = time.monotonic_ns(), rdtsc()
    time.sleep(0.05)
    ticks = rdtsc() - ticks
    return round(ticks * 1e6 / (time.monotonic_ns() - start))
