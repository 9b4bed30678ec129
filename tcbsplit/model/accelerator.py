# SPDX-License-Identifier: MIT
"""What runs the machine of a boot, and what a user may ask for."""

from __future__ import annotations

from enum import StrEnum


class Name(StrEnum):
    """The accelerators."""

    KVM = "kvm"  # this host's
    NESTED = "nested"  # KVM of a Linux that runs in a machine that TCG emulates
    TCG = "tcg"  # QEMU's emulation
    BOCHS = "bochs"


class Mode(StrEnum):
    """What a user may ask for."""

    AUTO = "auto"  # KVM where it really nests, else TCG
    KVM = "kvm"
    NESTED = "nested"
    TCG = "tcg"
    BOCHS = "bochs"
    ALL = "all"  # every one that is there, and what they did is compared
