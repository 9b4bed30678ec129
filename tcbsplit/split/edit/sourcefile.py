"""Finds where definitions of a C file begin and end, with their comments and semicolons."""

from __future__ import annotations

import re
from functools import cached_property
from pathlib import Path

_TOKEN = re.compile(
    rb"""//(?:\\\n|[^\n])*|/\*.*?\*/|"(?:[^"\\\n]|\\.)*"|'(?:[^'\\\n]|\\.)*'"""
    rb"""|^[ \t]*\#(?:\\\r?\n|/\*.*?\*/|[^\n])*""",
    re.DOTALL | re.MULTILINE,
)
_SPACES = re.compile(rb"[ \t]*")
_BLANK_LINES = re.compile(rb"(?:[ \t]*\r?\n)+")
_ENDS_BLANK = re.compile(rb"\n[ \t]*\r?\n\Z")


class Source:
    """The bytes of one C file, and where its definitions begin and end."""

    def __init__(self, content: bytes) -> None:
        self.content = content

    @cached_property
    def code(self) -> bytes:
        """The content with comments, literals and directives blanked; offsets stay the same."""
        return _TOKEN.sub(_blank, self.content)

    def lines(self, text: bytes) -> bytes:
        """Return generated text with the line ends of this file."""
        if b"\r\n" not in self.content:
            return text
        return text.replace(b"\r\n", b"\n").replace(b"\n", b"\r\n")

    @cached_property
    def directives(self) -> list[tuple[int, int, bytes]]:
        """(Start of line, end with its newline, text) of each preprocessor directive."""
        found = []
        for match in _TOKEN.finditer(self.content):
            text = match.group()
            if text.lstrip().startswith(b"#"):
                newline = self.content.find(b"\n", match.end())
                end = len(self.content) if newline < 0 else newline + 1
                found.append((match.start(), end, text))
        return found

    def definition(self, start: int, end: int, floor: int = 0) -> tuple[int, int]:
        """Widen [start, end) to the whole definition.

        Takes in attributes and macros before it (not before ``floor``, the end of the definition
        before it), the comment that belongs to it, its semicolon, and the rest of its last line.
        """
        start = self.comment_before(self._attributes(start, floor), floor)
        return start, self._trailing(end)

    def tidy(self, start: int, end: int) -> tuple[int, int]:
        """Widen a removal over blanks, so that one blank line remains of those around it.

        On a line that keeps something behind the removal, the blanks in between go.
        """
        before = self.content[:start]
        if not before or before.endswith(b"\n"):
            spaces = _SPACES.match(self.content, end)
            if spaces and not before.endswith(self.content[end - 1 : end] or b"\n"):
                end = spaces.end()
        if _ENDS_BLANK.search(before) or not before.strip():
            blank = _BLANK_LINES.match(self.content, end)
            end = blank.end() if blank else end
        return start, end

    def _attributes(self, start: int, floor: int) -> int:
        """Return the start of the text since the last ``;``, ``}`` or directive."""
        before = self.code[floor:start]
        stop = max(before.rfind(b";"), before.rfind(b"}")) + 1
        directive = 0
        for match in _TOKEN.finditer(self.content, floor, start):
            if match.group().lstrip().startswith(b"#"):
                directive = match.end() - floor
        stop = max(stop, directive)
        tail = before[stop:]
        skipped = len(tail) - len(tail.lstrip())
        return floor + stop + skipped

    def comment_before(self, start: int, floor: int) -> int:
        """Return the start of the comment directly above ``start``, no blank line between."""
        while True:
            line = self.content.rfind(b"\n", 0, start) + 1
            if line <= floor or self.content[line:start].strip():
                return start if self.content[line:start].strip() else max(line, floor)
            start = line
            above = self.content[floor:start]
            match = re.search(rb"(?:^|\n)[ \t]*(/\*(?:(?!\*/).)*\*/|//[^\n]*)[ \t]*\r?\n\Z", above,
                              re.DOTALL)  # fmt: skip
            # The comment at the start of a file describes the file.
            if match is None or floor + match.start(1) == 0:
                return start
            start = floor + match.start(1)

    def _trailing(self, end: int) -> int:
        rest = re.compile(rb"\s*;").match(self.code, end)
        if rest:
            end = rest.end()
        line = re.compile(rb"[ \t]*(?:/\*(?:(?!\*/|\n).)*\*/[ \t]*|//[^\n]*)?\r?(?:\n|\Z)").match(
            self.content, end
        )
        if not line:
            return end
        return line.end()


class Sources:
    """The files of a tree, each read once."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self._cache: dict[str, Source] = {}

    def __getitem__(self, path: str) -> Source:
        if path not in self._cache:
            self._cache[path] = Source((self.root / path).read_bytes())
        return self._cache[path]


def _blank(match: re.Match[bytes]) -> bytes:
    return re.sub(rb"[^\n]", b" ", match.group())
