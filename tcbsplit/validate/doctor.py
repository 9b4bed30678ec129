# SPDX-License-Identifier: MIT
"""Report what this host has: programs, room, accelerators, and what is missing."""

from __future__ import annotations

from pathlib import Path

from tcbsplit.model.accelerator import Name
from tcbsplit.model.result import Offer
from tcbsplit.model.vocabulary import Virtualization
from tcbsplit.validate.machine import host
from tcbsplit.validate.machine.accelerators import accelerators
from tcbsplit.validate.machine.nested.nested import offered
from tcbsplit.validate.machine.nested.snapshot import FOLDER
from tcbsplit.validate.machine.qemu import PROGRAM
from tcbsplit.validate.prerequisites import needs

__all__ = ["look", "needs"]


def look(cache: Path, program: str = PROGRAM) -> list[Offer]:
    """Return an offer per accelerator; start no machine, download nothing."""
    return [_of(name, cache, program) for name in Name]


def _of(name: Name, cache: Path, program: str) -> Offer:
    accelerator = accelerators(program, cache)[name]
    if absent := accelerator.absence():
        return Offer(name=name, there=False, text=absent)
    if name is Name.KVM:
        return _kvm(host.read_host())
    text = accelerator.describe()
    if name is Name.NESTED:
        text += f"; the inner machine is made of {offered(cache / FOLDER, program)}"
    return Offer(name=name, there=True, text=text)


def _kvm(found: host.Host) -> Offer:
    """Return the offer of KVM, which must nest at least one of SVM and VMX."""
    against = {
        need: host.obstacle(need, found) for need in (Virtualization.SVM, Virtualization.VMX)
    }
    serves = [need.upper() for need, why in against.items() if not why]
    text = f"nests {' and '.join(serves)}" if serves else "; ".join(against.values())
    return Offer(name=Name.KVM, there=bool(serves), text=text)
