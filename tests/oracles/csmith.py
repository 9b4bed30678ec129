# SPDX-License-Identifier: MIT
"""Random programs, randomly divided: both halves in one executable do what the whole did.

A program of csmith gets entries: functions that its ``main`` calls first, and that call some of
its own functions with constants. The entries and what only they need become preprocessing. The
emitted halves are linked into one executable; the handoff is a direct call.
"""

from __future__ import annotations

import hashlib
import json
import random
import re
import subprocess
from pathlib import Path
from typing import NamedTuple

from tcbsplit.config.load import load
from tcbsplit.errors import HandoffError
from tcbsplit.model.edit import Emission
from tcbsplit.model.vocabulary import Style
from tcbsplit.pipeline.analyze import analyze as run_analyze
from tcbsplit.pipeline.split import split as run_split
from tcbsplit.pipeline.workspace import Workspace
from tcbsplit.validate.build.image import symbol_offset
from tests.support.reading import IN_PROCESS

HALVES = Path(__file__).resolve().parent / "halves"
INCLUDE = "-I/usr/include/csmith"
# Options of csmith, and seconds: a program that runs longer is none of ours, it may run forever.
SMALL = ("--max-funcs 5 --max-block-size 2 --max-expr-complexity 4", 0.3)
LARGE = ("--max-funcs 8 --max-block-size 3 --max-expr-complexity 6", 1.0)
PATIENCE = 20  # seconds for the halves of one that does not, on a busy machine
_PROTOTYPE = re.compile(r"^static (?:inline )?[^;{=]*?\b(func_\d+)\(([^;{]*)\);$", re.MULTILINE)
_CONFIG = """\
version: 1
name: random
source: tree
image: random
roots: {{boot: [main]}}
preprocess: [{entries}]
cuts:
{cuts}
split:
  glue: {{adapter: {halves}/thin.c, folder: glue, list: {{file: list, after: list, text: glue}}}}
  guest: {{adapter: {halves}/guest.c, entries: [{entries}]}}
"""


class Outcome(NamedTuple):
    """What became of one program: ``same``, ``discarded``, ``refused``, or what went wrong."""

    seed: int
    verdict: str
    detail: str = ""


def round_trip(seed: int, folder: Path, size: tuple[str, float] = SMALL) -> Outcome:
    """Generate, divide, link and run the program of ``seed`` in ``folder``."""
    options, seconds = size
    dice = random.Random(seed)
    text, entries = _program(seed, dice, options)
    if not entries:
        return Outcome(seed, "discarded", "no function to call first")
    tree = folder / "tree"
    tree.mkdir()
    (tree / "main.c").write_text(text)
    (tree / "list").write_text("list\n")
    expected = _run(_compiled(tree, folder / "whole", [tree / "main.c"]), seconds)
    if expected is None:
        return Outcome(seed, "discarded", f"runs longer than {seconds} s")
    style = dice.choice(list(Style))
    try:
        out = _divided(folder, tree, entries, style)
    except HandoffError as error:
        return Outcome(seed, "refused", str(error))
    found = _run(_linked(folder, out, style), PATIENCE)
    return Outcome(seed, "same" if found == expected else "different", f"{style}: {folder}")


def _program(seed: int, dice: random.Random, options: str) -> tuple[str, list[str]]:
    text = subprocess.run(
        ["csmith", "--seed", str(seed), "--concise", "--no-pointers", *options.split()],
        capture_output=True, text=True, check=True, cwd="/tmp",
    ).stdout  # fmt: skip
    functions = dict(_PROTOTYPE.findall(text))
    functions.pop("func_1", None)
    if not functions:
        return text, []
    chosen = dice.sample(sorted(functions), min(len(functions), dice.randint(1, 3)))
    entries, calls, bodies = [], "", ""
    for number, function in enumerate(chosen):
        name = f"entry_{number}"
        arguments = ", ".join(_argument(p, dice) for p in _parameters(functions[function]))
        bodies += (
            f"int {name} (void);\nint {name} (void)\n"
            f"{{\n\t{function}({arguments});\n\treturn {dice.randint(0, 99)};\n}}\n\n"
        )
        calls += f'    transparent_crc({name}(), "{name}", print_hash_value);\n'
        entries.append(name)
    before, main, after = text.partition("int main (")
    if not main:
        before, main, after = text.partition("int main(")
    after = after.replace("crc32_gentab();\n", "crc32_gentab();\n" + calls, 1)
    return before + bodies + main + after, entries


def _parameters(text: str) -> list[str]:
    return [] if text.strip() == "void" else [p.strip() for p in text.split(",")]


def _argument(parameter: str, dice: random.Random) -> str:
    type_ = re.sub(r"\bp_\d+$", "", parameter).strip().removeprefix("const ")
    if "*" in type_:
        return f"&({type_.rpartition('*')[0].strip()}){{0}}"
    if type_.startswith(("struct", "union")):
        return f"({type_}){{0}}"
    return str(dice.randint(-99, 99))


def _divided(folder: Path, tree: Path, entries: list[str], style: Style) -> Path:
    cuts = "".join(
        f"  - {{caller: main, callee: {e}, policy: handoff, reason: it runs first}}\n"
        for e in entries
    )
    config = folder / "random.yaml"
    config.write_text(_CONFIG.format(entries=", ".join(entries), cuts=cuts, halves=HALVES))
    database = folder / "cc.json"
    command = {"directory": str(tree), "file": "main.c", "arguments": ["cc", INCLUDE, "main.c"]}
    database.write_text(json.dumps([command]))
    settings = load(config, compdb=database)
    space = Workspace(folder / "artifacts")
    run_analyze(settings, space, how=IN_PROCESS)
    emission = Emission(style=Style(style))
    run_split(settings, space, folder / "split", how=IN_PROCESS, emission=emission)
    return folder / "split"


def _linked(folder: Path, out: Path, style: Style) -> Path:
    """Both halves in one executable; the guest's names are its own."""
    macros = ("-DTCBSPLIT_THIN", "-DTCBSPLIT_GUEST") if style is Style.GUARD else ("-w", "-w")
    glue = out / "guest/tcbsplit"
    names = ("guest_main", "send", "sha256", "table", "returns", "entries", "adapter")
    guest = folder / "guest.o"
    glued = _together(glue, [f"{n}.c" for n in names])
    _compiled(glue, guest, [glued, out / "guest/src/main.c"], macros[1], "-r", "-nostdlib")
    subprocess.run(["objcopy", "--keep-global-symbol=guest_start", guest], check=True)
    thin = out / "thin"
    glued = _together(thin / "glue", sorted(p.name for p in (thin / "glue").glob("*.c")))
    sources = [glued, thin / "main.c", guest]
    image = _compiled(thin / "glue", folder / "halves", sources, macros[0])
    content = bytearray(image.read_bytes())
    at = symbol_offset(image, "tcbsplit_guest_digest", 32)
    content[at : at + 32] = hashlib.sha256(b"guest").digest()
    image.write_bytes(content)
    return image


def _together(folder: Path, sources: list[str]) -> Path:
    """One source that includes the others: starting compilers takes most of their time."""
    every = folder / "every.c"
    every.write_text("".join(f'#include "{name}"\n' for name in sources))
    return every


def _compiled(include: Path, output: Path, sources: list[Path], *flags: str) -> Path:
    subprocess.run(
        ["gcc", "-w", "-O0", INCLUDE, f"-I{include}", *flags, "-o", output, *sources], check=True
    )
    return output


def _run(program: Path, seconds: float) -> tuple[int, bytes] | None:
    try:
        done = subprocess.run([program, "1"], capture_output=True, timeout=seconds)
    except subprocess.TimeoutExpired:
        return None
    return done.returncode, done.stdout
