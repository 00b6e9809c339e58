#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0
"""joe.py FAULT... | --working SEED COUNT: JOE with a crash procedure, on the
console, while kernels die.

prepare: arm; the editor on a new file.
ready:   lines are typed that nobody saves.
die:     once for each FAULT; or COUNT times, at moments and of faults that SEED
         chooses, under load and while more is being typed.
check:   the file has every line that the editor had taken; the editor, in the
         same process, begins anew and takes more. In the end it saves by itself
         and gives the terminal back.
Says "right" or what is wrong.
"""
import fcntl
import os
import sys
import time

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(HERE, "apps"))
from joe import Joe  # noqa: E402
from process import Numbers, Wrong, await_true  # noqa: E402

TERMINAL = "/dev/ttyS0"
TIOCSTI = 0x5412
WORK = "/var/tmp/joe"
GENERATION = "/sys/kernel/otherworld/generation"
FAULTS = ("null", "bug", "irq", "overflow")


def type_keys(keys):
    fd = os.open(TERMINAL, os.O_RDWR | os.O_NOCTTY)
    for key in keys.encode():
        fcntl.ioctl(fd, TIOCSTI, bytes([key]))
    os.close(fd)


def generation():
    """The file may have been open when the kernel died."""
    try:
        with open(GENERATION, encoding="ascii") as file:
            return int(file.read())
    except OSError:
        return 0


def owctl(*arguments, delay=0):
    """Started, not waited for: by its exit this may be another kernel."""
    pid = os.fork()
    if pid == 0:
        time.sleep(delay)
        null = os.open(os.devnull, os.O_RDWR)
        for fd in range(3):
            os.dup2(null, fd)
        os.execvp("owctl", ("owctl", *arguments))
    return pid


def live(faults):
    os.makedirs(WORK)
    joe = Joe("joe", os.path.join(HERE, "joe"), WORK, TERMINAL, type_keys)
    for count, fault in enumerate(faults, 1):
        os.waitpid(owctl("status", "--wait-armed=60"), 0)
        for _ in range(10):
            joe.work()
        await_true(joe.has_lock, "the lock of a modified file")
        owctl("trigger", fault, "--yes", "--fast")
        await_true(lambda count=count: generation() == count, f"generation {count}", 120)
        joe.check()
    joe.work()
    joe.leave()
    joe.check_saved()


def load():
    """What else the machine does: a CPU is wanted, files are written."""
    if os.fork() == 0:
        while True:
            pass
    if os.fork() == 0:
        while True:
            with open(os.path.join(WORK, "load"), "wb") as file:
                file.write(os.urandom(65536))


def live_working(seed, count):
    """An editor of its own for each death: what was on its way to it is nobody's."""
    os.makedirs(WORK)
    load()
    numbers = Numbers(seed)
    for death in range(1, count + 1):
        joe = Joe(f"joe{death}", os.path.join(HERE, "joe"), WORK, TERMINAL, type_keys)
        os.waitpid(owctl("status", "--wait-armed=60"), 0)
        for _ in range(3):
            joe.work()
            joe.await_taken()
        taken = joe.typed
        fault = FAULTS[numbers.below(len(FAULTS))]
        owctl("trigger", fault, "--yes", "--fast", delay=numbers.below(1000) / 1000)
        while generation() < death:
            try:
                joe.work()
                joe.await_taken()
            except OSError:
                pass        # the call that may have killed the kernel
        joe.check_kept(taken)
        joe.leave()


def main():
    """Command line."""
    if os.waitpid(owctl("arm"), 0)[1]:
        return 71
    try:
        if sys.argv[1] == "--working":
            live_working(int(sys.argv[2]), int(sys.argv[3]))
        else:
            live(sys.argv[1:])
    except (Wrong, OSError) as wrong:
        print(f"wrong: {wrong}")
        return 1
    print("right")
    return 0


if __name__ == "__main__":
    sys.exit(main())
