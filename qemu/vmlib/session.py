# SPDX-License-Identifier: GPL-2.0
"""One run: QEMU, the control channel, and what becomes of the command."""

import ctypes
import json
import os
import selectors
import signal
import socket
import struct
import subprocess
import sys
import time

from . import errors, protocol
from .protocol import Frame
from .qmp import Qmp

PR_SET_PDEATHSIG = 1
CONSOLE_LINES = 20
RESET_SECONDS = 0.5


def die_with_parent():
    """In the child: nothing is left behind if the launcher is killed."""
    ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGKILL)


class Output:
    """Passes one of the command's streams on, with time stamps if wanted."""

    def __init__(self, file, timestamps):
        self.file = file.buffer
        self.timestamps = timestamps
        self.offset = 0
        self.partial = b""
        self.began = None

    def write(self, data):
        """Take the next bytes of the stream."""
        if not self.timestamps:
            self._put(data)
            return
        now = time.monotonic()
        lines = data.split(b"\n")
        for last, line in enumerate(lines, 1 - len(lines)):
            if line and not self.partial:
                self.began = now
            self.partial += line
            if last:
                self._line(self.began if self.partial else now, b"\n")

    def close(self):
        """Write what never got its newline."""
        if self.partial:
            self._line(self.began, b"")

    def _line(self, when, end):
        self._put(b"%.6f %s%s" % (when, self.partial, end))
        self.partial = b""

    def _put(self, data):
        try:
            self.file.write(data)
            self.file.flush()
        except BrokenPipeError:
            # Nobody reads any more, as after `| head`. The command goes on.
            self.file = open(os.devnull, "wb")


class Session:
    """Runs one command in one VM; run() returns the launcher's exit status."""

    def __init__(self, options, console):
        self.options = options
        self.console = console
        self.control, self.control_child = socket.socketpair()
        qmp, self.qmp_child = socket.socketpair()
        self.qmp = Qmp(qmp)
        self.decoder = protocol.Decoder()
        self.outputs = {1: Output(sys.stdout, options.timestamps),
                        2: Output(sys.stderr, options.timestamps)}
        self.process = None
        self.began = None
        self.agent = None
        self.session = None
        self.command = 0
        self.facts = {}
        self.hellos = []
        self.resets = 0
        self.last_reset = 0.0
        self.last_permitted = None  # when permission to reset ends
        self.end = None        # (result, exit status, message)
        self.qemu_end = None   # why QEMU says it ends

    def run(self, qemu, disk):
        """Start QEMU and see the command through."""
        self.began = time.monotonic()
        self.process = subprocess.Popen(
            qemu, stdin=subprocess.DEVNULL, start_new_session=True, preexec_fn=die_with_parent,
            pass_fds=[file.fileno() for file in (self.control_child, self.qmp_child, disk)])
        self.control_child.close()
        self.qmp_child.close()
        try:
            self._loop()
        except KeyboardInterrupt:
            self.end = ("interrupted", errors.INTERRUPTED, None)
        finally:
            self._stop()
        for output in self.outputs.values():
            output.close()
        result, status, message = self.end
        if message:
            self._complain(message, console=result == "lost")
        self._write_result(result, status, message)
        return status

    def _loop(self):
        selector = selectors.DefaultSelector()
        selector.register(self.control, selectors.EVENT_READ, self._on_control)
        selector.register(self.qmp.sock, selectors.EVENT_READ, self._on_qmp)
        deadline = self.began + self.options.timeout if self.options.timeout else None
        while not self.end:
            now = time.monotonic()
            self._end_permission(now)
            if deadline is not None and now >= deadline:
                where = "before the guest said hello" if not self.hellos else \
                    f"in generation {self.facts['generation']}"
                self.end = ("timeout", errors.TIMEOUT,
                            f"time-out: {self.options.timeout:g} s have passed, {where}")
                # Where a boot hung, only the console knows.
                if not self.hellos:
                    self._show_console()
                return
            moments = [when for when in (deadline, self.last_permitted) if when is not None]
            for key, _ in selector.select(min(moments) - now if moments else None):
                try:
                    data = key.fileobj.recv(65536)
                except ConnectionResetError:
                    data = b""
                if data:
                    key.data(data)
                else:
                    selector.unregister(key.fileobj)
                    if key.fileobj is self.qmp.sock:
                        self._qemu_gone()
                if self.end:
                    return

    def _on_qmp(self, data):
        for event, about in self.qmp.feed(data):
            if event == "RESET" and about.get("guest"):
                self._on_reset(time.monotonic())
            elif event == "SHUTDOWN":
                self.qemu_end = about.get("reason")

    def _on_reset(self, now):
        # A guest that resets tries several ways at once, and QEMU may have
        # taken the second before the first was done: that is one reset.
        if now - self.last_reset < RESET_SECONDS:
            return
        self.last_reset = now
        self.resets += 1
        if self.resets >= self.options.reboots:
            self.last_permitted = now + RESET_SECONDS

    def _end_permission(self, now):
        """The next reset is one too many, and shall end QEMU."""
        if self.last_permitted and now >= self.last_permitted:
            self.last_permitted = None
            self.qmp.send("set-action", reboot="shutdown")

    def _qemu_gone(self):
        """QEMU has ended without being told to: there is no VM any more."""
        status = self.process.wait()
        why = {"guest-reset": "the VM reset itself",
               "guest-shutdown": "the VM powered itself off",
               "guest-panic": "the guest's panic device stopped it"}.get(self.qemu_end)
        if not why:
            why = f"QEMU ended with status {status}"
            if not self.hellos and status > 0:
                self.end = ("not started", errors.NOT_STARTED, why)
                return
        if self.hellos:
            why += f", in or after generation {self.facts['generation']}"
        self.end = ("lost", errors.VM_LOST, f"the VM was lost: {why}")

    def _send(self, kind, command=0, stream=0, offset=0, payload=b""):
        frame = Frame(kind, self.session, command, stream, offset, payload)
        self._send_bytes(frame.encode())

    def _send_bytes(self, data):
        try:
            self.control.sendall(data)
        except OSError:
            pass  # QEMU is gone; its QMP connection says so next

    def _on_control(self, data):
        for frame in self.decoder.feed(data):
            if frame.type == protocol.HELLO:
                self._on_hello(frame)
            elif frame.session != self.session or frame.command != self.command:
                continue
            elif frame.type == protocol.OUTPUT:
                self._on_output(frame)
            elif frame.type == protocol.EXIT:
                self._on_exit(frame)
            if self.end:
                return

    def _on_hello(self, frame):
        facts = protocol.hello_facts(frame.payload)
        self.session = frame.session
        same_agent = facts.get("agent") == self.agent
        self.agent = facts.get("agent")
        self.facts = facts
        if not same_agent or facts["generation"] != self.hellos[-1]["generation"]:
            self.hellos.append({"time": time.monotonic(), **facts})
        self._send_bytes(protocol.PREAMBLE)
        self._send(protocol.WELCOME)
        if self.command and same_agent:
            # The same agent under whatever kernel: the command lives, or its
            # start was lost on the way and asking twice does no harm.
            if not facts["command"]:
                self._start(self.command)
            return
        if self.command and not self.options.rerun:
            self._command_lost()
            return
        for output in self.outputs.values():
            output.offset = 0
        self._start(self.command + 1)

    def _start(self, command):
        self.command = command
        environment = {"OW_GENERATION": self.facts["generation"],
                       "OW_STATE": self.facts.get("state", "")}
        self._send(protocol.RUN, command,
                   payload=protocol.run_payload(environment, self.options.command))

    def _command_lost(self):
        facts = self.facts
        if self.resets and facts["generation"] == 0:
            what = "the command was lost: the VM was reset and booted anew"
        else:
            what = (f"the command was lost with its kernel: now generation "
                    f"{facts['generation']}, {facts.get('state')}")
        for name in ("cause", "reason"):
            if facts.get(name):
                what += f"; {name}: {facts[name]}"
        self.end = ("command lost", errors.COMMAND_LOST, what)

    def _on_output(self, frame):
        output = self.outputs.get(frame.stream)
        if not output:
            return
        # Sent again after a new session: skip what is here already.
        fresh = frame.payload[max(0, output.offset - frame.offset):]
        if fresh and frame.offset <= output.offset:
            output.offset += len(fresh)
            output.write(fresh)
        self._send(protocol.ACK, self.command, frame.stream, output.offset)

    def _on_exit(self, frame):
        self._send(protocol.DONE, self.command)
        status = struct.unpack("<i", frame.payload)[0]
        if os.WIFSIGNALED(status):
            status = 128 + os.WTERMSIG(status)
        else:
            status = os.WEXITSTATUS(status)
        self.end = ("exited", status, None)

    def _stop(self):
        """End QEMU: cleanly if the disk is kept, at once if it is thrown away."""
        if self.process.poll() is None and self.end and self.end[0] == "exited" \
                and self.options.disk_dir:
            self._send(protocol.POWEROFF)
            try:
                self.process.wait(20)
            except subprocess.TimeoutExpired:
                self._complain("the guest did not power off; the disk is as it was left")
        if self.process.poll() is None:
            self.process.kill()
        self.process.wait()

    def _complain(self, message, console=False):
        if console:
            self._show_console()
        sys.stdout.flush()
        print(f"qemu/vm: {message}", file=sys.stderr, flush=True)

    def _show_console(self):
        try:
            text = self.console.read_text(encoding="utf-8", errors="replace")
        except OSError:
            return
        lines = [line.rstrip("\r") for line in text.split("\n") if line.strip()]
        if lines:
            print("qemu/vm: the console's last lines:", file=sys.stderr)
            for line in lines[-CONSOLE_LINES:]:
                print(f"    {line}", file=sys.stderr)

    def _write_result(self, result, status, message):
        if not self.options.result:
            return
        self.options.result.write_text(json.dumps({
            "result": result, "status": status, "message": message, "resets": self.resets,
            "started": self.began, "hellos": self.hellos,
        }, indent=1) + "\n", encoding="utf-8")
