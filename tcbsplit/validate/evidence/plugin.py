# SPDX-License-Identifier: MIT
"""Build the trace plugin for the installed QEMU on demand, and configure it."""

from __future__ import annotations

import hashlib
import os
import re
import shutil
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from tcbsplit import process
from tcbsplit.artifacts import permitted
from tcbsplit.errors import BuildError, EnvironmentProblem

SOURCES = Path(__file__).resolve().parents[2] / "runtime" / "plugin"
WATCH, RECORD = "trace.watch", "trace.bin"
PLUGIN = "trace.so"
_FLAGS = ("-shared", "-fPIC", "-O2", "-std=gnu11", "-Wall", "-Wextra", "-fvisibility=hidden")
_TIMEOUT = 120  # seconds
# First version of QEMU -> version of the plugin interface that it and later ones accept.
_INTERFACES = (((4, 2), 0), ((6, 0), 1), ((8, 2), 2), ((9, 1), 3), ((10, 0), 4))
_CODE = range(4, 33)  # bytes that identify a boundary


@dataclass(frozen=True)
class Place:
    """The start of a phase: machine code, at an address or anywhere."""

    phase: int  # from 1
    code: bytes
    address: int | None = None


@dataclass(frozen=True)
class Watch:
    """The plugin's configuration: ranges (first, end) of virtual addresses, and boundaries.

    With ``polls`` it also checks for phases that the harness begins, which is slower.
    """

    ranges: tuple[tuple[int, int], ...]
    places: tuple[Place, ...]
    polls: bool = False

    def text(self) -> str:
        """Return the file that the plugin reads (runtime/plugin/watch.h)."""
        lines = ["poll"] if self.polls else []
        lines += [f"range {first:x} {end:x}" for first, end in self.ranges]
        for place in self.places:
            if len(place.code) not in _CODE:
                raise BuildError(f"a boundary of {len(place.code)} bytes; needs 4 to 32")
            where = "-" if place.address is None else f"{place.address:x}"
            lines.append(f"boundary {place.phase} {where} {place.code.hex()}")
        return "\n".join([*lines, ""])


def interface(version: str) -> int:
    """Return the plugin interface for the output of ``qemu-system-x86_64 --version``.

    Raise ``EnvironmentProblem`` for a QEMU without one.
    """
    found = re.search(r"version (\d+)\.(\d+)", version)
    number = (int(found[1]), int(found[2])) if found else (0, 0)
    fitting = [api for first, api in _INTERFACES if number >= first]
    if not fitting:
        shown = version.splitlines()[0] if version else "nothing"
        raise EnvironmentProblem(f"trace needs QEMU 4.2 or later; this one says {shown!r}")
    return fitting[-1]


def plugin_for(program: str, cache: Path) -> Path:
    """Return the plugin for ``program``, built into ``cache`` if missing.

    Raise ``EnvironmentProblem`` without a compiler, ``BuildError`` if it does not compile.
    """
    api = interface(process.run([program, "--version"], cwd=Path(), timeout=_TIMEOUT).output)
    sources = sorted(p for p in SOURCES.iterdir() if p.suffix in (".c", ".h"))
    digest = hashlib.sha256(b"\0".join(p.read_bytes() for p in sources)).hexdigest()
    built = cache / f"trace-{digest[:16]}-{api}.so"
    if built.is_file():
        return built
    compiler = next((c for c in ("cc", "gcc", "clang") if shutil.which(c)), None)
    if compiler is None:
        raise EnvironmentProblem("trace builds a plugin of QEMU: no compiler; apt-get install gcc")
    cache.mkdir(parents=True, exist_ok=True)
    handle, name = tempfile.mkstemp(prefix=".trace-", suffix=".so", dir=cache)
    os.close(handle)
    try:
        process.run(
            [compiler, *_FLAGS, f"-DTCBSPLIT_PLUGIN_API={api}", "-o", name,
             *(str(p) for p in sources if p.suffix == ".c"), "-pthread"],
            cwd=cache, timeout=_TIMEOUT,
        )  # fmt: skip
        Path(name).chmod(permitted(0o777))
        Path(name).replace(built)
    finally:
        Path(name).unlink(missing_ok=True)
    return built


def attach(plugin: Path, watch: Watch, folder: Path) -> Sequence[str]:
    """Put plugin and configuration into ``folder``; return QEMU's arguments."""
    (folder / PLUGIN).symlink_to(plugin)
    (folder / WATCH).write_text(watch.text(), encoding="ascii")
    return ["-plugin", f"./{PLUGIN},watch={WATCH},record={RECORD}"]
