#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0
"""Host test: the control channel's frames find themselves again after a cut.

A kernel that dies stops sending anywhere, so the decoder is given every
possible cut of a frame, followed by what the next kernel's guest sends.
"""

import sys
import unittest
from pathlib import Path

sys.dont_write_bytecode = True
sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "qemu"))

from vmlib import protocol  # noqa: E402
from vmlib.protocol import Decoder, Frame  # noqa: E402

OUTPUT = Frame(protocol.OUTPUT, 1, command=1, stream=1, offset=7, payload=b"text" * 20)
HELLO = Frame(protocol.HELLO, 2, payload=b"generation=1\nstate=armed\n")


class Protocol(unittest.TestCase):
    """What the decoder makes of good and bad bytes."""

    def test_frames_come_back(self):
        self.assertEqual(list(Decoder().feed(OUTPUT.encode() + HELLO.encode())), [OUTPUT, HELLO])

    def test_bytes_come_one_by_one(self):
        decoder, found = Decoder(), []
        for byte in OUTPUT.encode() + HELLO.encode():
            found += decoder.feed(bytes((byte,)))
        self.assertEqual(found, [OUTPUT, HELLO])

    def test_every_cut_is_survived(self):
        whole = OUTPUT.encode()
        for cut in range(len(whole)):
            decoder = Decoder()
            self.assertEqual(list(decoder.feed(whole[:cut])), [])
            self.assertEqual(list(decoder.feed(protocol.PREAMBLE + HELLO.encode())), [HELLO],
                             f"cut after {cut} bytes")

    def test_longest_frame_cut_after_its_header(self):
        longest = Frame(protocol.OUTPUT, 1, payload=bytes(protocol.MAX_PAYLOAD)).encode()
        found = Decoder().feed(longest[:protocol.HEADER.size] + protocol.PREAMBLE + HELLO.encode())
        # The zeros may complete it: a frame of the dead session is dropped later.
        self.assertEqual([frame for frame in found if frame.session == HELLO.session], [HELLO])

    def test_damage_is_noticed(self):
        whole = OUTPUT.encode()
        for position in range(len(whole)):
            damaged = bytearray(whole)
            damaged[position] ^= 0x10
            found = Decoder().feed(bytes(damaged) + protocol.PREAMBLE + HELLO.encode())
            self.assertEqual(list(found), [HELLO], f"byte {position} damaged")

    def test_hello_without_facts(self):
        facts = protocol.hello_facts(b"")
        self.assertEqual((facts["generation"], facts["command"]), (0, 0))


if __name__ == "__main__":
    unittest.main()
