# SPDX-License-Identifier: GPL-2.0
"""A small client for QEMU's machine protocol, driven by the launcher's loop."""

import json


class Qmp:
    """One QMP connection. Events come out of feed(); answers are not awaited."""

    def __init__(self, sock):
        self.sock = sock
        self.buffer = b""
        self.send("qmp_capabilities")

    def send(self, command, **arguments):
        """Send a command. The launcher needs no command's answer."""
        message = {"execute": command}
        if arguments:
            message["arguments"] = arguments
        try:
            self.sock.sendall(json.dumps(message).encode() + b"\n")
        except OSError:
            pass  # QEMU is gone, which its process says best

    def feed(self, data):
        """Take bytes; yield the events in them as (name, data)."""
        self.buffer += data
        *lines, self.buffer = self.buffer.split(b"\n")
        for line in lines:
            message = json.loads(line)
            if "event" in message:
                yield message["event"], message.get("data", {})
