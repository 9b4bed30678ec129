# SPDX-License-Identifier: MIT
"""Reads the documents: their links, their anchors, their code."""

from __future__ import annotations

import re
import subprocess
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import NamedTuple

from pymdownx.slugs import slugify

REPOSITORY = Path(__file__).resolve().parents[2]
DOCS = REPOSITORY / "docs"
_FENCE = re.compile(r"^( *)(`{3,}|~{3,})[ ]*([\w-]*)[^\n]*\n(.*?)^\1\2[ ]*$", re.M | re.S)
_SPAN = re.compile(r"(?<!`)`([^`]+)`(?!`)")
_LINK = re.compile(r"\[[^\[\]]*\]\(([^()\s]+)\)")
_slug = partial(slugify(case="lower"), sep="-")


class Code(NamedTuple):
    """Code of a document: where it begins, its language, its text; ``fenced`` or in a line."""

    line: int
    language: str
    text: str
    fenced: bool


def documents() -> list[Path]:
    """The documents of the repository; not what tests compare with."""
    listed = subprocess.run(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard", "*.md"],
        cwd=REPOSITORY, check=True, capture_output=True, text=True,
    ).stdout.splitlines()  # fmt: skip
    found = [REPOSITORY / f for f in listed if not f.startswith(("tests/", "reports/examples/"))]
    return [p for p in found if p.is_file()]


def codes(text: str) -> Iterator[Code]:
    """Yield the code of a document, in blocks and in lines."""
    for found in _FENCE.finditer(text):
        line = text.count("\n", 0, found.start()) + 1
        indent = found[1]
        body = "".join(x.removeprefix(indent) for x in found[4].splitlines(keepends=True))
        yield Code(line, found[3], body, True)
    prose = without_blocks(text)
    for span in _SPAN.finditer(prose):
        yield Code(prose.count("\n", 0, span.start()) + 1, "", " ".join(span[1].split()), False)


def without_blocks(text: str) -> str:
    """Return a document with as many lines, and nothing in its blocks of code."""
    return _FENCE.sub(lambda found: "\n" * found[0].count("\n"), text)


def links(text: str) -> Iterator[tuple[int, str]]:
    """Yield the links of a document, with their lines."""
    prose = _SPAN.sub(lambda found: "\n" * found[0].count("\n"), without_blocks(text))
    for found in _LINK.finditer(prose):
        yield prose.count("\n", 0, found.start()) + 1, found[1]


def anchors(text: str) -> set[str]:
    """Return the anchors of the headings of a document."""
    found: set[str] = set()
    for heading in re.findall(r"^#{1,6} +(.+?)\s*$", without_blocks(text), re.M):
        name = anchor_of(heading)
        count = 1
        while name in found:
            name, count = f"{name.rpartition('_')[0] or name}_{count}", count + 1
        found.add(name)
    return found


def anchor_of(heading: str) -> str:
    """Return the anchor of a heading, if it is the first of its name."""
    return str(_slug(re.sub(r"\[([^\]]*)\]\([^)]*\)", r"\1", heading).replace("`", "")))


def broken_links(path: Path, text: str, root: Path = REPOSITORY) -> list[str]:
    """Return what is wrong with the links of the document ``path``, with its lines."""
    wrong = []
    for line, link in links(text):
        if re.match(r"[a-z]+:", link):
            continue
        name, _, anchor = link.partition("#")
        target = (path.parent / name).resolve() if name else path
        place = f"{path.relative_to(root)}:{line}: {link}"
        if not target.exists():
            wrong.append(f"{place}: no such file")
        elif DOCS in path.parents and DOCS not in target.parents:
            wrong.append(f"{place}: is no part of the site")
        elif anchor and anchor not in anchors(text if target == path else target.read_text()):
            wrong.append(f"{place}: no such heading")
    return wrong
