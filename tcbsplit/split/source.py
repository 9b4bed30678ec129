"""Bytes of a C file: where a definition begins and ends, comments and semicolons included."""

from __future__ import annotations

import re

_TOKEN = re.compile(
    rb"""//(?:\\\n|[^\n])*|/\*.*?\*/|"(?:[^"\\\n]|\\.)*"|'(?:[^'\\\n]|\\.)*'"""
    rb"""|^[ \t]*\#(?:\\\r?\n|/\*.*?\*/|[^\n])*""",
    re.DOTALL | re.MULTILINE,
)


class Source:
    """The bytes of one file, and the same with comments and directives blanked."""

    def __init__(self, content: bytes) -> None:
        self.content = content
        self.code = _TOKEN.sub(_blank, content)

    def definition(self, start: int, end: int, floor: int = 0) -> tuple[int, int]:
        """Widen [start, end) to the whole definition.

        Takes in attributes and macros before it (not before ``floor``, the end of the definition
        before it), the comment that belongs to it, its semicolon, and the rest of its last line;
        of the blank lines around it one remains.
        """
        start = self._leading_comment(self._attributes(start, floor), floor)
        end = self._trailing(end)
        return start, end

    def _attributes(self, start: int, floor: int) -> int:
        """Back over tokens since the last ``;``, ``}`` or directive."""
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

    def _leading_comment(self, start: int, floor: int) -> int:
        """Back over the comment that touches the definition (no blank line between them)."""
        while True:
            line = self.content.rfind(b"\n", 0, start) + 1
            if line <= floor or self.content[line:start].strip():
                return start if self.content[line:start].strip() else max(line, floor)
            start = line
            above = self.content[floor:start]
            match = re.search(rb"(?:^|\n)[ \t]*(/\*(?:(?!\*/).)*\*/|//[^\n]*)[ \t]*\r?\n\Z", above,
                              re.DOTALL)  # fmt: skip
            # The comment at the very top of a file speaks of the file.
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
        end = line.end()
        blank = re.compile(rb"(?:[ \t]*\r?\n)+").match(self.content, end)
        return blank.end() if blank else end


def _blank(match: re.Match[bytes]) -> bytes:
    return re.sub(rb"[^\n]", b" ", match.group())
