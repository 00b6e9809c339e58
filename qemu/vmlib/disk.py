# SPDX-License-Identifier: GPL-2.0
"""Each run's own copy of the root file system, and what is put into it."""

import hashlib
import os
import shutil
import stat
import subprocess
from pathlib import Path

from .errors import LauncherError

QEMU_DIR = Path(__file__).resolve().parent.parent
PATH = os.environ.get("PATH", "") + ":/usr/sbin:/sbin"


def cache_dir():
    """Where built things are kept; safe to delete."""
    base = os.environ.get("XDG_CACHE_HOME") or os.path.expanduser("~/.cache")
    return Path(base) / "otherworld"


def rootfs():
    """The pristine root image, built if need be (qemu/rootfs says so)."""
    done = subprocess.run([QEMU_DIR / "rootfs"], stdout=subprocess.PIPE, text=True, check=False)
    if done.returncode:
        raise LauncherError("qemu/rootfs failed")
    return Path(done.stdout.splitlines()[-1])


def vm_init():
    """The guest's PID 1, compiled if its sources changed."""
    sources = sorted((QEMU_DIR / "guest").glob("*.[ch]"))
    key = hashlib.sha256(b"".join(p.read_bytes() for p in sources)).hexdigest()[:16]
    binary = cache_dir() / "vm-init" / key
    if binary.exists():
        return binary
    binary.parent.mkdir(parents=True, exist_ok=True)
    temporary = binary.with_suffix(f".{os.getpid()}")
    compiler = os.environ.get("CC", "cc")
    try:
        subprocess.run([compiler, "-static", "-O2", "-s", "-Wall", "-Wextra", "-o", temporary,
                        *(p for p in sources if p.suffix == ".c")], check=True)
    except (OSError, subprocess.CalledProcessError) as error:
        raise LauncherError(f"vm-init does not compile: {error}") from error
    temporary.rename(binary)
    return binary


class Injection:
    """Files to write into an ext4 image from outside, by debugfs.

    No mount is needed, so no root, and it takes a fraction of a second.
    """

    def __init__(self):
        self.commands = []
        self.made = set()

    def directory(self, target, mode=0o755):
        """Make a directory and those above it; existing ones are kept."""
        missing = []
        while target not in ("", "/") and target not in self.made:
            missing.append(target)
            target = os.path.dirname(target)
        for path in reversed(missing):
            self.made.add(path)
            # An existing one is an error message, which apply() ignores.
            self.commands.append(f"mkdir {quote(path)}")
        if missing:
            self.mode(missing[0], stat.S_IFDIR | mode)

    def mode(self, target, mode):
        """Set an inode's type and permissions; its owner is root."""
        for field, value in (("mode", f"0{mode:o}"), ("uid", "0"), ("gid", "0")):
            self.commands.append(f"set_inode_field {quote(target)} {field} {value}")

    def file(self, source, target, mode=None):
        """Put one host file in place, replacing what is there."""
        mode = stat.S_IMODE(os.stat(source).st_mode) if mode is None else mode
        self.directory(os.path.dirname(target))
        self.commands += [f"rm {quote(target)}", f"write {quote(source)} {quote(target)}"]
        self.mode(target, stat.S_IFREG | mode)

    def tree(self, source, target):
        """Put a directory's content in place: directories, files and symbolic links."""
        self.directory(target)
        for folder, directories, files in os.walk(source):
            inside = os.path.normpath(os.path.join(target, os.path.relpath(folder, source)))
            for name in sorted(directories + files):
                path, goal = os.path.join(folder, name), os.path.join(inside, name)
                mode = os.lstat(path).st_mode
                if stat.S_ISLNK(mode):
                    self.commands += [f"rm {quote(goal)}",
                                      f"symlink {quote(goal)} {quote(os.readlink(path))}"]
                elif stat.S_ISDIR(mode):
                    self.directory(goal, stat.S_IMODE(mode))
                elif stat.S_ISREG(mode):
                    self.file(path, goal)

    def apply(self, image):
        """Write it all into the image."""
        done = subprocess.run(["debugfs", "-w", "-f", "-", image], text=True,
                              input="\n".join(self.commands) + "\n",
                              capture_output=True, env={**os.environ, "PATH": PATH}, check=False)
        # debugfs ends with 0 whatever happened, and making what exists or
        # removing what does not is no error here.
        bad = [line for line in done.stderr.splitlines()
               if line and not line.startswith("debugfs ")
               and "already exists" not in line and "File not found by ext2_lookup" not in line]
        if done.returncode or bad:
            raise LauncherError("cannot write into the root image: " + "; ".join(bad[:5]))


def quote(path):
    """A word for debugfs, which splits at white space and knows double quotes."""
    text = str(path)
    if '"' in text or "\n" in text:
        raise LauncherError(f"this name cannot be copied into the guest: {text!r}")
    return f'"{text}"'


def prepare(options, directory):
    """Make this run's root disk in the directory and return it, open.

    Unless it is to be kept it has no name any more: then nothing is left of
    it, whatever becomes of the launcher.
    """
    image = directory / "root.img"
    subprocess.run(["cp", "--sparse=always", "--reflink=auto", rootfs(), image], check=True)
    injection = Injection()
    injection.file(vm_init(), "/usr/lib/otherworld/vm-init", 0o755)
    injection.file(options.kernel, "/boot/otherworld/vmlinuz", 0o644)
    if options.owctl:
        injection.file(options.owctl, "/usr/sbin/owctl", 0o755)
    for source in options.copy:
        injection.tree(source, "/root/copy")
    injection.apply(image)
    disk = image.open("r+b")
    if not options.disk_dir:
        image.unlink()
    return disk


def remove(directory):
    """Throw a run's files away."""
    shutil.rmtree(directory, ignore_errors=True)
