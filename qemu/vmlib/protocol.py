# SPDX-License-Identifier: GPL-2.0
"""The control channel between qemu/vm and the guest's PID 1.

Frames go over a virtio-serial port named otherworld.control. The other end is
qemu/guest/port.c (frames) and qemu/guest/agent.c (conversation).

    guest                                   host
    HELLO  who: agent, generation, state,   WELCOME
           reason, cause, kernel, command   RUN     environment and arguments
    OUTPUT stream, offset, bytes            ACK     stream, offset
    EXIT   wait status                      DONE
                                            SIGNAL  number
                                            POWEROFF

The guest chooses a session number with every HELLO; frames of other sessions
are stale and dropped. The kernel below the guest may be replaced in the middle
of a frame, so each side begins a session with a whole frame's length of zeros:
they complete what was cut, its CRC fails, and the search for the next magic
number finds the HELLO (or WELCOME).

A guest repeats HELLO every second until it is welcomed. HELLO says which
command it is running, 0 for none. That command's output is kept in the guest
until acknowledged, so a new session goes on with it: the guest sends again
what was not acknowledged and the host drops what it has, by the offset.
"""

import struct
import zlib
from dataclasses import dataclass

MAGIC = struct.pack("<I", 0x31634F57)
HEADER = struct.Struct("<IIBBHIIIQ")
MAX_PAYLOAD = 16384
PREAMBLE = bytes(HEADER.size + MAX_PAYLOAD)

HELLO, OUTPUT, EXIT = 1, 2, 3
WELCOME, RUN, ACK, SIGNAL, DONE, POWEROFF = range(64, 70)


@dataclass
class Frame:
    """One frame, either way."""

    type: int
    session: int
    command: int = 0
    stream: int = 0
    offset: int = 0
    payload: bytes = b""

    def encode(self):
        """The bytes on the wire."""
        if len(self.payload) > MAX_PAYLOAD:
            raise ValueError("frame payload too long")
        rest = HEADER.pack(0, 0, self.type, self.stream, len(self.payload),
                           self.session, self.command, 0, self.offset)[8:] + self.payload
        return MAGIC + struct.pack("<I", zlib.crc32(rest)) + rest


class Decoder:
    """Finds frames in a byte stream that may be cut anywhere."""

    def __init__(self):
        self.buffer = bytearray()

    def feed(self, data):
        """Take bytes; yield the frames that are complete."""
        self.buffer += data
        while True:
            start = self.buffer.find(MAGIC)
            if start < 0:
                # The last bytes may be the beginning of a magic number.
                del self.buffer[:max(0, len(self.buffer) - len(MAGIC) + 1)]
                return
            del self.buffer[:start]
            if len(self.buffer) < HEADER.size:
                return
            (_, crc, kind, stream, length, session, command, _,
             offset) = HEADER.unpack_from(self.buffer)
            if length <= MAX_PAYLOAD:
                if len(self.buffer) < HEADER.size + length:
                    return
                if zlib.crc32(self.buffer[8:HEADER.size + length]) == crc:
                    payload = bytes(self.buffer[HEADER.size:HEADER.size + length])
                    del self.buffer[:HEADER.size + length]
                    yield Frame(kind, session, command, stream, offset, payload)
                    continue
            del self.buffer[:1]


def run_payload(environment, arguments):
    """The payload of RUN."""
    words = [f"{key}={value}" for key, value in environment.items()] + [""] + list(arguments)
    return b"".join(word.encode(errors="surrogateescape") + b"\0" for word in words)


def hello_facts(payload):
    """The "key=value" lines of HELLO as a dictionary."""
    facts = dict(line.partition("=")[::2]
                 for line in payload.decode(errors="replace").splitlines())
    for number in ("generation", "command"):
        facts[number] = int(facts.get(number) or 0)
    return facts
