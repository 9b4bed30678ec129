# SPDX-License-Identifier: MIT
"""minivisor's own rules: who may include whom, headers that stand alone, all compilers."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path

import pytest

from tests.support.minivisor import Minivisor

MINIVISOR = Path(__file__).resolve().parent.parent.parent / "corpora/minivisor"

# Folder -> prefixes that its files may include (without the compiler's own headers).
MAY_INCLUDE = {
    "boot": ("boot/", "hv/", "abi/", "lib/"),
    "core": ("core/", "hv/", "abi/", "lib/"),
    "arch": ("arch/", "hv/", "abi/", "lib/"),
    "services": ("services/", "hv/", "lib/"),
    "guard": ("guard/", "hv/", "lib/"),
    "pass": ("pass/", "hv/", "lib/types.h", "lib/errno.h"),
    "lib": ("lib/",),
    "include/hv": ("hv/", "lib/types.h"),
    "include/abi": (),
    "guest": ("guest/", "abi/", "lib/types.h", "lib/string.h", "lib/errno.h", "lib/port.h"),
}
COMPILER = {"stdarg.h", "stdbool.h", "stddef.h", "stdint.h"}
# The architecture's interface is not for services.
NOT_FOR_SERVICES = {"hv/cpu_ops.h"}


def sources() -> list[Path]:
    return sorted(
        p
        for p in MINIVISOR.rglob("*.[chS]")
        if "build" not in p.relative_to(MINIVISOR).parts
        and not str(p.relative_to(MINIVISOR)).startswith("tests/")
    )


def folder_of(path: str) -> str:
    return next(f for f in sorted(MAY_INCLUDE, key=len, reverse=True) if path.startswith(f + "/"))


def test_include_rule() -> None:
    assert len(sources()) > 60
    wrong = []
    for source in sources():
        path = str(source.relative_to(MINIVISOR))
        allowed = MAY_INCLUDE[folder_of(path)]
        for name in re.findall(r'^#\s*include\s+[<"]([^>"]+)[>"]', source.read_text(), re.M):
            services = path.startswith("services/") and name in NOT_FOR_SERVICES
            if services or (name not in COMPILER and not name.startswith(allowed)):
                wrong.append(f"{path}: {name}")
    assert not wrong


@pytest.mark.parametrize(
    "header",
    [p for p in sources() if p.suffix == ".h"],
    ids=lambda p: str(p.relative_to(MINIVISOR)),
)
def test_headers_stand_alone(header: Path) -> None:
    flags = ["-std=gnu11", "-ffreestanding", "-Wall", "-Wextra", "-Werror", "-fsyntax-only"]
    roots = [f"-I{MINIVISOR}", f"-I{MINIVISOR}/include"]
    subprocess.run(["gcc", *flags, *roots, "-x", "c", header], check=True)


@pytest.mark.parametrize("optimise", ["-O0", "-O2"])
@pytest.mark.parametrize("compiler", ["gcc", "clang"])
def test_builds_with(compiler: str, optimise: str, minivisor: Minivisor) -> None:
    tree = minivisor.original(compiler, optimise)
    assert (tree / "minivisor.elf").is_file()
    assert (tree / "guest/target/target.elf").is_file()
    words = (tree.parent / "build.log").read_text()
    assert f"{compiler} " in words
    assert f" {optimise} -c " in words
