# SPDX-License-Identifier: MIT
"""Several names at one place of an assembly source: the node of the code has its lines."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from tcbsplit.frontend.assembly import extract_assembly
from tcbsplit.model.unit import CompileCommand, Facts
from tcbsplit.model.vocabulary import EdgeKind, Language, SymbolId

CALL = EdgeKind.CALL

# name -> (source, {alias: what it stands for}, {function: lines of its extent})
CASES: dict[str, tuple[str, dict[str, str], dict[str, tuple[int, int]]]] = {
    "a global name by .set": (
        "/* text */\n.globl copy\n.set copy, copy64\ncopy64:\ncall f\nret\n",
        {"x.s:copy64": "copy"}, {"copy": (4, 6), "x.s:copy64": (4, 4)}),
    "by an equals sign": (
        "/* text */\n.globl copy\ncopy = copy64\ncopy64:\ncall f\nret\n",
        {"x.s:copy64": "copy"}, {"copy": (4, 6), "x.s:copy64": (4, 4)}),
    "two labels, the local one is a function": (
        "/* text */\n.globl a\n.type b, @function\na:\nb:\ncall f\nret\n",
        {"a": "x.s:b"}, {"x.s:b": (5, 7), "a": (4, 4)}),
    "two labels, a global one first": (
        "/* text */\n.globl a\na:\nb:\ncall f\nret\n",
        {"x.s:b": "a"}, {"a": (3, 6), "x.s:b": (4, 4)}),
    "two labels, a global one last": (
        "/* text */\n.globl a\nb:\na:\ncall f\nret\n",
        {"x.s:b": "a"}, {"a": (4, 6), "x.s:b": (3, 3)}),
    "three labels": (
        "/* text */\n.globl a\nb:\na:\n\nc:\ncall f\nret\n",
        {"x.s:b": "a", "x.s:c": "a"}, {"a": (4, 8), "x.s:b": (3, 3), "x.s:c": (6, 6)}),
    "the last is weak": (
        "/* text */\n.globl a\n.weak b\na:\nb:\ncall f\nret\n",
        {"b": "a"}, {"a": (4, 7), "b": (5, 5)}),
    "a label of another condition is not joined": (
        ".globl a\n.if 0\na: nop\nx: ret\n.else\na:\nb:\ncall f\nret\n.endif\n",
        {"x.s:b": "a"}, {"a": (3, 3), "x.s:b": (7, 7)}),
    "labels of a macro, which the text does not show": (
        "/* text */\n.macro entry n\n.globl \\n\n\\n :\n.endm\nentry a\nentry b\ncall f\nret\n",
        {"b": "a"}, {"a": (1, 1), "b": (1, 1)}),
}  # fmt: skip


def facts(folder: Path, source: str) -> Facts:
    (folder / "x.s").write_text(source)
    subprocess.run(["gcc", "-c", "x.s"], cwd=folder, check=True)
    command = CompileCommand(
        file="x.s", directory=str(folder), arguments=("gcc",), output="x.o",
        language=Language.ASSEMBLY,
    )  # fmt: skip
    unit = extract_assembly(command, folder)
    assert unit.diagnostics == ()
    return unit.facts


@pytest.mark.parametrize("name", CASES)
def test_the_name_with_the_code_has_its_lines(name: str, tmp_path: Path) -> None:
    source, aliases, lines = CASES[name]
    found = facts(tmp_path, source)
    assert {f.id: f.alias for f in found.functions if f.alias} == aliases
    extents = {f.id: (f.extent.line, f.extent.end_line) for f in found.functions}
    assert {i: extents[SymbolId(i)] for i in lines} == lines
    (code,) = set(aliases.values())
    assert {(r.source, r.target) for r in found.references if r.kind is CALL} == {(code, "f")}


def test_every_name_of_data_holds_what_it_is_initialised_with(tmp_path: Path) -> None:
    found = facts(tmp_path, ".globl a, b, f\n.text\nf: ret\n.data\na:\nb: .quad f\n.set c, a\n")
    assert {r.source for r in found.references if r.target == "f"} == {"a", "b", "x.s:c"}
    assert len(found.flows) == 3
