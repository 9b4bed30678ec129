# SPDX-License-Identifier: MIT
"""What the check after emission says: the cause in the user's files, not a compiler's error."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tcbsplit.config.load import load
from tcbsplit.errors import EditError, EmissionError
from tcbsplit.model.edit import Edit, Emission
from tcbsplit.model.split import Split
from tcbsplit.model.vocabulary import Style
from tcbsplit.pipeline.analyze import analyze
from tcbsplit.pipeline.saved import load_analysis
from tcbsplit.pipeline.split import reread, split
from tcbsplit.pipeline.workspace import Workspace
from tcbsplit.split.prove import recheck
from tcbsplit.split.prove.origins import Origins
from tests.support.cli import edit
from tests.support.divided import laid_out

MAIN = """\
int moved (int number);
static int spare (int n) { return n + 4; }
int
moved (int number)
{
	return spare (number);
}
int later (int n);
int later (int n) { return n; }
int main (void) { return moved (3) + later (1); }
"""
STYLES = pytest.mark.parametrize("style", [Style.EXCISE, Style.GUARD])


class Tried:
    """A small program whose ``moved`` is cut, with an expression of the test's."""

    def __init__(self, folder: Path, expression: str = "7", main: str = MAIN) -> None:
        self.folder = folder
        self.tree = folder / "tree"
        self.adapter = folder / "thin.c"
        self.settings = laid_out(
            folder,
            {"main.c": main},
            "preprocess: [moved]\n"
            f"cuts: [{{caller: main, callee: moved, policy: stub, expression: {expression!r}, "
            "reason: r}]\n",
        )
        self.space = Workspace(folder / "artifacts")

    def split(self, style: Style = Style.EXCISE) -> Split:
        analyze(self.settings, self.space)
        out = self.folder / f"out-{style}"
        return split(self.settings, self.space, out, emission=Emission(style=style))


@STYLES
@pytest.mark.parametrize(
    ("expression", "cause"),
    [
        (
            "unknown (number)",
            "names unknown, which is not declared at main.c:3; its parameters: number",
        ),
        (
            "later (number)",
            "names main.c:later, which main.c:8 defines; declare it before main.c:3",
        ),
        ("number +", "does not compile in its place (main.c:3): number +"),
    ],
)
def test_an_expression_that_does_not_compile(
    tmp_path: Path, style: Style, expression: str, cause: str
) -> None:
    main = MAIN.replace("int later (int n);\n", "").replace("int later", "static int later")
    with pytest.raises(EditError) as told:
        Tried(tmp_path, expression, main).split(style)
    lines = str(told.value).splitlines()
    assert lines[0] == f"case.yaml:10: the expression of the stub for moved {cause}"
    assert lines[1].startswith("  main.c:") and "thin: main.c:" in lines[1]


def test_an_expression_that_names_a_static_of_another_file(tmp_path: Path) -> None:
    tried = Tried(tmp_path, "hidden (number)")
    (tried.tree / "other.c").write_text("static int hidden (int n) { return n; }\n"
                                        "int shown (int n) { return hidden (n); }\n")  # fmt: skip
    commands = json.loads((tmp_path / "cc.json").read_bytes())
    commands.append({**commands[0], "file": "other.c", "arguments": ["cc", "-c", "other.c"]})
    (tmp_path / "cc.json").write_text(json.dumps(commands))
    with pytest.raises(EditError) as told:
        tried.split()
    assert str(told.value).splitlines()[0] == (
        "case.yaml:10: the expression of the stub for moved names other.c:hidden, which is static "
        "in another file (other.c:1); name what is visible at main.c:3"
    )


@STYLES
def test_an_adapter_that_does_not_compile_is_named(tmp_path: Path, style: Style) -> None:
    tried = Tried(tmp_path)
    tried.adapter.write_text("int fine;\nint wrong (void) { return nothing; }\n")
    with pytest.raises(EditError, match=r"thin\.c:2: the adapter does not compile in thin"):
        tried.split(style)


def test_a_unit_in_another_language_is_as_it_was(tmp_path: Path) -> None:
    tried = Tried(tmp_path)
    (tried.tree / "other.cc").write_text("class c { };\n")
    commands = json.loads((tmp_path / "cc.json").read_bytes())
    commands.append({**commands[0], "file": "other.cc", "arguments": ["c++", "-c", "other.cc"]})
    (tmp_path / "cc.json").write_text(json.dumps(commands))
    assert tried.split().stubs


def damaged(tried: Tried, style: Style, old: str, new: str) -> tuple[Path, Split]:
    """Split, then change the thin text as a wrong edit would."""
    result = tried.split(style)
    path = tried.folder / f"out-{style}" / "thin/main.c"
    text = path.read_text()
    assert old in text
    path.write_text(text.replace(old, new))
    return path.parent.parent, result


def checked(tried: Tried, out: Path, result: Split) -> None:
    program, _, _ = load_analysis(tried.space)
    recheck.check(program, *reread(out), result)


@STYLES
def test_a_name_that_left_is_told_with_both_places(tmp_path: Path, style: Style) -> None:
    """What no edge shows: a text that stays names what moved code alone needs."""
    tried = Tried(tmp_path)
    out, result = damaged(tried, style, "return n; }", "return n + spare (n); }")
    with pytest.raises(EditError) as told:
        checked(tried, out, result)
    assert "main.c:9: names main.c:spare (main.c:2), which thin does not have" in str(told.value)


STRADDLING = """\
#ifdef WIDE
static int moved (long *a)
#else
static int moved (int *a)
#endif
{
	return *a + 4;
}
int main (void) { int k = 3; return moved (&k); }
"""


@STYLES
def test_a_head_that_straddles_a_conditional(tmp_path: Path, style: Style) -> None:
    tried = Tried(tmp_path, main=STRADDLING)
    out, result = damaged(tried, style, "(int *a)\n#endif\n", "(int *a)\n")
    with pytest.raises(EditError) as told:
        checked(tried, out, result)
    first, second = str(told.value).splitlines()[:2]
    assert first.startswith(
        "main.c:4: the head of main.c:moved straddles a conditional (main.c:1); "
    )
    assert "thin: main.c:" in second


@STYLES
def test_without_a_cause_in_the_input_it_is_a_defect(tmp_path: Path, style: Style) -> None:
    tried = Tried(tmp_path)
    out, result = damaged(tried, style, "int later (int n) { return n; }", "int later (int n) { }}")
    with pytest.raises(EmissionError) as told:
        checked(tried, out, result)
    assert "main.c:9" in str(told.value)


def test_lines_are_followed_through_edits() -> None:
    before = b"a\nb\nc\nd\ne\n"
    edits = [Edit("f", 2, 4, b"x\ny\n", "b becomes two"), Edit("f", 6, 8, b"", "d goes")]
    origins = Origins(before, b"a\nx\ny\nc\ne\n", edits)
    assert [origins.of(n).line for n in range(1, 6)] == [1, 2, 2, 3, 5]
    found = origins.of(3).edit
    assert found is not None and found.reason == "b becomes two"
    assert origins.of(4).edit is None


@STYLES
@pytest.mark.parametrize(
    ("declared", "cause"),
    [
        (
            "static int compress (int n);\nstatic int compress (int n) { return n; }\n",
            "main.c:2: main.c:compress has a name that tcbsplit's glue defines, too; ",
        ),
        (
            "struct tcbsplit_entry { int own; };\n",
            "main.c: includes tcbsplit's glue (split.glue.include_in), which does not compile ",
        ),
    ],
)
def test_a_file_that_cannot_include_the_glue(
    tmp_path: Path, style: Style, declared: str, cause: str
) -> None:
    main = (
        MAIN.replace("int number", "void").replace("number", "1").replace("moved (3)", "moved ()")
    )
    tried = Tried(tmp_path, main=declared + main)
    for old, new in (
        ("list: {file: list.txt, after: files, text: glue}", "include_in: main.c"),
        ("policy: stub, expression: '7'", "policy: handoff"),
        ("guest: {adapter: none.c}", "guest: {adapter: none.c, entries: [moved]}"),
    ):
        edit(tmp_path / "case.yaml", old, new)
    tried.settings = load(tmp_path / "case.yaml", compdb=tmp_path / "cc.json")
    with pytest.raises(EditError) as told:
        tried.split(style)
    assert str(told.value).startswith(cause)
