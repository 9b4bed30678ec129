# SPDX-License-Identifier: MIT
"""Whether a host's KVM serves: only where it nests, as the image under test is a hypervisor.

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
    """What matters of a machine."""

    kvm: str  # why /dev/kvm does not serve; empty if it does
    flags: frozenset[str] = frozenset()  # of /proc/cpuinfo
    nested: dict[str, str] = field(default_factory=dict)  # module -> its parameter "nested"


def read_host(root: Path = Path("/")) -> Host:
    """Return what the machine (or its copy below ``root``) has."""
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
    """Try the device for real: it can be there and refuse, in containers for instance."""
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
    """Why KVM does not serve; empty if it does."""
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
