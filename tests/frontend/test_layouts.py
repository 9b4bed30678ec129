"""Layouts are those of the unit's target: pointers of 4 bytes under -m32."""

from __future__ import annotations

from pathlib import Path

import pytest

from tcbsplit.frontend.pointees import read_layouts
from tcbsplit.frontend.reading import read_program
from tcbsplit.model.layout import Layout
from tcbsplit.model.program import Program
from tcbsplit.model.unit import CompileCommand
from tcbsplit.model.vocabulary import LayoutKind, symbol_id
from tcbsplit.split.decide.blob import layout_text
from tcbsplit.split.decide.boundary import return_entries
from tcbsplit.split.decide.members import Part, not_plain, parts_at

SOURCE = """\
struct node { struct node *next; char *name; unsigned flag : 3; long number; };
union either { struct node *node; unsigned char bytes[12]; };
struct all { char first; struct node nodes[2]; union either either; struct { short inner; }; };
struct all everything;
int plain[3];
char *text = "";
long result (void) { return 1; }
"""
# (size of a pointer and of a long, offset of the second node, offset of the union, whole size)
TARGETS = {"-m32": (4, 4 + 16, 36, 52), "-m64": (8, 8 + 32, 72, 96)}
TEXTS = {
    "-m32": (
        "{52;first@0:s1,nodes@32:[2]{16;next@0:?4,name@32:?4,flag@64:b3,number@96:s4},"
        "either@288:{|12;node@0:?4,bytes@0:[12]u1},@384:{2;inner@0:s2}}"
    ),
    "-m64": (
        "{96;first@0:s1,nodes@64:[2]{32;next@0:?8,name@64:?8,flag@128:b3,number@192:s8},"
        "either@576:{|16;node@0:?8,bytes@0:[12]u1},@704:{2;inner@0:s2}}"
    ),
}


def program_of(folder: Path, flag: str) -> Program:
    (folder / "unit.c").write_text(SOURCE)
    command = CompileCommand(file="unit.c", directory=str(folder), arguments=("cc", flag))
    program = read_program([command], folder, "image")
    assert not program.degraded
    return program


def layouts(folder: Path, flag: str) -> dict[str, Layout]:
    program = program_of(folder, flag)
    return {v.name: v.layout for v in program.variables.values()} | {
        f"deep {i}": layout for i, layout in read_layouts(program, program.variables).items()
    }


@pytest.mark.parametrize("flag", TARGETS)
def test_sizes_and_offsets_are_those_of_the_target(tmp_path: Path, flag: str) -> None:
    word, second, union, size = TARGETS[flag]
    whole = layouts(tmp_path, flag)["everything"]
    assert whole.size == size
    (node,) = parts_at(whole, ".nodes[1]")
    assert (node.offset, node.layout.size) == (second, second - word)
    assert [p.offset for p in parts_at(whole, ".nodes[].name")] == [2 * word, second + word]
    assert parts_at(whole, ".either")[0].offset == union
    assert parts_at(whole, ".inner")[0].layout == Layout(LayoutKind.SIGNED, 2)
    pointers = {p.path: p.layout.size for p in not_plain(Part(layout=whole))}
    assert pointers == {
        ".nodes[0].next": word, ".nodes[0].name": word, ".nodes[1].next": word,
        ".nodes[1].name": word, ".either": 16 if word == 8 else 12,
    }  # fmt: skip


@pytest.mark.parametrize("flag", TARGETS)
def test_pointers_are_followed_once(tmp_path: Path, flag: str) -> None:
    deep = layouts(tmp_path, flag)
    (pointer,) = parts_at(deep["deep everything"], ".nodes[0].next")
    node = pointer.layout.element
    assert node is not None
    assert (pointer.layout.size, node.size) == (TARGETS[flag][0], 4 * TARGETS[flag][0])
    assert all(m.layout.element is None for m in node.members)
    assert deep["deep text"].element == Layout(LayoutKind.SIGNED, 1)
    assert deep["text"] == Layout(LayoutKind.POINTER, TARGETS[flag][0])
    assert deep["deep plain"] == deep["plain"]


@pytest.mark.parametrize("flag", TEXTS)
def test_the_text_tells_layouts_apart(tmp_path: Path, flag: str) -> None:
    found = layouts(tmp_path, flag)
    assert layout_text(found["everything"]) == TEXTS[flag]
    assert layout_text(found["plain"]) == "[3]s4"
    assert layout_text(found["deep text"]) == "*s1"


@pytest.mark.parametrize("flag", TARGETS)
def test_a_return_value_is_handed_over_as_a_long_of_its_unit(tmp_path: Path, flag: str) -> None:
    program = program_of(tmp_path, flag)
    size = TARGETS[flag][0]
    (entry,) = return_entries(program, [symbol_id("result")], 3)
    assert (entry.id, entry.size, entry.layout) == (3, size, f"s{size}")


@pytest.mark.parametrize("path", [".nodes[2]", ".missing", ".first[0]", ".nodes.name", "!"])
def test_a_path_that_leads_nowhere_is_refused(tmp_path: Path, path: str) -> None:
    with pytest.raises(KeyError):
        parts_at(layouts(tmp_path, "-m64")["everything"], path)
