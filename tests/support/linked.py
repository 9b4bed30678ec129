# SPDX-License-Identifier: MIT
"""An image linked from C and from assembly that is and is not analysed."""

from __future__ import annotations

import subprocess
from dataclasses import dataclass
from pathlib import Path

from tcbsplit.callgraph import build_graph
from tcbsplit.frontend.reading import read_program
from tcbsplit.model.unit import CompileCommand
from tcbsplit.model.vocabulary import Language
from tcbsplit.phases import Directory, Request, classify
from tcbsplit.validate.evidence.audit import Expected, Names

C = """
void handler (void) { }
void run_guest (void) { handler (); }
void real (void) { }
static void hidden (void) { }
void start (void) { real (); hidden (); run_guest (); }
"""


SCRIPT = """
SECTIONS {
  .text 0x100000 : { __text_start = .; *(.text) __text_middle = .; *(.stub) _etext = .; }
  .first : { first = ABSOLUTE(.) + 0; *(.first) }
  .data : { *(.data) }
  a_real = real;
}
"""


@dataclass
class Linked:
    image: Path
    expected: Expected
    names: Names

    def place(self, text: str) -> int:
        """The address of "symbol" or "symbol+offset"."""
        symbol, _, offset = text.partition("+")
        told = subprocess.run(["nm", self.image], check=True, capture_output=True, text=True)
        found = {line.split()[-1]: int(line.split()[0], 16) for line in told.stdout.splitlines()}
        return found[symbol] + int(offset or 0)


def linked(folder: Path, assembly: str, more: str = "", c: str = C) -> Linked:
    """Link C, assembly that is analysed and assembly that is not; classify."""
    texts = {"c.c": c, "m.S": assembly, "more.S": more, "script.lds": SCRIPT}
    for name, text in texts.items():
        (folder / name).write_text(text)
    image = folder / "image.elf"
    words = ["-O0", "-fcf-protection=none", "-fno-pie", "-c"]
    subprocess.run(["gcc", *words, "c.c", "m.S", "more.S"], cwd=folder, check=True)
    subprocess.run(
        ["ld", "-static", "-estart", "-T", "script.lds", "--no-warn-rwx-segments", "-o", image,
         "c.o", "m.o", "more.o"],
        cwd=folder, check=True, stderr=subprocess.DEVNULL,
    )  # fmt: skip
    commands = [
        CompileCommand(file=n, directory=str(folder), arguments=("gcc",), language=language)
        for n, language in (("c.c", Language.C), ("m.S", Language.ASSEMBLY))
    ]
    program = read_program(commands, folder, "x")
    graph = build_graph(program)
    request = Request(boot=("start",), runtime=("handler",), launch=("run_guest",))
    classes = classify(graph, Directory(program), request)
    return Linked(image, Expected(program, graph, classes, frozenset()), Names(program))
