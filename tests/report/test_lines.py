# SPDX-License-Identifier: MIT
"""Code lines: small cases, and agreement with cloc on whole files."""

from __future__ import annotations

import json
import shutil
import subprocess
from pathlib import Path

import pytest

from tcbsplit.model.lines import count_code_lines

CORPUS = Path(__file__).resolve().parent.parent.parent / "corpora/minivisor"


@pytest.mark.parametrize(
    ("text", "lines"),
    [
        ("int a; /* b */\n\n// c\nint d;\n", (1, 4)),
        ("/* a\n   b */ int c;\n", (2,)),
        ('char *s = "/* no comment */";\n/* one */\n', (1,)),
        ("char c = '\"'; // text\nint x; /* y */\n", (1, 2)),
        ("#if A\n# /* only */\n#endif\n", (1, 2, 3)),
        ("// spliced \\\n   still comment\nint a;\n", (3,)),
        ("", ()),
    ],
)
def test_code_lines(text: str, lines: tuple[int, ...]) -> None:
    assert count_code_lines(text) == lines


def test_agreement_with_cloc() -> None:
    if shutil.which("cloc") is None:
        pytest.skip("cloc is not installed")
    files = sorted(p for p in CORPUS.rglob("*.[ch]") if "build" not in p.relative_to(CORPUS).parts)
    assert len(files) > 60
    done = subprocess.run(
        ["cloc", "--by-file", "--json", "--quiet", "--skip-uniqueness", *map(str, files)],
        capture_output=True, text=True, check=True,
    )  # fmt: skip
    counted = json.loads(done.stdout)
    differences = {}
    for file in files:
        ours = len(count_code_lines(file.read_text()))
        theirs = counted[str(file)]["code"]
        if ours != theirs:
            differences[str(file.relative_to(CORPUS))] = (ours, theirs)
    assert not differences
