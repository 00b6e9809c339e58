# SPDX-License-Identifier: GPL-2.0
"""The VM launcher's parts; qemu/vm is the command."""
