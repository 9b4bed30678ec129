# SPDX-License-Identifier: MIT
"""A bare guest with two images, one for multiboot and one for UEFI firmware: the same work."""

from __future__ import annotations

import re
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest

from tcbsplit.config.load import load
from tcbsplit.config.scenario import Machine, Typed
from tcbsplit.errors import ConfigError, EnvironmentProblem
from tcbsplit.model.vocabulary import Firmware, StartMethod, Virtualization
from tcbsplit.pipeline.analyze import analyze
from tcbsplit.pipeline.split import split
from tcbsplit.pipeline.workspace import Workspace
from tcbsplit.validate.boot import boot
from tcbsplit.validate.machine.media import ovmf
from tests.support.boots import wanted
from tests.support.programs import real
from tests.support.tiny import host_blob

PARTS = Path(__file__).parent / "two_images"
FLAGS = "[-ffreestanding, -fno-pic, -fno-stack-protector, -mgeneral-regs-only, -mno-red-zone]"
IMAGES = "images: {elf: elf.c, efi: efi.c}"


def configured(tiny: Path, images: str = IMAGES, more: str = "") -> Path:
    """The small host program's configuration with a guest of two images; missing files stay so."""
    for part in PARTS.iterdir():
        shutil.copy(part, tiny / (part.name if part.stem != "guest" else "two.c"))
    text = (tiny / "tiny.yaml").read_text()
    config = tiny / "two.yaml"
    config.write_text(
        text.replace(
            "adapter: guest.c",
            f"adapter: two.c\n    {images}\n    flags: {FLAGS}\n    address: 0x2000000{more}",
        )
    )
    return config


def guest_tree(tiny: Path, tmp_path: Path) -> Path:
    settings = load(configured(tiny), compdb=tiny / "compile_commands.json")
    space = Workspace(tmp_path / "artifacts")
    analyze(settings, space)
    split(settings, space, tmp_path / "split")
    return tmp_path / "split/guest"


def make(guest: Path, compiler: str = "gcc") -> None:
    done = subprocess.run(
        ["make", f"CC={compiler}"], cwd=guest, capture_output=True, text=True, check=True
    )
    assert "warning" not in done.stderr


def blob_of(log: str) -> bytes:
    found = re.search(r"BLOB ([0-9a-f\s]+) END", log)
    assert found, log
    return bytes.fromhex(found[1])


@pytest.mark.parametrize("compiler", ["gcc", "clang"])
def test_both_images_are_made(tiny: Path, tmp_path: Path, compiler: str) -> None:
    guest = guest_tree(tiny, tmp_path)
    make(guest, compiler)
    image = (guest / "guest.efi").read_bytes()
    assert image[:2] == b"MZ"
    told = subprocess.run(
        ["objdump", "-x", "guest.efi"], cwd=guest, capture_output=True, text=True, check=True
    ).stdout
    assert "file format pei-x86-64" in told
    assert "relocations stripped" in told
    assert re.search(r"Subsystem\s+0000000a", told)  # an application of EFI
    assert re.search(r"ImageBase\s+0*2000000$", told, re.MULTILINE)
    assert re.findall(r"^ *\d (\S+)", told, re.MULTILINE) == [".text", ".data"]
    # What one image has of its own is not in the other.
    for name, other in (("guest.elf", "tcbsplit_efi_put"), ("guest.efi", "tcbsplit_start")):
        symbols = subprocess.run(
            ["nm", f"build/{name}.64"], cwd=guest, capture_output=True, text=True, check=True
        ).stdout
        assert f" {other}\n" not in symbols


@pytest.mark.timeout(300)
def test_either_hands_over_the_same(
    tiny: Path, tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    expected = host_blob(tiny, tmp_path)
    guest = guest_tree(tiny, tmp_path / "two")
    make(guest)
    place = request.getfixturevalue("bench")
    more: dict[str, Any] = {"type": (Typed(after="name? ", line="Ada"),), "within": 120}
    (result,) = boot(
        {"elf": wanted("hello Ada, input 7", "guest ends", exit=33, **more)},
        real(place, guest / "guest.elf"),
    )
    assert (result.verdict, result.cause) == ("pass", "")
    assert blob_of(Path(result.log).read_text()) == expected
    try:
        ovmf()
    except EnvironmentProblem as problem:
        pytest.skip(f"the image for multiboot was tried; the other not: {problem}")
    (place.base / "input").write_text("42")
    scenario = wanted(
        "hello Ada, input 42", "guest ends", "the shell goes on", start=StartMethod.UEFI,
        machine=Machine(firmware=Firmware.OVMF, virtualization=Virtualization.NONE),
        files={"guest.efi": str(guest / "guest.efi"), "input": "input"},
        script=("@echo -off", "fs0:", "guest.efi", "echo the shell goes on", "reset -s"), **more,
    )  # fmt: skip
    (result,) = boot({"efi": scenario}, real(place, guest / "guest.efi"))
    assert (result.verdict, result.cause) == ("pass", "")
    assert blob_of(Path(result.log).read_text(errors="replace")) == expected


@pytest.mark.parametrize(
    ("images", "more", "wrong"),
    [
        ("images: {elf: elf.c, efi: eif.c}", "", r"images: efi: .*eif\.c: no such file"),
        ("images: {efi: efi.c}", "", "images: needs elf, the image that is always made"),
        (IMAGES, "\n    environment: linux", "images: has no meaning with environment: linux"),
    ],
)
def test_wrong_images_are_refused(tiny: Path, images: str, more: str, wrong: str) -> None:
    with pytest.raises(ConfigError, match=wrong):
        load(configured(tiny, images, more))
