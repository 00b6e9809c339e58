# SPDX-License-Identifier: GPL-2.0
"""What the launcher itself says by its exit status, beside the command's own."""

NOT_STARTED = 123   # bad options, no kernel, no QEMU: the VM never ran
TIMEOUT = 124       # --timeout passed
COMMAND_LOST = 125  # the kernel died and the command with it
VM_LOST = 126       # reset, power-off, or QEMU ended: there is no VM any more
INTERRUPTED = 130   # Ctrl-C


class LauncherError(Exception):
    """The VM cannot be started, and this is why."""
