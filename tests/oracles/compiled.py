# SPDX-License-Identifier: MIT
"""Compiles and runs random programs and their halves. Starting compilers takes most of the time."""

from __future__ import annotations

import atexit
import hashlib
import json
import re
import shutil
import subprocess
import tempfile
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple

from tcbsplit.model.vocabulary import Style
from tcbsplit.validate.build.image import symbol_offset

Part = tuple[Path, tuple[str, ...]]  # a source and flags of its own
_HOSTED = {"start", "memory", "fault"}  # of a guest on bare hardware: the host has its own
_SAME = {"sha256", "send", "receive", "give", "wipe", "inputs"}  # glue without sizes or tables
INCLUDED = "include"  # the folder with csmith's header, beside the tree


class Ran(NamedTuple):
    """What a program returned and printed, and its messages."""

    status: int
    output: bytes
    messages: str


def linked(folder: Path, out: Path, style: Style) -> Path:
    """Both halves in one executable; the guest's names are its own."""
    macros = ("-DTCBSPLIT_THIN", "-DTCBSPLIT_GUEST") if style is Style.GUARD else ("-w", "-w")
    commands = json.loads((out / "manifest.json").read_text())["commands"]
    glue = out / "guest/tcbsplit"
    guest = folder / "guest.o"
    objects, parts = _glued(folder, "guest", glue, macros[1])
    parts += _parts(out / "guest/src", commands["guest"], macros[1])
    built(guest, glue, parts, "-r", "-nostdlib", *objects)
    subprocess.run(["objcopy", "--keep-global-symbol=guest_start", guest], check=True)
    glue = out / "thin/glue"
    objects, parts = _glued(folder, "thin", glue, macros[0])
    parts += _parts(out / "thin", commands["thin"], macros[0])
    image = built(folder / "halves", glue, parts, str(guest), *objects)
    content = bytearray(image.read_bytes())
    at = symbol_offset(image, "tcbsplit_guest_digest", 32)
    content[at : at + 32] = hashlib.sha256(b"guest").digest()
    image.write_bytes(content)
    return image


def _parts(root: Path, commands: list[dict[str, Any]], macro: str) -> list[Part]:
    return [
        (root / c["file"], (*(a for a in c["arguments"] if a.startswith("-D")), macro))
        for c in commands
        if not c["file"].startswith("glue/")
    ]


def _glued(folder: Path, name: str, glue: Path, macro: str) -> tuple[list[str], list[Part]]:
    """Return objects of glue that is the same for many programs, and a source of the rest."""
    sources = {p.stem: p for p in sorted(glue.glob("*.c")) if p.stem not in _HOSTED}
    objects = [str(_kept(sources.pop(n), macro)) for n in sorted(_SAME & sources.keys())]
    every = folder / f"{name}_glue.c"
    every.write_text("".join(f'#include "{source}"\n' for source in sources.values()))
    return objects, [(every, (macro,))]


def _kept(source: Path, macro: str) -> Path:
    """Compile a source of the glue, or take its object if all that it includes is the same."""
    texts: dict[Path, bytes] = {}
    work = [source]
    while work:
        at = work.pop()
        texts[at] = at.read_bytes()
        named = (at.parent / n.decode() for n in re.findall(rb'#include "(.*)"', texts[at]))
        work += [n for n in named if n not in texts]
    content = repr((macro, sorted((p.name, t) for p, t in texts.items())))
    output = kept_folder() / f"{hashlib.sha256(content.encode()).hexdigest()}.o"
    if not output.exists():
        subprocess.run(["gcc", "-w", "-O0", macro, "-c", "-o", output, source], check=True)
    return output


@cache
def kept_folder() -> Path:
    """Return a folder for objects that lasts as long as this process."""
    folder = Path(tempfile.mkdtemp(prefix="tcbsplit-objects-"))
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    return folder


def built(output: Path, include: Path, parts: list[Part], *flags: str) -> Path:
    """Compile each part with flags of its own, and link them."""
    objects = []
    for number, (source, own) in enumerate(parts):
        objects.append(output.with_name(f"{output.name}_{number}.o"))
        compiled(include, objects[-1], [source], *own, "-c")
    return compiled(include, output, objects, *flags)


def compiled(include: Path, output: Path, sources: list[Path], *flags: str) -> Path:
    """Let gcc make ``output``, which lies beside the folder with csmith's header."""
    header = f"-I{output.parent / INCLUDED}"
    subprocess.run(
        ["gcc", "-w", "-O0", header, f"-I{include}", *flags, "-o", output, *sources], check=True
    )
    return output


def run(program: Path, seconds: float) -> Ran | None:
    """Return what a program did, or None if it takes longer."""
    try:
        done = subprocess.run([program, "1"], capture_output=True, timeout=seconds)
    except subprocess.TimeoutExpired:
        return None
    return Ran(done.returncode, done.stdout, done.stderr.decode(errors="replace"))
