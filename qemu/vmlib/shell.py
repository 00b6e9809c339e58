# SPDX-License-Identifier: GPL-2.0
"""The interactive console."""

import os
import socket
import subprocess
import sys
import termios

from .session import die_with_parent


def words():
    """What the kernel command line says about the terminal in front of us."""
    result = ["vm.shell", f"vm.term={os.environ.get('TERM') or 'vt220'}"]
    try:
        size = os.get_terminal_size(sys.stdin.fileno())
        if size.lines and size.columns:
            result.append(f"vm.winsize={size.lines}x{size.columns}")
    except OSError:
        pass  # not a terminal
    return result


def run(make_qemu, disk):
    """Give the terminal to QEMU until it ends; always leave it as it was."""
    qmp, qmp_child = socket.socketpair()
    stdin = sys.stdin.fileno()
    saved = termios.tcgetattr(stdin) if os.isatty(stdin) else None
    print("qemu/vm: the console; Ctrl-A X ends the VM, Ctrl-A H lists more, "
          "`exit` powers it off", file=sys.stderr)
    # QEMU puts the terminal into raw mode, so Ctrl-C goes to the guest.
    process = subprocess.Popen(
        make_qemu(qmp_child) + ["-chardev", "stdio,id=console,mux=on,signal=off",
                                "-serial", "chardev:console", "-mon", "chardev=console"],
        preexec_fn=die_with_parent, pass_fds=(qmp_child.fileno(), disk.fileno()))
    qmp_child.close()
    try:
        status = process.wait()
    except KeyboardInterrupt:
        process.kill()
        status = process.wait() and 130
    finally:
        if saved:
            termios.tcsetattr(stdin, termios.TCSADRAIN, saved)
        qmp.close()
    print("\r\nqemu/vm: the VM has ended", file=sys.stderr)
    return status
