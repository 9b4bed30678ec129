# SPDX-License-Identifier: MIT
"""Random programs, randomly divided: both halves in one executable do what the whole did.

A program of csmith gets entries: functions that its ``main`` calls first, and that call some of
its own functions with constants. The entries and what only they need become preprocessing, with
functions that an expression replaces. The program is divided into units and headers first. The
emitted halves are linked into one executable; the handoff is a direct call.
"""

from __future__ import annotations

import hashlib
import json
import random
import re
import subprocess
from pathlib import Path
from typing import Any, NamedTuple

from tcbsplit.config.load import load
from tcbsplit.errors import HandoffError
from tcbsplit.model.edit import Emission
from tcbsplit.model.vocabulary import Style
from tcbsplit.pipeline.analyze import analyze as run_analyze
from tcbsplit.pipeline.split import split as run_split
from tcbsplit.pipeline.verify import verify
from tcbsplit.pipeline.workspace import Workspace
from tcbsplit.validate.build.image import symbol_offset
from tests.oracles.units import Unit, divide
from tests.support.reading import IN_PROCESS

Part = tuple[Path, tuple[str, ...]]  # a source and flags of its own
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
preprocess: [{entries}, pure_0, get_0, variant_1]
cuts:
{cuts}
  - {{caller: "*", callee: pure_0, policy: stub, expression: "3 * n + 7", reason: it is known}}
  - {{caller: "*", callee: variant_1, policy: stub, expression: n + 4, reason: it is known}}
  - {{caller: "*", callee: get_0, policy: stub, expression: g_1000000, reason: it was computed}}
handoff: {{inputs: [{{name: "g_*", way: block, optional: true, reason: set_0 sets some}}]}}
split:
  glue: {{adapter: {halves}/thin.c, folder: glue, list: {{file: list, after: list, text: glue}}}}
  guest: {{adapter: {halves}/guest.c, entries: [{entries}]}}
"""


# Beside csmith's functions: those that expressions replace, and an entry that sets a value.
_VALUE = "static int32_t g_1000000 = 0;\n"
_INTEGER = re.compile(r"^static u?int\d+_t (g_\d+) = ", re.MULTILINE)
_BODIES = """\
int entry_9 (void);
int entry_9 (void)
{{
\tint i;
\tfor (i = 0; i < {value}; i++)
\t\tg_1000000 += i;
\treturn 0;
}}

int pure_0 (int n)
{{
\tint i, sum = 7;
\tfor (i = 0; i < 3; i++)
\t\tsum += n;
\treturn sum;
}}

int get_0 (void)
{{
\treturn pure_0 (g_1000000) - 2 * g_1000000 - 7;
}}

"""
_CALLS = """\
    transparent_crc(entry_9(), "entry_9", print_hash_value);
    transparent_crc(pure_0(argc + 5), "pure_0", print_hash_value);
    transparent_crc(get_0(), "get_0", print_hash_value);
    transparent_crc(variant_1(argc), "variant_1", print_hash_value);
    transparent_crc(variant_2(argc), "variant_2", print_hash_value);
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
    expected = _run(_whole(folder, text), seconds)
    if expected is None:  # most of these loop forever: their loops get an end
        text = _bounded(text)
        expected = _run(_whole(folder, text), seconds)
    if expected is None:
        return Outcome(seed, "discarded", f"runs longer than {seconds} s")
    divided = divide(text, dice)
    tree = folder / "tree"
    tree.mkdir()
    for name, content in divided.files.items():
        (tree / name).write_text(content)
    (tree / "list").write_text("list\n")
    parts = [(tree / u.source, u.flags) for u in divided.units]
    if _run(_built(folder / "parts", tree, parts), PATIENCE) != expected:
        return Outcome(seed, "wrongly divided", str(folder))  # a mistake of units.py
    style = dice.choice(list(Style))
    try:
        out, problems = _split(folder, tree, divided.units, entries, style)
    except HandoffError as error:
        return Outcome(seed, "refused", str(error))
    if problems:
        return Outcome(seed, "not verified", "; ".join(problems))
    if style is Style.GUARD:
        plain = [(out / "thin" / u.source, u.flags) for u in divided.units]
        if _run(_built(folder / "plain", out / "thin", plain), PATIENCE) != expected:
            return Outcome(seed, "different", f"{style} without the macro: {folder}")
    found = _run(linked(folder, out, style), PATIENCE)
    return Outcome(seed, "same" if found == expected else "different", f"{style}: {folder}")


def _whole(folder: Path, text: str) -> Path:
    source = folder / "whole.c"
    twice = "int variant_1(int n) { return n + 4; }\nint variant_2(int n) { return n + 104; }\n"
    source.write_text(text.replace("int main", twice + "int main", 1))
    return _compiled(folder, folder / "whole", [source])


def _bounded(text: str) -> str:
    """Let all loops together run at most 20,000 times."""
    loop = re.compile(r"\bfor \(([^;\n]*); \((.*?)\); ([^;\n]*)\)$", re.MULTILINE)
    bounded = loop.sub(r"for (\1; (\2) && g_1000001 > 0 && g_1000001--; \3)", text)
    return bounded.replace(_VALUE, _VALUE + "static int32_t g_1000001 = 20000;\n", 1)


def _program(seed: int, dice: random.Random, options: str) -> tuple[str, list[str]]:
    text = subprocess.run(
        ["csmith", "--seed", str(seed), "--concise", "--no-pointers", *options.split()],
        capture_output=True, text=True, check=True, cwd="/tmp",
    ).stdout  # fmt: skip
    functions = dict(_PROTOTYPE.findall(text))
    functions.pop("func_1", None)
    chosen = dice.sample(sorted(functions), min(len(functions), dice.randint(1, 3)))
    entries, calls, bodies = ["entry_9"], _CALLS, _BODIES.format(value=dice.randint(0, 99))
    for number, function in enumerate(chosen):
        name = f"entry_{number}"
        arguments = ", ".join(_argument(p, dice) for p in _parameters(functions[function]))
        bodies += (
            f"int {name} (void);\nint {name} (void)\n"
            f"{{\n\t{function}({arguments});\n\treturn {dice.randint(0, 99)};\n}}\n\n"
        )
        calls += f'    transparent_crc({name}(), "{name}", print_hash_value);\n'
        entries.append(name)
    sets = dice.sample(found := _INTEGER.findall(text), min(len(found), 3))
    bodies += "void set_0 (void);\nvoid set_0 (void)\n{\n"
    bodies += "".join(f"\t{name} = {dice.randint(0, 127)};\n" for name in sets) + "}\n\n"
    calls = "    set_0 ();\n" + calls
    text = re.sub(r"^static [^=;\n]*\bg_\d+", lambda m: _VALUE + m[0], text, count=1, flags=re.M)
    if _VALUE not in text:
        text = text.replace("static long __undefined;\n", "static long __undefined;\n" + _VALUE, 1)
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


def _split(
    folder: Path, tree: Path, units: list[Unit], entries: list[str], style: Style
) -> tuple[Path, tuple[str, ...]]:
    """Analyze, split and verify; the trees and what ``verify`` found."""
    cuts = "".join(
        f'  - {{caller: "*", callee: {e}, policy: handoff, reason: it runs first}}\n'
        for e in entries
    )
    config = folder / "random.yaml"
    config.write_text(_CONFIG.format(entries=", ".join(entries), cuts=cuts, halves=HALVES))
    database = folder / "cc.json"
    commands = [
        {"directory": str(tree), "file": u.source, "output": f"{number}.o",
         "arguments": ["cc", INCLUDE, *u.flags, "-c", "-o", f"{number}.o", u.source]}
        for number, u in enumerate(units)
    ]  # fmt: skip
    database.write_text(json.dumps(commands))
    settings = load(config, compdb=database)
    space = Workspace(folder / "artifacts")
    run_analyze(settings, space, how=IN_PROCESS)
    out = folder / "split"
    run_split(settings, space, out, how=IN_PROCESS, emission=Emission(style=style))
    return out, verify(out, how=IN_PROCESS).problems


def linked(folder: Path, out: Path, style: Style) -> Path:
    """Both halves in one executable; the guest's names are its own."""
    macros = ("-DTCBSPLIT_THIN", "-DTCBSPLIT_GUEST") if style is Style.GUARD else ("-w", "-w")
    commands = json.loads((out / "manifest.json").read_text())["commands"]
    glue = out / "guest/tcbsplit"
    every = {p.stem for p in glue.glob("*.c")}
    names = sorted(every - {"start", "memory", "fault"})
    guest = folder / "guest.o"
    parts = _parts(out / "guest/src", commands["guest"], macros[1])
    glued = (_together(folder, "guest", glue, [f"{n}.c" for n in names]), (macros[1],))
    _built(guest, glue, [glued, *parts], "-r", "-nostdlib")
    subprocess.run(["objcopy", "--keep-global-symbol=guest_start", guest], check=True)
    thin = out / "thin"
    glued = (
        _together(folder, "thin", thin / "glue", sorted(p.name for p in thin.glob("glue/*.c"))),
        (macros[0],),
    )
    parts = _parts(thin, commands["thin"], macros[0])
    image = _built(folder / "halves", thin / "glue", [glued, *parts], str(guest))
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


def _together(folder: Path, name: str, glue: Path, sources: list[str]) -> Path:
    """One source that includes the others: starting compilers takes most of their time."""
    every = folder / f"{name}_glue.c"
    every.write_text("".join(f'#include "{glue / source}"\n' for source in sources))
    return every


def _built(output: Path, include: Path, parts: list[Part], *flags: str) -> Path:
    """Compile each part with flags of its own, and link them."""
    objects = []
    for number, (source, own) in enumerate(parts):
        objects.append(output.with_name(f"{output.name}_{number}.o"))
        _compiled(include, objects[-1], [source], *own, "-c")
    return _compiled(include, output, objects, *flags)


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
