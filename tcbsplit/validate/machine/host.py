# SPDX-License-Identifier: MIT
"""Detect whether the host's KVM is usable: it must nest, as the image is a hypervisor.

Detection reads a ``Host``, which can be this machine or a recorded one.
"""

from __future__ import annotations

import fcntl
import os
from dataclasses import dataclass, field
from pathlib import Path

from tcbsplit.model.vocabulary import Virtualization

_KVM_CREATE_VM = 0xAE01  # Linux include/uapi/linux/kvm.h
_MODULES = {Virtualization.SVM: "kvm_amd", Virtualization.VMX: "kvm_intel"}


@dataclass(frozen=True)
class Host:
    """The properties of a host that decide whether KVM is usable."""

    kvm: str  # why /dev/kvm is not usable; empty if it is
    flags: frozenset[str] = frozenset()  # of /proc/cpuinfo
    nested: dict[str, str] = field(default_factory=dict)  # module -> its parameter "nested"


def read_host(root: Path = Path("/")) -> Host:
    """Return the properties of this host (or of its copy below ``root``)."""
    try:
        text = (root / "proc/cpuinfo").read_text(encoding="utf-8", errors="replace")
    except OSError:
        text = ""
    flags = next((line for line in text.splitlines() if line.startswith("flags")), "")
    nested = {}
    for module in _MODULES.values():
        parameter = root / "sys/module" / module / "parameters/nested"
        if parameter.is_file():
            nested[module] = parameter.read_text(encoding="utf-8").strip()
    return Host(
        kvm=_kvm(root / "dev/kvm"), flags=frozenset(flags.partition(":")[2].split()), nested=nested
    )


def _kvm(device: Path) -> str:
    """Make a virtual machine to test the device: in containers it may exist and refuse."""
    try:
        handle = os.open(device, os.O_RDWR | os.O_CLOEXEC)
    except FileNotFoundError:
        return "/dev/kvm is not there"
    except OSError as error:
        return f"/dev/kvm cannot be opened: {error.strerror}"
    try:
        os.close(fcntl.ioctl(handle, _KVM_CREATE_VM, 0))
    except OSError as error:
        return f"/dev/kvm makes no virtual machine: {error.strerror}"
    finally:
        os.close(handle)
    return ""


def obstacle(virtualization: Virtualization, host: Host) -> str:
    """Return why KVM is not usable; empty if it is."""
    if host.kvm or virtualization is Virtualization.NONE:
        return host.kvm
    module = _MODULES[virtualization]
    if virtualization not in host.flags:
        need = virtualization.upper()
        return f"the host's processor shows no {need}, which the image needs nested"
    if module not in host.nested:
        return f"{module} is not loaded, so {virtualization.upper()} cannot nest"
    if host.nested[module] not in ("1", "Y", "y"):
        return f"{module} does not nest (its parameter nested is {host.nested[module]})"
    return ""
