# SPDX-License-Identifier: MIT
"""Random programs, randomly divided: both halves in one executable do what the whole did.

The entries of a program and what only they need become preprocessing, with functions that an
expression replaces. The program is divided into units and headers first. The emitted halves are
linked into one executable; the handoff is a direct call. The guard style is also built without
its macros. What the whole program's execution reads and writes at the boundary must be computed.
"""

from __future__ import annotations

import json
import random
from pathlib import Path
from typing import NamedTuple

from tcbsplit.config.load import load
from tcbsplit.errors import HandoffError
from tcbsplit.model.edit import Emission
from tcbsplit.model.split import Split
from tcbsplit.model.vocabulary import Style
from tcbsplit.pipeline.analyze import analyze as run_analyze
from tcbsplit.pipeline.extraction import Extraction
from tcbsplit.pipeline.split import split as run_split
from tcbsplit.pipeline.verify import verify
from tcbsplit.pipeline.workspace import Workspace
from tests.oracles.compiled import INCLUDED, Ran, built, linked, run
from tests.oracles.generated import bounded, program
from tests.oracles.observed import seen, uncomputed, watched
from tests.oracles.units import Unit, divide
from tests.support.reading import IN_PROCESS

HALVES = Path(__file__).resolve().parent / "halves"
# Options of csmith. Most mistakes show in small programs, which take less of an hour.
SMALL = "--no-pointers --max-funcs 4 --max-block-size 2 --max-expr-complexity 4"
MIDDLE = "--no-pointers --max-funcs 6 --max-block-size 2 --max-expr-complexity 5"
LARGE = "--no-pointers --max-funcs 8 --max-block-size 3 --max-expr-complexity 6"
SIZES = (*[SMALL] * 6, *[MIDDLE] * 3, LARGE)
SECONDS = 0.3  # a program that runs longer gets bounds, then it is none of ours
_BETWEEN = "the guest has run by then: call what moved in a row"
PATIENCE = 20  # seconds for the halves of one that does not, on a busy machine
_CONFIG = """\
version: 1
name: random
source: tree
image: random
roots: {{boot: [main]}}
preprocess: [{entries}, pure_0, get_0, {{name: variant_1, optional: true}}]
cuts:
{cuts}
  - {{caller: "*", callee: pure_0, policy: stub, expression: "3 * n + 7", reason: it is known}}
  - {{caller: "*", callee: variant_1, optional: true, policy: stub, expression: n + 4, reason: r}}
  - {{caller: "*", callee: get_0, policy: stub, expression: g_1000000, reason: it was computed}}
handoff: {{inputs: [{{name: "g_*", way: block, optional: true, reason: set_0 sets some}}]}}
split:
  glue: {{adapter: {halves}/thin.c, folder: glue, list: {{file: list, after: list, text: glue}}}}
  guest: {{adapter: {halves}/guest.c, entries: [{entries}]}}
"""


class Outcome(NamedTuple):
    """What became of one program: ``same``, ``discarded``, ``refused``, or what went wrong."""

    seed: int
    verdict: str
    detail: str = ""


def round_trip(
    seed: int, folder: Path, options: str = SMALL, how: Extraction = IN_PROCESS
) -> Outcome:
    """Generate, divide, link and run the program of ``seed`` in ``folder``."""
    dice = random.Random(seed)
    made = program(seed, dice, options)
    (folder / INCLUDED).mkdir()
    (folder / INCLUDED / "csmith.h").write_text(made.header)
    text = made.text
    whole = _whole(folder, text)
    if whole is None:  # most of these loop forever: their loops get an end
        text = bounded(text)
        whole = _whole(folder, text)
    if whole is None:
        return Outcome(seed, "discarded", "runs too long")
    expected = whole[:2]
    divided = divide(text, dice)
    tree = folder / "tree"
    tree.mkdir()
    for name, content in divided.files.items():
        (tree / name).write_text(content)
    (tree / "list").write_text("list\n")
    style = dice.choice(list(Style))
    out = folder / "split"
    try:
        split, problems = _split(folder, divided.units, made.entries, style, how)
    except HandoffError as error:
        if _BETWEEN in str(error):  # by the types of calls, code that stays runs in between
            return Outcome(seed, "discarded", f"refused: {_BETWEEN}")
        return Outcome(seed, "refused", str(error))
    if problems:
        return Outcome(seed, "not verified", "; ".join(problems))
    if missed := list(uncomputed(seen(whole.messages), split)):
        return Outcome(seed, "not computed", f"{'; '.join(missed)}: {folder}")
    wrong = []
    if _did(linked(folder, out, style)) != expected:
        wrong.append(str(style))
    if style is Style.GUARD:
        plain = [(out / "thin" / u.source, u.flags) for u in divided.units]
        if _did(built(folder / "plain", out / "thin", plain)) != expected:
            wrong.append(f"{style} without the macro")
    if not wrong:
        return Outcome(seed, "same", str(style))
    parts = [(tree / u.source, u.flags) for u in divided.units]
    if _did(built(folder / "parts", tree, parts)) != expected:
        return Outcome(seed, "wrongly divided", str(folder))  # a mistake of units.py
    return Outcome(seed, "different", f"{', '.join(wrong)}: {folder}")


def _whole(folder: Path, text: str) -> Ran | None:
    twice = "int variant_1(int n) { return n + 4; }\nint variant_2(int n) { return n + 104; }\n"
    text = text.replace("int main", twice + "int main", 1)
    ran = run(watched(folder / "whole.c", text, folder / "whole"), SECONDS)
    return None if ran and ran.status < 0 else ran  # the observer ends what it takes too long


def _did(binary: Path) -> tuple[int, bytes] | None:
    ran = run(binary, PATIENCE)
    return ran and ran[:2]


def _split(
    folder: Path, units: list[Unit], entries: list[str], style: Style, how: Extraction
) -> tuple[Split, tuple[str, ...]]:
    """Analyze, split and verify; the split and what ``verify`` found."""
    cuts = "".join(
        f'  - {{caller: "*", callee: {e}, policy: handoff, reason: it runs first}}\n'
        for e in entries
    )
    config = folder / "random.yaml"
    config.write_text(_CONFIG.format(entries=", ".join(entries), cuts=cuts, halves=HALVES))
    database = folder / "cc.json"
    words = ["cc", f"-I{folder / INCLUDED}"]
    commands = [
        {"directory": str(folder / "tree"), "file": u.source, "output": f"{number}.o",
         "arguments": [*words, *u.flags, "-c", "-o", f"{number}.o", u.source]}
        for number, u in enumerate(units)
    ]  # fmt: skip
    database.write_text(json.dumps(commands))
    settings = load(config, compdb=database)
    space = Workspace(folder / "artifacts")
    analysis = run_analyze(settings, space, how=how)
    if analysis.degraded:
        raise AssertionError(f"read in part: {analysis.degraded}")
    out = folder / "split"
    split = run_split(settings, space, out, how=how, emission=Emission(style=style))
    return split, verify(out, how=how).problems
