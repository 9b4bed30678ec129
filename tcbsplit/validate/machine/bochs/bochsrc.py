# SPDX-License-Identifier: MIT
"""Make Bochs's configuration for a machine.

Bochs runs in the boot's folder, where every file has a simple name. Names that its parser would
change are refused: it splits at commas and expands what follows a dollar sign.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path

from tcbsplit.config.scenario import Scenario
from tcbsplit.errors import EnvironmentProblem
from tcbsplit.model.vocabulary import StartMethod, Virtualization
from tcbsplit.validate.machine.folders import console
from tcbsplit.validate.machine.media import ISO, Payload, disk

CONFIGURATION = "bochsrc"
LOG = "bochs.log"
BIOS, VGA_BIOS = "bios.rom", "vgabios.rom"
MODELS = {
    Virtualization.SVM: "ryzen",
    Virtualization.VMX: "corei7_haswell_4770",
    Virtualization.NONE: "athlon64_venice",
}
MOST_MEMORY = 2048  # MiB; Bochs 2.7, config.cc: host_size
# Instructions per emulated second; serial lines and timers depend on it.
_IPS = 10_000_000
# The same places as in QEMU's machine: the CD-ROM is the master of the second channel.
_PLACES = ("ata0-master", "ata0-slave", "ata1-master", "ata1-slave")
_CDROM = "ata1-master"
_CYLINDER = 16 * 63 * 512  # bytes; the default cylinder of Bochs
_PLAIN = re.compile(r"[A-Za-z0-9/._-]+")
# Where distributions keep the firmware.
_SHARED = ("/usr/share/bochs", "/usr/local/share/bochs")
_BIOS = tuple(f"{folder}/BIOS-bochs-latest" for folder in _SHARED)
_VGA_BIOS = (
    *(f"{folder}/VGABIOS-lgpl-latest{end}" for folder in _SHARED for end in ("", ".bin")),
    "/usr/share/vgabios/vgabios.bin",
)


def firmware(bios: Sequence[str] = _BIOS, vga: Sequence[str] = _VGA_BIOS) -> tuple[Path, Path]:
    """Return BIOS and VGA BIOS; raise ``EnvironmentProblem`` if not found."""
    found = [
        next((Path(p) for p in places if Path(p).is_file()), None) for places in (bios, vga)
    ]  # fmt: skip
    if found[0] is None:
        raise EnvironmentProblem("Bochs's BIOS: not found; install it: apt-get install bochsbios")
    if found[1] is None:
        raise EnvironmentProblem("Bochs's VGA BIOS: not found; install it: apt-get install vgabios")
    return found[0], found[1]


def obstacle(scenario: Scenario) -> str:
    """Return why Bochs cannot be configured for a scenario, or empty."""
    disks = len(_free(scenario.start))
    if scenario.machine.memory > MOST_MEMORY:
        return f"Bochs gives a machine at most {MOST_MEMORY} MiB of memory"
    if len(scenario.disks) > disks:
        beside = " beside GRUB's" if disks < len(_PLACES) else ""
        return f"Bochs's machine has room for {disks} disks{beside}"
    return ""


def text(load: Payload, sizes: Sequence[int]) -> str:
    """Return the configuration of a boot; ``sizes`` (bytes) of its disks.

    Serial lines go to files beside the record, for a boot by hand; ``serial`` overrides that.
    """
    scenario = load.scenario
    machine = scenario.machine
    lines = [
        "# If Bochs shows a prompt (<bochs:1>), it is its debugger: type c. To type on a serial",
        "# port, give as a last argument 'com1: enabled=1, mode=term, dev=TERMINAL'.",
        "config_interface: textconfig",
        "display_library: term, options=hideIPS",
        f"cpu: model={MODELS[machine.virtualization]}, count={machine.processors}, ips={_IPS}, "
        "reset_on_triple_fault=1",
        f"memory: guest={machine.memory}, host={machine.memory}",
        f"romimage: file={BIOS}",
        f"vgaromimage: file={VGA_BIOS}",
        *_drives(scenario.start, sizes),
        f"boot: {'cdrom' if scenario.start is StartMethod.GRUB else 'disk'}",
        "sound: driver=dummy",
        "speaker: enabled=1, mode=none",
        f"log: {LOG}",
        "panic: action=fatal",
        "error: action=report",
        "info: action=report",
        "debug: action=ignore",
    ]
    lines += [
        f"com{number}: enabled=1, mode=file, dev=again-{console(number)}"
        for number in range(1, len(scenario.ports) + 2)
    ]
    return "\n".join([*lines, ""])


def serial(number: int, device: str) -> str:
    """Return the option that connects serial port ``number`` (from 1) to terminal ``device``."""
    if not _PLAIN.fullmatch(device):
        raise EnvironmentProblem(f"{device!r}: Bochs's configuration cannot hold such a name")
    return f"com{number}: enabled=1, mode=term, dev={device}"


def _free(start: StartMethod) -> tuple[str, ...]:
    """Return the places for disks; GRUB, used by every start but ``disk``, needs the CD-ROM."""
    return tuple(place for place in _PLACES if start is StartMethod.DISK or place != _CDROM)


def _drives(start: StartMethod, sizes: Sequence[int]) -> list[str]:
    lines = ["ata0: enabled=1, ioaddr1=0x1f0, ioaddr2=0x3f0, irq=14",
             "ata1: enabled=1, ioaddr1=0x170, ioaddr2=0x370, irq=15"]  # fmt: skip
    for number, (place, size) in enumerate(zip(_free(start), sizes, strict=False)):
        lines.append(f"{place}: type=disk, mode=flat, path={disk(number)}{_shape(size)}")
    if start is StartMethod.GRUB:
        lines.append(f"{_CDROM}: type=cdrom, path={ISO}, status=inserted")
    return lines


def _shape(size: int) -> str:
    """Return the geometry of a small disk, to which Bochs itself would give no cylinder."""
    return "" if size >= _CYLINDER else f", cylinders={max(size // 512, 1)}, heads=1, spt=1"
