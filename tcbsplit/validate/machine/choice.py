# SPDX-License-Identifier: MIT
"""Choose the accelerator of a boot and give the reason."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from tcbsplit.errors import EnvironmentProblem
from tcbsplit.model.accelerator import Mode, Name
from tcbsplit.model.vocabulary import Virtualization
from tcbsplit.validate.machine.host import Host, obstacle


@dataclass(frozen=True)
class Choice:
    """An accelerator and the reason for it."""

    name: Name
    reason: str


def choose(
    mode: Mode,
    virtualization: Virtualization,
    host: Host,
    ask: Callable[[Name], str] = lambda name: "",
) -> Choice:
    """Return the accelerator for an image that uses ``virtualization`` (svm, vmx or none).

    ``ask`` returns why QEMU does not show the guest that virtualisation under an accelerator
    (empty if it does); it is called for KVM if the host has no other obstacle. Raise
    ``EnvironmentProblem`` if KVM is demanded and not usable.
    """
    if mode not in (Mode.AUTO, Mode.KVM):
        return Choice(Name(mode), "asked for")
    found = obstacle(virtualization, host) or ask(Name.KVM)
    if mode == Mode.KVM:
        if found:
            raise EnvironmentProblem(
                f"KVM was asked for but does not serve: {found}; use auto or another accelerator"
            )
        return Choice(Name.KVM, "asked for, and it serves")
    if found:
        return Choice(Name.TCG, f"KVM does not serve: {found}")
    if virtualization is Virtualization.NONE:
        return Choice(Name.KVM, "/dev/kvm serves")
    need = virtualization.upper()
    return Choice(Name.KVM, f"/dev/kvm serves and nests {need}, QEMU shows it")
