# SPDX-License-Identifier: MIT
"""List all accelerators: KVM, KVM in an emulated machine, QEMU's TCG, Bochs."""

from __future__ import annotations

from pathlib import Path

from tcbsplit.model.accelerator import Name
from tcbsplit.validate.machine.bochs.bochs import Bochs
from tcbsplit.validate.machine.direct import Direct
from tcbsplit.validate.machine.interface import Accelerator
from tcbsplit.validate.machine.nested.nested import Nested
from tcbsplit.validate.machine.nested.snapshot import FOLDER


def accelerators(program: str, cache: Path) -> dict[Name, Accelerator]:
    """Return all accelerators; ``program`` is QEMU, ``cache`` their cache folder."""
    return {
        Name.KVM: Direct(Name.KVM, program),
        Name.NESTED: Nested(cache / FOLDER, program),
        Name.TCG: Direct(Name.TCG, program),
        Name.BOCHS: Bochs(),
    }
