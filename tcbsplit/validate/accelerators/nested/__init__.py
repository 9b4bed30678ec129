"""KVM with nested SVM on any host: in a Linux that runs in a machine that QEMU's TCG emulates.

The inner machine is booted once and saved; each boot goes on from there, hands over its files,
and is talked to through virtio's serial ports. Nothing needs root.
"""

from tcbsplit.validate.accelerators.nested.accelerator import Nested, offered
from tcbsplit.validate.accelerators.nested.snapshot import FOLDER, clear, size

__all__ = ["FOLDER", "Nested", "clear", "offered", "size"]
