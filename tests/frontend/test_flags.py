# SPDX-License-Identifier: MIT
"""Each spelling of a flag leads the analysis into the branch that gcc takes (gcc -E says which)."""

from __future__ import annotations

import json
import random
import subprocess
from collections.abc import Sequence
from pathlib import Path

import pytest

from tcbsplit.frontend import compiledb, flags
from tcbsplit.frontend.compiler_options import Kind
from tcbsplit.frontend.reading import read_program
from tcbsplit.model.unit import CompileCommand

SOURCE = """
void yes (void);
void no (void);
void start (void) {{
#if {condition}
    yes ();
#else
    no ();
#endif
}}
"""
# Folders and files that flags name; each header sets X to a number of its own.
FILES = {
    "a/h.h": "#define X 1\n",
    "b/h.h": "#define X 2\n",
    "sys/include/h.h": "#define X 3\n",
    "ab.h": "#define X 4\n#define FORCED 1\n",
    "foo.c": "#define X 5\n#define FORCED 1\n",
    "pre-fix/h.h": "#define X 6\n",
    "tool/include/h.h": "#define X 7\n",
    "plain.rsp": "-DX=1\n",
    "nested.rsp": "@sub/inner.rsp\t-DZ\n",
    "sub/inner.rsp": "-DX=1 @plain.rsp",
    "quoted.rsp": "'-DX=1' \"-DS=\\\"a b\\\"\" -DT=\\'c -DE='a\\'b' -D'\\X'",
    "empty.rsp": " \n",
}
# Values that look like flags, where gcc -E would write elsewhere.
VALUES = {
    "-o -DX": "no", "-o -DX -DX=1": "yes", "-o X.c -DX": "yes", "-o foo.c": "no", "-o x.c": "no",
    "-MF -DX -MD": "no", "-MT -DX -MD": "no", "-MQ -DX -MD": "no", "-MF-DX -MD": "no",
    "-aux-info -DX": "no", "-dumpbase -DX": "no", "-dumpdir -DX": "no", "--param -DX": "no",
    "-Wp,-MD,-DX": "no", "-Wp,-MMD,x.c,-DX": "yes", "--output -DX": "no", "--output=-DX": "no",
    "-DX @": "yes", "-save-temps -DX": "yes", "-E -DX": "yes", "-S -DX": "yes", "-MD -DX": "yes",
    "-fsyntax-only -DX": "yes", "-Xlinker -o -DX": "yes", "-mllvm -DX": "no",
}  # fmt: skip


def _tables() -> dict[str, list[str]]:
    """Sets of flags by what they are about: a kind of flags, or a condition of #if."""
    found: dict[str, list[str]] = {}
    current: list[str] = []
    for line in (Path(__file__).parent / "flags.txt").read_text().splitlines()[1:]:
        if line.startswith(" "):
            current += [given for g in line.split("|") if (given := g.strip())]
        elif line:
            current = found[line] = []
    return found


CONDITIONS = _tables()
MACROS, HEADERS, FORCED, HARMLESS = (
    CONDITIONS.pop(k) for k in ("macros", "headers", "forced", "harmless")
)


@pytest.fixture(scope="module")
def tree(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("tree")
    for name, text in FILES.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text)
    return folder


def words(text: str) -> list[str]:
    return text.split()


def loaded(
    folder: Path, arguments: Sequence[str], file: str = "x.c", **entry: object
) -> CompileCommand:
    """The only command of a database with one entry."""
    database = folder / "db.json"
    written = {"directory": str(folder), "file": file, "arguments": list(arguments), **entry}
    database.write_text(json.dumps([written]))
    (command,) = compiledb.Database(database, folder).commands()
    return command


def follows(folder: Path, command: CompileCommand) -> str:
    """The function that the analysis finds called."""
    program = read_program([command], folder, "x", jobs=1)
    assert not program.degraded, program.degraded
    assert not program.unknown_flags
    (called,) = {r.target for r in program.references if r.source == "start"}
    return called


def takes(folder: Path, arguments: Sequence[str]) -> str:
    """The function that gcc sees called."""
    done = subprocess.run(
        ["gcc", *arguments, "-E", "-P", "x.c", "-o", "x.i"],
        cwd=folder, capture_output=True, text=True,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    text = (folder / "x.i").read_text()
    assert ("yes ();" in text) != ("no ();" in text)
    return "yes" if "yes ();" in text else "no"


def agree(folder: Path, condition: str, given: Sequence[str], head: str = "") -> None:
    (folder / "x.c").write_text(head + SOURCE.format(condition=condition))
    found = follows(folder, loaded(folder, ["gcc", *given, "-c", "x.c", "-o", "x.o"]))
    assert found == takes(folder, given), (condition, given)


@pytest.mark.parametrize("given", MACROS)
def test_macros(tree: Path, given: str) -> None:
    for condition in ("defined X && X + 0 == 1", "defined X"):
        agree(tree, condition, words(given))


@pytest.mark.parametrize("given", VALUES)
def test_values_are_no_flags(tree: Path, given: str) -> None:
    (tree / "x.c").write_text(SOURCE.format(condition="defined X"))
    for entry in (["-c", "x.c", *words(given)], [*words(given), "-c", "./x.c"]):
        command = loaded(tree, ["gcc", *entry])
        assert command.file == "x.c"
        assert follows(tree, command) == VALUES[given]


@pytest.mark.parametrize("given", HEADERS)
def test_folders_of_headers(tree: Path, given: str) -> None:
    for number in range(1, 8):
        agree(tree, f"X == {number}", words(given), '#include "h.h"\n')
        if "iquote" not in given:
            agree(tree, f"X == {number}", words(given), "#include <h.h>\n")


@pytest.mark.parametrize("given", FORCED)
def test_forced_headers(tree: Path, given: str) -> None:
    agree(tree, "defined FORCED", words(given))
    agree(tree, "X == 4", words(given))


@pytest.mark.parametrize(
    ("condition", "given"), [(c, g) for c, all_ in CONDITIONS.items() for g in all_]
)
def test_conditions(tree: Path, condition: str, given: str) -> None:
    agree(tree, condition, words(given))


def test_every_condition_has_both_answers_or_differs_from_none(tree: Path) -> None:
    """Else no flag is needed for the branch, and the test could not fail."""
    for condition, all_ in CONDITIONS.items():
        (tree / "x.c").write_text(SOURCE.format(condition=condition))
        answers = {takes(tree, words(g)) for g in [*all_, "-w"]}
        assert len(answers) == 2, condition


@pytest.mark.parametrize("given", HARMLESS)
def test_harmless(tree: Path, given: str) -> None:
    agree(tree, "1", words(given))
    assert all(f.kind is not Kind.UNKNOWN for f in flags.read(["gcc", *words(given)]))


SEED, TRIES = 1, 60


def test_any_mixture(tree: Path) -> None:
    """Several flags at once, and all conditions at once: every branch as gcc takes it."""
    chance = random.Random(SEED)
    # Whether the coming C has trigraphs, compilers do not agree on yet.
    conditions = [
        *(c for c in CONDITIONS if "??" not in c),
        "X == 1",
        "defined X",
        "defined FORCED",
    ]
    every = [*MACROS, *HEADERS, *FORCED, *HARMLESS, *(g for a in CONDITIONS.values() for g in a)]
    # What GCC makes of -fsignaling-nans beside -ffast-math is its own affair.
    everything = [g for g in every if g != "-fsignaling-nans"]
    text = "".join(
        f"#if {c}\nvoid yes{n} (void) {{ }}\n#else\nvoid no{n} (void) {{ }}\n#endif\n"
        for n, c in enumerate(conditions)
    )
    (tree / "x.c").write_text(text)
    tried = 0
    while tried < TRIES:
        given = [w for g in chance.sample(everything, chance.randint(2, 6)) for w in words(g)]
        oracle = subprocess.run(
            ["gcc", *given, "-E", "-P", "x.c", "-o", "x.i"], cwd=tree, capture_output=True
        )
        if oracle.returncode or not (tree / "x.i").is_file():
            continue  # flags that contradict each other
        tried += 1
        program = read_program([loaded(tree, ["gcc", *given, "-c", "x.c"])], tree, "x", jobs=1)
        seen = set((tree / "x.i").read_text().replace("(", " ").split())
        wanted = {f"{a}{n}" for n in range(len(conditions)) for a in ("yes", "no")} & seen
        wrong = wanted ^ program.functions.keys()
        assert not wrong, (given, [conditions[int(w.strip("yesno"))] for w in wrong])
        (tree / "x.i").unlink()
