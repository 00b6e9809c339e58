# SPDX-License-Identifier: GPL-2.0
"""JOE with libow's crash procedure, typed to and verified as the others are by
apps.py: by joe_selftest on the host, by ../joe.py in a machine whose kernels die.
"""
import fcntl
import os

from apps import App
from process import Wrong, await_true

TCGETS = 0x5401  # the guest has no module termios
FIONREAD = 0x541B
FLAGS = 16       # bytes of them, for input, output, control and local modes
SAVE_AND_LEAVE = "\x0bx"
TO_THE_END = "\x0bv"


class Joe(App):
    """What was typed is in the file, once it begins anew or is told to save."""

    def __init__(self, name, program, folder, terminal, type_keys):
        super().__init__(name, os.path.dirname(program), folder, anew=True)
        self.file = self.path("txt")
        self.lock = os.path.join(folder, f".#{os.path.basename(self.file)}")
        self.terminal = terminal
        self.type_keys = type_keys
        self.typed = ""
        self.modes = self._modes()
        # A home without settings of somebody's own.
        environment = {"TERM": "ansi", "HOME": folder, "LANG": "C"}
        self.launch(os.path.basename(program), self.file,
                    terminal=terminal, environment=environment)
        self._await_editor()

    def _ask_terminal(self, request, size):
        """What an ioctl() of it answers, in so many bytes."""
        fd = os.open(self.terminal, os.O_RDWR | os.O_NOCTTY)
        try:
            return fcntl.ioctl(fd, request, bytes(size))
        finally:
            os.close(fd)

    def _modes(self):
        return self._ask_terminal(TCGETS, 64)[:FLAGS]

    def _await_editor(self):
        """Keys typed before that would be the terminal's, to change or to echo."""
        await_true(lambda: self._modes() != self.modes, "the editor takes its terminal")

    def has_lock(self):
        return os.path.islink(self.lock)

    def work(self):
        self.processes[0].check_alive()
        line = f"line {len(self.typed)}"
        self.typed += line + "\n"
        self.type_keys(line + "\r")

    def _untaken(self):
        """How much was typed that it has not read."""
        return int.from_bytes(self._ask_terminal(FIONREAD, 4), "little")

    def await_taken(self):
        """More than the terminal can hold would be lost, crash or not."""
        await_true(lambda: self._untaken() == 0, "the editor takes what is typed")

    def check_kept(self, taken):
        """It was typed to when the kernel died: at least what it had taken by then
        is on disk, and nothing but what was typed."""
        self.check_processes()

        def is_kept():
            try:
                with open(self.file, encoding="ascii") as file:
                    kept = file.read()
            except FileNotFoundError:
                return False
            if not self.typed.startswith(kept):
                raise Wrong(f"{self.file} is not what was typed: {kept[-80:]!r}")
            return kept.startswith(taken)
        await_true(is_kept, f"what it had taken in {self.file}")
        self._await_editor()

    def check_saved(self):
        """What is on disk is what was typed."""
        def is_saved():
            try:
                with open(self.file, encoding="ascii") as file:
                    return file.read() == self.typed
            except FileNotFoundError:
                return False
        await_true(is_saved, f"all that was typed in {self.file}")

    def leave(self):
        """Its own way of saving; it must leave the terminal as it was."""
        self.type_keys(SAVE_AND_LEAVE)
        await_true(lambda: self._modes() == self.modes, "the terminal as it was")
        await_true(lambda: not self.has_lock(), "no lock of a file that is saved")

    def check(self):
        """It was idle when the kernel died: so by now it has begun anew."""
        self.check_processes()
        self.check_saved()
        if self.has_lock():
            raise Wrong("the lock of before the crash is still there")
        self._await_editor()
        # It begins anew with the first line.
        self.type_keys(TO_THE_END)
