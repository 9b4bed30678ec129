# SPDX-License-Identifier: MIT
"""Accelerators that run the machine of a boot, and the choices of a user."""

from __future__ import annotations

from enum import StrEnum


class Name(StrEnum):
    """The accelerators."""

    KVM = "kvm"  # this host's
    NESTED = "nested"  # KVM of a Linux that runs in a machine that TCG emulates
    TCG = "tcg"  # QEMU's emulation
    BOCHS = "bochs"


class Mode(StrEnum):
    """The accelerator choices of a user."""

    AUTO = "auto"  # KVM where it really nests, else TCG
    KVM = "kvm"
    NESTED = "nested"
    TCG = "tcg"
    BOCHS = "bochs"
    ALL = "all"  # every one that is there, and what they did is compared
