# SPDX-License-Identifier: MIT
"""Put all files that a machine boots from into one folder, under simple names.

QEMU runs in that folder, so that spaces and commas of other paths cannot reach its options.
"""

from __future__ import annotations

import hashlib
import re
import shutil
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from tcbsplit import process
from tcbsplit.config.placeholders import fill
from tcbsplit.config.scenario import UNDER_TEST, Boundary, Disk, Scenario
from tcbsplit.errors import EnvironmentProblem, SourceError
from tcbsplit.model.vocabulary import Firmware, StartMethod
from tcbsplit.validate.build.image import seal

KERNEL = "image.elf"
_PLAIN = re.compile(r"[\w./=:,+-]+", re.ASCII)  # no quotes are needed in GRUB's script
ISO = "boot.iso"
UEFI = "uefi"
FIRMWARE, VARIABLES = "firmware.fd", "variables.fd"
_ISO_TIMEOUT = 120  # seconds
_MULTIBOOT = b"\x02\xb0\xad\x1b"  # its magic; Multiboot Specification version 0.6.96, 3.1.1
_MULTIBOOT2 = b"\xd6\x50\x52\xe8"  # Multiboot2 Specification version 2.0, 3.1.1
_HEADER_WITHIN = {_MULTIBOOT: 8192, _MULTIBOOT2: 32768}  # bytes of the image; the same places
# Where distributions keep OVMF: (code, variables).
_OVMF = (
    ("/usr/share/OVMF/OVMF_CODE.fd", "/usr/share/OVMF/OVMF_VARS.fd"),
    ("/usr/share/OVMF/OVMF_CODE_4M.fd", "/usr/share/OVMF/OVMF_VARS_4M.fd"),
    ("/usr/share/edk2/ovmf/OVMF_CODE.fd", "/usr/share/edk2/ovmf/OVMF_VARS.fd"),
    ("/usr/share/edk2/x64/OVMF_CODE.4m.fd", "/usr/share/edk2/x64/OVMF_VARS.4m.fd"),
)


@dataclass(frozen=True)
class Payload:
    """The files of a scenario on one build: absolute paths, placeholders filled."""

    scenario: Scenario
    kernel: Path
    image: Path  # under test: the kernel, or what it was made from
    command_line: str
    modules: tuple[tuple[str, Path], ...]  # (name and arguments, file)
    files: Mapping[str, Path]  # name on the ISO, or in the folder of the firmware's shell -> file
    script: tuple[str, ...]
    disks: tuple[tuple[Disk, Path], ...]
    peers: tuple[tuple[str, tuple[str, ...]], ...]  # (address, command)
    sealed: Path | None  # the guest whose digest is written into the image
    boundaries: tuple[tuple[Boundary, Path | None], ...]  # with the file that each names


def payload(scenario: Scenario, build: str, base: Path, places: Mapping[str, str]) -> Payload:
    """Fill the placeholders of a scenario on a build; relative paths start at ``base``."""
    scenario = scenario.on(build)

    def path(text: str) -> Path:
        return base / fill(text, places)

    peers = scenario.network.peers if scenario.network else ()
    sealed = build == "split" and scenario.seal
    return Payload(
        scenario=scenario,
        kernel=path(scenario.kernel),
        image=path(UNDER_TEST),
        command_line=fill(scenario.command_line, places),
        modules=tuple(
            (f"{m.name} {fill(m.arguments, places)}".strip(), path(m.file))
            for m in scenario.modules
        ),
        files={name: path(file) for name, file in scenario.files.items()},
        script=tuple(fill(line, places) for line in scenario.script),
        disks=tuple((d, path(d.file)) for d in scenario.disks),
        peers=tuple((p.address, tuple(fill(w, places) for w in p.command)) for p in peers),
        sealed=path(scenario.seal) if sealed else None,
        boundaries=tuple(
            (b, path(b.entry or b.linux) if b.entry or b.linux else None)
            for b in scenario.boundaries
        ),
    )


def prepare(folder: Path, load: Payload) -> None:
    """Put the machine's files into ``folder``, which is new and empty.

    Image and disks are copied: the image is sealed, the guest writes to the disks. Raise
    ``SourceError`` if a file is missing or not an image, ``BuildError`` if the image cannot be
    sealed, ``EnvironmentProblem`` if GRUB or OVMF is needed and missing.
    """
    start = load.scenario.start
    kernel = [load.kernel] if start in (StartMethod.KERNEL, StartMethod.GRUB) else []
    wanted = [*kernel, *(p for _, p in load.modules), *load.files.values()]
    for path in (*wanted, *(p for _, p in load.disks)):
        if not path.is_file():
            raise SourceError(f"{path}: is needed for the boot and not there; run the build first")
    if kernel:
        shutil.copy(load.kernel, folder / KERNEL)
        _check_image((folder / KERNEL).read_bytes(), load)
        if load.sealed is not None:
            seal(folder / KERNEL, load.sealed)
    for number, (_, path) in enumerate(load.modules):
        (folder / module(number)).symlink_to(path)
    for number, (_, path) in enumerate(load.disks):
        shutil.copyfile(path, folder / disk(number))
    if start is StartMethod.GRUB:
        _iso(folder, load)
    if start is StartMethod.UEFI:
        _uefi(folder, load)
    if load.scenario.machine.firmware is Firmware.OVMF:
        code, variables = ovmf()
        (folder / FIRMWARE).symlink_to(code)
        shutil.copyfile(variables, folder / VARIABLES)


def module(number: int) -> str:
    """Return the name of a module in the folder."""
    return f"module{number}"


def disk(number: int) -> str:
    """Return the name of a disk in the folder."""
    return f"disk{number or ''}.img"


def ovmf(places: Sequence[tuple[str, str]] = _OVMF) -> tuple[Path, Path]:
    """Return OVMF's files (code, variables); raise ``EnvironmentProblem`` if not found."""
    for code, variables in places:
        if Path(code).is_file() and Path(variables).is_file():
            return Path(code), Path(variables)
    raise EnvironmentProblem("firmware ovmf: not found; install it: apt-get install ovmf")


def grub_cfg(
    image: bytes, names: Sequence[str], script: Sequence[str], command_line: str = ""
) -> str:
    """Return GRUB's configuration: script, image (Multiboot 1 or 2), modules."""
    two = "2" if _has(image, _MULTIBOOT2) else ""
    lines = ["set timeout=0", *script, f"multiboot{two} {_words(f'/boot/{KERNEL}', command_line)}"]
    lines += [f"module{two} {_words(f'/boot/{module(n)}', name)}" for n, name in enumerate(names)]
    return "\n".join([*lines, "boot", ""])


def _words(file: str, arguments: str) -> str:
    """Return a file and its arguments as GRUB reads them: no variable, no end of the command."""
    return " ".join(w if _PLAIN.fullmatch(w) else f"'{w}'" for w in [file, *arguments.split()])


def _has(image: bytes, magic: bytes) -> bool:
    return magic in image[: _HEADER_WITHIN[magic]]


def _check_image(image: bytes, load: Payload) -> None:
    """Raise ``SourceError`` for an image format that the loader does not know.

    QEMU enters any unknown file as an old Linux kernel: the machine would only be silent.
    """
    if load.scenario.start is StartMethod.GRUB:
        kinds, known = "multiboot", _has(image, _MULTIBOOT) or _has(image, _MULTIBOOT2)
    else:
        linux = image[0x202:0x206] == b"HdrS"  # Linux, Documentation/arch/x86/boot.rst
        kinds = "multiboot, ELF or Linux"
        known = image[:4] == b"\x7fELF" or linux or _has(image, _MULTIBOOT)
    if not known:
        raise SourceError(f"{load.kernel}: is no {kinds} image")


def _iso(folder: Path, load: Payload) -> None:
    for program, package in (("grub-mkrescue", "grub-common grub-pc-bin"), ("xorriso", "xorriso")):
        if shutil.which(program) is None:
            raise EnvironmentProblem(
                f"{program}: not found; install it: apt-get install {package} mtools"
            )
    tree = folder / "iso"
    (tree / "boot/grub").mkdir(parents=True)
    shutil.copy(folder / KERNEL, tree / "boot" / KERNEL)
    for number in range(len(load.modules)):
        shutil.copy(folder / module(number), tree / "boot" / module(number))
    _place(tree, load.files)
    content = (folder / KERNEL).read_bytes()
    cfg = grub_cfg(content, [n for n, _ in load.modules], load.script, load.command_line)
    (tree / "boot/grub/grub.cfg").write_text(cfg, encoding="utf-8")
    process.run(
        # All GRUB modules; no translations, fonts and themes, which would be most of the image.
        ["grub-mkrescue", "-o", ISO, "--locales=", "--fonts=", "--themes=", "iso"],
        cwd=folder, timeout=_ISO_TIMEOUT, log=folder / "grub-mkrescue.log",
    )  # fmt: skip
    shutil.rmtree(tree)


def _uefi(folder: Path, load: Payload) -> None:
    tree = folder / UEFI
    tree.mkdir()
    _place(tree, load.files)
    text = "\r\n".join([*load.script, ""])
    (tree / "startup.nsh").write_text(text, encoding="utf-8", newline="")


def _place(tree: Path, files: Mapping[str, Path]) -> None:
    for name, path in files.items():
        place = tree / name
        place.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(path, place)


def digest(path: Path) -> str:
    """Return the SHA-256 of a file, in hexadecimal."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
