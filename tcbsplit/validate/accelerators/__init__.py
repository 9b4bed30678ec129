"""What runs the machine of a boot: KVM, KVM in an emulated machine, QEMU's TCG, Bochs."""

from pathlib import Path

from tcbsplit.model.accelerator import Name
from tcbsplit.validate.accelerators.base import (
    LAUNCHES,
    Abilities,
    Accelerator,
    Boot,
    Last,
    Line,
    Started,
    lacks,
)
from tcbsplit.validate.accelerators.bochs import Bochs
from tcbsplit.validate.accelerators.choice import Choice, choose
from tcbsplit.validate.accelerators.direct import Direct
from tcbsplit.validate.accelerators.host import Host, read_host
from tcbsplit.validate.accelerators.nested import FOLDER, Nested
from tcbsplit.validate.accelerators.qemu import PROGRAM

__all__ = [
    "LAUNCHES",
    "PROGRAM",
    "Abilities",
    "Accelerator",
    "Boot",
    "Choice",
    "Direct",
    "Host",
    "Last",
    "Line",
    "Started",
    "accelerators",
    "choose",
    "lacks",
    "read_host",
]


def accelerators(program: str, cache: Path) -> dict[Name, Accelerator]:
    """Return all accelerators; ``program`` is QEMU, ``cache`` the folder of what they keep."""
    return {
        Name.KVM: Direct(Name.KVM, program),
        Name.NESTED: Nested(cache / FOLDER, program),
        Name.TCG: Direct(Name.TCG, program),
        Name.BOCHS: Bochs(),
    }
