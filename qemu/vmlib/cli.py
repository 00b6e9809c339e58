# SPDX-License-Identifier: GPL-2.0
"""The command line of qemu/vm."""

import argparse
import os
import shutil
import signal
import subprocess
import sys
import tempfile
from pathlib import Path

from . import accel, disk, errors, machine, shell
from .errors import LauncherError
from .session import Session

REPOSITORY = disk.QEMU_DIR.parent

DESCRIPTION = """\
Boots the kernel being built in a throw-away VM: Debian root on ext4, virtio
devices, 2 GiB and 2 CPUs, emulated unless KVM works here.
"""

EPILOG = """\
exit status of run:
  the command's own; 128+N if signal N ended it; 127 not found, 126 not executable
  123  the VM could not be started (options, kernel, QEMU)
  124  --timeout passed
  125  the command was lost with its kernel (without --rerun); the message names
       the generation that came instead and the cause
  126  the VM was lost: it reset, powered off, or QEMU ended; the console's last
       lines are shown
  130  interrupted
A command can exit with these numbers too: --result FILE says which it was.

The command starts in /root with nothing on standard input. $OW_GENERATION and
$OW_STATE are those of /sys/kernel/otherworld when it was started (0 and "none"
where there is none). What --copy brings is in /root/copy, the kernel is
/boot/otherworld/vmlinuz, owctl is /usr/sbin/owctl. What the command writes in
the last instant before its kernel dies may be lost.
"""


class Parser(argparse.ArgumentParser):
    """Usage errors end with the launcher's own status, not the command's 2."""

    def error(self, message):
        self.print_usage(sys.stderr)
        self.exit(errors.NOT_STARTED, f"{self.prog}: {message}\n")


def size(text):
    """Type of --mem."""
    try:
        return machine.mebibytes(text)
    except ValueError as error:
        raise argparse.ArgumentTypeError(f"not a size (2G, 512M): {text}") from error


def count(text):
    """Type of options that count something."""
    if not text.isdecimal() or not int(text):
        raise argparse.ArgumentTypeError(f"not a number above 0: {text}")
    return int(text)


def add_machine_options(parser):
    """Options of both run and shell."""
    group = parser.add_argument_group("machine")
    group.add_argument("--mem", type=size, default=2048, metavar="M",
                       help="memory: 2G, 512M (default 2G)")
    group.add_argument("--smp", type=count, default=2, metavar="N", help="CPUs (default 2)")
    group.add_argument("--machine", choices=("q35", "microvm"), default="q35",
                       help="machine type (default q35); microvm has no PCI")
    group.add_argument("--numa", type=count, default=1, metavar="N",
                       help="spread memory and CPUs over N nodes")
    group.add_argument("--cpu", metavar="MODEL",
                       help="QEMU's CPU model; default when emulated: max,la57=off, so "
                       "`--cpu max` is the one with 5-level page tables")
    group.add_argument("--accel", choices=("auto", "tcg", "kvm"), default="auto",
                       help="auto (default): KVM if a test guest ran under it here, else emulation")
    group.add_argument("--uefi", action="store_true", help="boot by UEFI (OVMF)")
    group.add_argument("--watchdog", type=count, nargs="?", const=10, metavar="SECONDS",
                       help="a PCI watchdog that injects an NMI when it was not fed for so long "
                       "(default 10); PID 1 feeds it")
    group.add_argument("--qemu-arg", action="append", default=[], metavar="ARG",
                       help="pass ARG on to QEMU; repeat for more")
    group = parser.add_argument_group("kernel and files")
    group.add_argument("--kernel", type=Path, metavar="BZIMAGE",
                       help="kernel to boot (default: $OTHERWORLD_KERNEL, else the last line of "
                       "kernel/build says where it is)")
    group.add_argument("--append", action="append", default=[], metavar="WORDS",
                       help="add to the kernel command line; may be repeated")
    group.add_argument("--crashkernel", metavar="SIZE",
                       help="reserve for the first crash kernel (default 256M, 512M above 4 GiB "
                       "of memory; `none` for nothing)")
    group.add_argument("--owctl", type=Path, metavar="PATH",
                       help="static owctl to install (default: $OTHERWORLD_OWCTL, else none)")
    group.add_argument("--copy", type=Path, action="append", default=[], metavar="DIR",
                       help="copy DIR's content to /root/copy; may be repeated")
    group.add_argument("--disk-dir", type=Path, metavar="DIR",
                       help="keep the run's disk in DIR/root.img and power the guest off cleanly")
    group = parser.add_argument_group("control")
    group.add_argument("--qmp", metavar="SOCKET", help="also offer QMP at this path")
    group.add_argument("--gdb", metavar="SOCKET", help="offer a gdb stub at this path")
    group.add_argument("--reboots", type=int, default=0, metavar="N",
                       help="permit N cold reboots (default 0: a reset loses the VM)")
    group.add_argument("--verbose", action="store_true", help="show QEMU's command line")


def parser_for():
    """The whole command line's parser."""
    parser = Parser(prog="qemu/vm", description=DESCRIPTION,
                    formatter_class=argparse.RawDescriptionHelpFormatter)
    commands = parser.add_subparsers(dest="action", metavar="run|shell", required=True)
    run = commands.add_parser(
        "run", help="run a command in a VM and return its exit status",
        usage="qemu/vm run [options] -- COMMAND [ARGUMENT...]",
        description="Boots a VM, runs COMMAND in it as root, streams its output, and returns "
        "its exit status.", epilog=EPILOG, formatter_class=argparse.RawDescriptionHelpFormatter)
    add_machine_options(run)
    group = run.add_argument_group("run")
    group.add_argument("--rerun", action="store_true",
                       help="if the kernel dies and the command with it, start it again in the "
                       "next generation")
    group.add_argument("--timeout", type=float, default=0, metavar="S",
                       help="give up after S seconds (default: never)")
    group.add_argument("--timestamps", action="store_true",
                       help="begin every output line with the host's CLOCK_MONOTONIC, in seconds, "
                       "at which it came")
    group.add_argument("--keep-console", type=Path, metavar="FILE",
                       help="keep what the serial console shows")
    group.add_argument("--result", type=Path, metavar="FILE",
                       help="write how the run ended, as JSON")
    run.add_argument("command", nargs="*", help=argparse.SUPPRESS)
    sh = commands.add_parser("shell", help="an interactive console",
                             description="Boots a VM with a shell on its serial console. "
                             "Ctrl-A X ends it.")
    add_machine_options(sh)
    return parser


def default_kernel():
    """The kernel to boot if none is named."""
    if os.environ.get("OTHERWORLD_KERNEL"):
        return Path(os.environ["OTHERWORLD_KERNEL"])
    build = REPOSITORY / "kernel" / "build"
    if not os.access(build, os.X_OK):
        raise LauncherError("no kernel: name one with --kernel or $OTHERWORLD_KERNEL")
    done = subprocess.run([build], stdout=subprocess.PIPE, text=True, check=False)
    if done.returncode or not done.stdout.strip():
        raise LauncherError("kernel/build failed")
    return Path(done.stdout.splitlines()[-1]) / "arch/x86/boot/bzImage"


def check(options):
    """Refuse what cannot work before anything is started."""
    if options.action == "run" and not options.command:
        raise LauncherError("no command: qemu/vm run [options] -- COMMAND")
    options.append = [word for text in options.append for word in text.split()]
    if not shutil.which(accel.QEMU):
        raise LauncherError(f"{accel.QEMU} is not installed; as root: "
                            "apt-get install qemu-system-x86")
    options.kernel = options.kernel or default_kernel()
    if not options.owctl and os.environ.get("OTHERWORLD_OWCTL"):
        options.owctl = Path(os.environ["OTHERWORLD_OWCTL"])
    for what, path in (("kernel", options.kernel), ("owctl", options.owctl)):
        if path and not path.is_file():
            raise LauncherError(f"no such {what}: {path}")
    for path in options.copy:
        if not path.is_dir():
            raise LauncherError(f"--copy: no such directory: {path}")


def act(options, directory):
    """Do what was asked, with a directory for this run's files."""
    with disk.prepare(options, options.disk_dir or directory) as image:
        return act_on(options, directory, image)


def act_on(options, directory, image):
    """The same, with the disk made."""
    if options.action == "shell":
        return shell.run(lambda qmp: show(options, machine.command(
            options, image, directory, None, qmp, shell.words())), image)
    console = options.keep_console or directory / "console"
    # QEMU appends nothing: an old file would be taken for this run's.
    console.write_bytes(b"")
    session = Session(options, console)
    qemu = machine.command(options, image, directory, session.control_child,
                           session.qmp_child, [])
    return session.run(show(options, qemu + ["-serial", f"file:{console}"]), image)


def show(options, command):
    """Tell the command line if wanted."""
    if options.verbose:
        print("qemu/vm:", " ".join(f"'{word}'" if " " in word else word for word in command),
              file=sys.stderr)
    return command


def main():
    """Entry point; returns the exit status."""
    # Being told to end is to be interrupted: the VM has to go too.
    for number in (signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, signal.default_int_handler)
    options = parser_for().parse_args()
    directory = None
    try:
        check(options)
        if options.disk_dir:
            options.disk_dir.mkdir(parents=True, exist_ok=True)
        directory = Path(tempfile.mkdtemp(prefix="otherworld-vm-"))
        return act(options, directory)
    except (LauncherError, OSError) as error:
        print(f"qemu/vm: {error}", file=sys.stderr)
        return errors.NOT_STARTED
    except KeyboardInterrupt:
        return errors.INTERRUPTED
    finally:
        if directory:
            disk.remove(directory)
