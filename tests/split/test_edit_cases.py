# SPDX-License-Identifier: MIT
"""One edit case per file: what it shows, what moves, the input, and the thin text expected of it.

A case is ``// title``, lines ``// key: value`` that go into the configuration, the source, a line
``// === thin`` and the expected text. Directives ``// file NAME`` and ``// === file NAME`` add
further files and their expectations. Every case is compiled in both styles, by both compilers,
with all warnings as errors.
"""

from __future__ import annotations

import re
import subprocess
from pathlib import Path

import pytest

from tcbsplit.errors import ConflictError
from tcbsplit.model.edit import Emission
from tcbsplit.model.vocabulary import Style
from tcbsplit.pipeline.analyze import analyze
from tcbsplit.pipeline.split import split as split_trees
from tcbsplit.pipeline.workspace import Workspace
from tests.support.divided import laid_out

CASES = sorted((Path(__file__).parent / "cases").glob("*.c"))
WARNINGS = ["-Wall", "-Wextra", "-Werror", "-Wno-invalid-source-encoding"]
COMPILERS = ("gcc", "clang")


class Case:
    """A case taken apart and written into a folder."""

    def __init__(self, path: Path, folder: Path) -> None:
        text = path.read_bytes()
        self.crlf = b"// newlines: crlf\n" in text
        source, _, expected = text.partition(b"// === thin\n")
        title, *lines = source.split(b"\n")
        settings = [re.fullmatch(rb"// (\w+: .*)", line) for line in lines]
        count = next(i for i, match in enumerate(settings) if match is None)
        body = b"\n".join(lines[count:])
        self.title = title.decode().removeprefix("// ")
        self.files = self._files(body, rb"// file (\S+)\n")
        self.expected = self._files(expected, rb"// === file (\S+)\n")
        keys = [m.group(1).decode() for m in settings[:count] if m]
        self.compiled = next((k[7:].split() for k in keys if k.startswith("units: ")), ["main.c"])
        self.tree = folder / "tree"
        own = [k for k in keys if not k.startswith(("newlines: ", "units: "))]
        commands = [(file, ["-c", file]) for file in self.compiled]
        self.settings = laid_out(folder, self.files, "\n".join(own) + "\n", commands)

    def _files(self, text: bytes, mark: bytes) -> dict[str, bytes]:
        first, *rest = re.split(mark, text)
        files = {"main.c": first} | {
            name.decode(): content for name, content in zip(rest[::2], rest[1::2], strict=True)
        }
        if self.crlf:
            files = {n: c.replace(b"\n", b"\r\n") for n, c in files.items()}
        return files


def emitted(case: Case, folder: Path, style: Style) -> Path:
    space = Workspace(folder / f"out-{style}")
    analyze(case.settings, space)
    split_trees(case.settings, space, folder / style, emission=Emission(style=Style(style)))
    return folder / style / "thin"


@pytest.fixture(params=CASES, ids=lambda p: p.stem)
def case(request: pytest.FixtureRequest, tmp_path: Path) -> Case:
    return Case(request.param, tmp_path)


def test_the_thin_text_is_what_an_engineer_would_write(case: Case, tmp_path: Path) -> None:
    thin = emitted(case, tmp_path, Style.EXCISE)
    for name, expected in case.expected.items():
        assert (thin / name).read_bytes().decode("latin-1") == expected.decode("latin-1")
    compile_all(case, thin)


def test_the_guard_style_is_the_same_to_a_compiler(case: Case, tmp_path: Path) -> None:
    excised = emitted(case, tmp_path, Style.EXCISE)
    guard = emitted(case, tmp_path, Style.GUARD)
    compile_all(case, guard, "-DTCBSPLIT_THIN")
    compile_all(case, guard)
    for unit in case.compiled:
        assert tokens(guard / unit, "-DTCBSPLIT_THIN") == tokens(excised / unit)
        assert tokens(guard / unit) == tokens(case.tree / unit)
        assert objects(guard / unit, "-DTCBSPLIT_THIN") == objects(excised / unit)


def compile_all(case: Case, tree: Path, *macros: str) -> None:
    """Compile every unit without a warning."""
    for unit in case.compiled:
        for compiler in COMPILERS:
            command = [compiler, *WARNINGS, *macros, "-fsyntax-only", unit]
            done = subprocess.run(command, cwd=tree, capture_output=True)
            assert done.returncode == 0, done.stderr.decode(errors="replace")


def tokens(path: Path, *macros: str) -> list[bytes]:
    command = ["gcc", "-E", "-P", *macros, path.name]
    text = subprocess.run(command, cwd=path.parent, capture_output=True, check=True).stdout
    # Two runs of the preprocessor may differ in blanks around the same tokens.
    return re.findall(rb"\w+|\"(?:[^\"\\]|\\.)*\"|'(?:[^'\\]|\\.)*'|[^\w\s]", text)


def objects(path: Path, *macros: str) -> bytes:
    command = ["gcc", "-O2", "-S", "-o", "-", *macros, path.name]
    return subprocess.run(command, cwd=path.parent, capture_output=True, check=True).stdout


@pytest.mark.parametrize(
    "text",
    [
        "#define FUNCTION(name) int name (void) { return 1; }\nFUNCTION (moved)\n",
        "#define BEGIN {\n\nint moved (void) BEGIN return 1; }\n",
        "int moved (void) <% return 1; %>\n",
        "static int one (void) { return 1; }\nstatic void *which (void) { return one; }\n"
        'int moved (void) __attribute__ ((ifunc ("which")));\n',
    ],
)
def test_a_body_without_its_braces_in_the_text_is_refused(tmp_path: Path, text: str) -> None:
    path = tmp_path / "case.c"
    path.write_text(
        "// nothing to put a stub in place of\n"
        "// preprocess: [moved]\n"
        '// cuts: [{caller: main, callee: moved, policy: panic, reason: "r"}]\n'
        f"{text}"
        "int main (void) { return moved (); }\n"
    )
    case = Case(path, tmp_path)
    with pytest.raises(ConflictError, match=r"main.c:\d: moved has no body between { and } here"):
        emitted(case, tmp_path, Style.EXCISE)


def test_a_cut_of_what_shares_its_text_with_what_stays_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "case.c"
    path.write_text(
        "// one macro writes a function that moves and one that stays\n"
        "// preprocess: [fill_map]\n"
        '// cuts: [{caller: main, callee: fill_map, policy: elide, reason: "r"}]\n'
        "#define MAP(n) static int n; static void fill_##n (void) { n = 1; } \\\n"
        "    static int get_##n (void) { return n; }\n"
        "MAP (map)\n"
        "int main (void) { fill_map (); return get_map (); }\n"
    )
    case = Case(path, tmp_path)
    with pytest.raises(ConflictError, match=r"main.c:3: .*get_map.*case.yaml:10 would do nothing"):
        emitted(case, tmp_path, Style.EXCISE)
