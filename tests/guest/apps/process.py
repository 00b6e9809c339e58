# SPDX-License-Identifier: GPL-2.0
"""A program under test, as its user sees it; for apps.py and joe.py.

python3-minimal is all there is in the guest, and no pipe may be alive when a
kernel dies: so no subprocess, and all that programs say goes to files.
"""
import fcntl
import os
import signal
import time

TIOCSCTTY = 0x540E
PATIENCE = 60


class Wrong(Exception):
    """What must not be."""


def await_true(condition, what, patience=PATIENCE):
    """Wait until condition() holds; its value."""
    end = time.monotonic() + patience
    while True:
        # Looked at once more after the time is up: that may be an outage's.
        late = time.monotonic() > end
        value = condition()
        if value:
            return value
        if late:
            raise Wrong(f"{what}: not within {patience} s")
        time.sleep(0.01)


def whole_lines(path):
    """The lines of a file that have their end."""
    with open(path, encoding="ascii") as file:
        return file.read().split("\n")[:-1]


class Numbers:
    """The same ones for the same seed; Python's own need more than the guest has."""

    def __init__(self, seed):
        self.state = seed + 1

    def below(self, limit):
        self.state = (self.state * 6364136223846793005 + 1442695040888963407) % 2**64
        return (self.state >> 33) % limit


class Process:
    """A child with its output in a file, or with a terminal."""

    def __init__(self, command, output, terminal=None, environment=None):
        self.command = command
        self.output = output
        self.terminal = terminal
        self.environment = {**os.environ, **(environment or {})}
        self.pid = 0
        self.start()
        self.stack = self._stack()

    def start(self):
        """Begin, or begin again."""
        self.pid = os.fork()
        if self.pid == 0:
            self._become()
        await_true(self._executed, f"{self.command[0]} begins")

    def _become(self):
        try:
            os.setsid()
            flags = os.O_WRONLY | os.O_CREAT | os.O_APPEND
            log = os.open(self.output, flags, 0o644)
            into = os.open(self.terminal or os.devnull, os.O_RDWR)
            if self.terminal:
                fcntl.ioctl(into, TIOCSCTTY, 1)
            os.dup2(into, 0)
            os.dup2(into if self.terminal else log, 1)
            os.dup2(into if self.terminal else log, 2)
            os.execve(self.command[0], self.command, self.environment)
        finally:
            os._exit(127)

    def _executed(self):
        self.check_alive()
        try:
            return os.path.samefile(f"/proc/{self.pid}/exe", self.command[0])
        except OSError:
            return False

    def _stack(self):
        """Where it is: another place in each program that is executed. None
        between two of them."""
        with open(f"/proc/{self.pid}/maps", encoding="ascii") as maps:
            for line in maps:
                if "[stack]" in line:
                    return line.split("-")[1].split()[0]
        return None

    def check_alive(self):
        pid, status = os.waitpid(self.pid, os.WNOHANG)
        if pid:
            self.pid = 0
            raise Wrong(f"{self.command[0]} ended with {os.waitstatus_to_exitcode(status)}")

    def began_anew(self):
        """Since this was asked last."""
        before = self.stack
        self.stack = self._stack() or before
        return before != self.stack

    def kill(self):
        """Suddenly, as a power cut would."""
        if self.pid:
            os.kill(self.pid, signal.SIGKILL)
            os.waitpid(self.pid, 0)
            self.pid = 0
