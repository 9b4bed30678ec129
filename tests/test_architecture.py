# SPDX-License-Identifier: MIT
"""The structure of the package: contracts, sizes, names, and what ARCHITECTURE.md says of them."""

from __future__ import annotations

import ast
import re
import subprocess
import sys
import tomllib
from collections import defaultdict
from collections.abc import Iterator
from importlib.metadata import packages_distributions
from pathlib import Path

import pytest
from radon.complexity import cc_rank, cc_visit

REPOSITORY = Path(__file__).resolve().parent.parent
PACKAGE = REPOSITORY / "tcbsplit"
SOURCES = sorted([*PACKAGE.rglob("*.py"), *(REPOSITORY / "tests").rglob("*.py")])
MOST_LINES = 300  # of a file
LONGEST = 60  # lines of a function
# Rooms that may have a file named as one of another room: one thing at several levels.
LEVELS = ("cli/commands", "pipeline", "model", "report", "phases", "frontend/extract")


def named(path: Path) -> str:
    return str(path.relative_to(REPOSITORY))


def test_dependency_contracts_hold() -> None:
    lint = Path(sys.executable).with_name("lint-imports")
    done = subprocess.run([lint, "--no-cache"], cwd=REPOSITORY, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout


def test_files_are_short() -> None:
    lengths = {named(p): len(p.read_text().splitlines()) for p in SOURCES}
    assert {p: n for p, n in lengths.items() if n > MOST_LINES} == {}


def long_functions(text: str) -> Iterator[str]:
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.FunctionDef) and (node.end_lineno or 0) - node.lineno >= LONGEST:
            yield node.name


def test_functions_are_short() -> None:
    assert [(named(p), f) for p in SOURCES for f in long_functions(p.read_text())] == []
    assert list(long_functions("def f():\n" + "    pass\n" * LONGEST)) == ["f"]


def test_functions_are_simple() -> None:
    bad = [
        f"{named(p)}:{block.lineno}: {block.name} {cc_rank(block.complexity)}"
        for p in PACKAGE.rglob("*.py")
        for block in cc_visit(p.read_text())
        if cc_rank(block.complexity) > "C"
    ]
    assert not bad


def strays(files: list[str]) -> dict[str, list[str]]:
    """Names of several files, with those that are of no level: the thing itself is one of them."""
    found: dict[str, list[str]] = defaultdict(list)
    for file in files:
        if not file.startswith(tuple(f"{level}/" for level in LEVELS)):
            found[Path(file).name].append(file)
    return {n: f for n, f in found.items() if len(f) > 1 and n != "__init__.py"}


def test_a_file_name_means_one_thing() -> None:
    files = [str(p.relative_to(PACKAGE)) for p in PACKAGE.rglob("*.py")]
    assert strays(files) == {}
    assert strays(["validate/machine/bochs/lines.py", "validate/machine/nested/lines.py"])
    assert strays(["model/trace.py", "pipeline/trace.py", "validate/evidence/trace.py"]) == {}


def test_the_map_names_every_file() -> None:
    text = (REPOSITORY / "ARCHITECTURE.md").read_text()
    words = set(re.findall(r"[\w.]+", " ".join(re.findall(r"`([^`]+)`", text))))
    generic = ("cli/commands/", "model/")  # named by a rule, not one by one
    missing = [
        f
        for p in PACKAGE.rglob("*.py")
        if not (f := str(p.relative_to(PACKAGE))).startswith(generic)
        if p.stem not in words and p.name not in words and not p.name.startswith("__")
        if not (PACKAGE / "cli/commands" / p.name).is_file()  # a subcommand's use case
    ]
    assert missing == []
    table = [line for line in text.splitlines() if line.startswith("|")]
    assert len(table) <= 16


def imported(folder: Path) -> set[str]:
    """The packages outside of the standard library that the sources below import."""
    found = set()
    for path in folder.rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.Import):
                found |= {a.name.partition(".")[0] for a in node.names}
            elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
                found.add(node.module.partition(".")[0])
    return found - set(sys.stdlib_module_names) - {"tcbsplit", "tests", "__future__"}


def requirement(text: str) -> str:
    return re.split(r"[^\w.-]", text)[0].lower().replace("_", "-").replace(".", "-")


def test_what_is_imported_is_declared() -> None:
    project = tomllib.loads((REPOSITORY / "pyproject.toml").read_text())["project"]
    declared = {requirement(d) for d in project["dependencies"]}
    extras = project["optional-dependencies"]
    optional = {requirement(d) for extra in ("dask", "png") for d in extras[extra]}
    owners = packages_distributions()
    needed = {requirement(d): p for p in imported(PACKAGE) for d in owners.get(p, [p])[:1]}
    assert needed.keys() - declared - optional == set()
    assert declared - needed.keys() == set()


@pytest.mark.parametrize("arguments", [["--version"], ["--help"], ["split", "--help"]])
def test_the_command_line_starts_without_what_it_does_not_use(arguments: list[str]) -> None:
    heavy = ("clang", "capstone", "scipy", "numpy", "networkx", "jinja2", "elftools", "yaml",
             "junitparser", "cyclonedx", "qemu")  # fmt: skip
    code = (
        "import sys\nfrom tcbsplit.cli.app import app\n"
        f"try:\n    app({arguments!r}, prog_name='tcbsplit')\nexcept SystemExit:\n    pass\n"
        f"print([m for m in {heavy!r} if m in sys.modules], file=sys.stderr)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert done.stderr.strip() == "[]"
