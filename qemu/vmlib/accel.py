# SPDX-License-Identifier: GPL-2.0
"""Which accelerator to use: KVM only where a guest has really run under it."""

import ctypes
import hashlib
import mmap
import os
import platform
import subprocess
import tempfile
import time
from pathlib import Path

from .disk import cache_dir

QEMU = "qemu-system-x86_64"
PROBE_SECONDS = 5
PROBE_ANSWER = 0x2A

# A boot sector: mov $0x2a,%al; out %al,$0xf4; hlt; jmp back to the hlt. Port
# 0xf4 is isa-debug-exit, which ends QEMU with status (value << 1) | 1. The
# firmware before it has already run real, protected and system management mode.
BOOT_SECTOR = (bytes((0xB0, PROBE_ANSWER, 0xE6, 0xF4, 0xF4, 0xEB, 0xFD)).ljust(510, b"\0")
               + b"\x55\xaa")


def kvm_works():
    """Whether a guest runs under KVM here.

    That /dev/kvm opens says little: on some machines every guest then hangs.
    So boot one that has to answer in a few seconds. The answer is kept for
    this host kernel and CPU.
    """
    if not os.access("/dev/kvm", os.R_OK | os.W_OK):
        return False
    cpu = [line for line in Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
           if line.startswith("model name")][:1]
    key = hashlib.sha256(f"{platform.release()} {cpu}".encode()).hexdigest()[:16]
    answer = cache_dir() / "kvm" / key
    if answer.exists():
        return answer.read_text(encoding="ascii").strip() == "yes"
    works = probe()
    answer.parent.mkdir(parents=True, exist_ok=True)
    answer.write_text("yes\n" if works else "no\n", encoding="ascii")
    return works


def probe():
    """Boot the trivial guest; did it answer in time?"""
    with tempfile.NamedTemporaryFile(prefix="otherworld-kvm-") as disk:
        disk.write(BOOT_SECTOR)
        disk.flush()
        try:
            done = subprocess.run(
                [QEMU, "-nodefaults", "-no-user-config", "-display", "none", "-accel", "kvm",
                 "-cpu", "host", "-m", "64M", "-smp", "2",
                 "-device", "isa-debug-exit,iobase=0xf4,iosize=4",
                 "-drive", f"file={disk.name},format=raw,if=ide,snapshot=on"],
                stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
                timeout=PROBE_SECONDS, check=False)
        except (OSError, subprocess.TimeoutExpired):
            return False
    return done.returncode == PROBE_ANSWER << 1 | 1


def arguments(choice, cpu):
    """QEMU's accelerator and CPU arguments; choice is auto, tcg or kvm."""
    if uses_kvm(choice):
        return ["-accel", "kvm", "-cpu", cpu or "host,migratable=off"]
    # la57 is off because a kernel with five-level tables is slower to emulate;
    # --cpu max selects it.
    # A small cache of translated code: a takeover writes a kernel over memory
    # that an older one ran from, and every store to a page with stale
    # translations is slow. Seen: 10 s instead of 0.3 s for the decompression.
    return ["-accel", "tcg,thread=multi,tb-size=128", "-cpu", cpu or "max,la57=off"]


def uses_kvm(choice):
    """Whether this choice ends up with KVM."""
    return choice == "kvm" or choice == "auto" and kvm_works()


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
