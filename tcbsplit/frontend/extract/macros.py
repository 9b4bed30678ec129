# SPDX-License-Identifier: MIT
"""Find the macros of a command line that a header depends on.

Units are often compiled with a macro of their own (the name of the object). A header whose text
does not lead to that macro has the same facts in all of them. A header depends on a macro if it
names it outside of definitions, or names a macro whose body, or whose choice, leads to it.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import cached_property

_CONTINUED = re.compile(rb"\\\r?\n")
_DEFINE = re.compile(rb"^[ \t]*#[ \t]*define[ \t]+(\w+)(.*)$", re.MULTILINE)
_CHOICE = re.compile(rb"^[ \t]*#[ \t]*(?:el)?if(?:n?def)?\b.*$", re.MULTILINE)
_WORD = re.compile(rb"[A-Za-z_]\w*")
_PASTED = re.compile(rb"(\w+)[ \t]*##|##[ \t]*(\w+)")
_SET = re.compile(r"-[DU]([A-Za-z_]\w*)(?:=.*)?", re.DOTALL)
_SHORTEST = 3  # letters of a piece that may make a name


class _Text:
    """The words of a file."""

    def __init__(self, content: bytes) -> None:
        content = _CONTINUED.sub(b" ", content)
        users: dict[bytes, list[bytes]] = defaultdict(list)
        macros: set[bytes] = set()
        for name, definition in _DEFINE.findall(content):
            macros.add(name)
            for word in _words(definition):
                users[word].append(name)
        self._content = content
        self.users: Mapping[bytes, list[bytes]] = users  # word -> the macros with it in the body
        self.macros = macros  # that the file defines
        self.choices = _words(b" ".join(_CHOICE.findall(content)))  # in conditional directives
        pairs = _PASTED.findall(content) if b"##" in content else ()
        # next to ##: pieces of other names
        self.pasted = {word for pair in pairs for word in pair if len(word) >= _SHORTEST}

    @cached_property
    def outside(self) -> frozenset[bytes]:
        """The words outside of definitions."""
        return _words(_DEFINE.sub(b"", self._content))


class Macros:
    """The words of the files that were read so far."""

    def __init__(self) -> None:
        self._texts: dict[str, _Text] = {}

    def flags(
        self, arguments: Sequence[str], main: str, contents: dict[str, bytes]
    ) -> dict[str, str]:
        """Return for each header the arguments that its facts depend on, as one text.

        ``contents`` are all files of the unit below the root, the ``main`` one included.
        """
        texts = {path: self._text(path, content) for path, content in contents.items()}
        settings = {a: m[1].encode() for a in arguments if (m := _SET.fullmatch(a))}
        needed: dict[str, set[str]] = {path: set() for path in texts if path != main}
        for macro in set(settings.values()):
            same = [a for a, m in settings.items() if m == macro]
            for path in _dependent(macro, main, texts):
                needed[path].update(same)
        told: dict[frozenset[str], str] = {}  # few sets differ
        found = {}
        for path, some in needed.items():
            key = frozenset(some)
            if key not in told:
                told[key] = "\0".join(a for a in arguments if a in key or a not in settings)
            found[path] = told[key]
        return found

    def _text(self, path: str, content: bytes) -> _Text:
        found = self._texts.get(path)
        if found is None:
            found = self._texts[path] = _Text(content)
        return found


def _words(text: bytes) -> frozenset[bytes]:
    return frozenset(_WORD.findall(text))


def _leading(macro: bytes, texts: Iterable[_Text]) -> set[bytes]:
    """Return the macro and all macros that lead to it."""
    found = {macro}
    new = {macro}
    rest = list(texts)
    if not any(macro in t.choices or macro in t.users for t in rest):  # as most are
        return found
    while new:
        further: set[bytes] = set()
        undecided = []
        for text in rest:
            if new.isdisjoint(text.choices):
                undecided.append(text)
                for word in new & text.users.keys():
                    further.update(text.users[word])
            else:  # all macros of the file, so nothing more can come from it
                further |= text.macros
        rest = undecided
        new = further - found
        found |= new
    return found


def _dependent(macro: bytes, main: str, texts: dict[str, _Text]) -> Iterator[str]:
    """Yield the headers that depend on a macro."""
    leading = _leading(macro, texts.values())
    for path, text in texts.items():
        if path != main and (
            not leading.isdisjoint(text.outside)
            or any(map(macro.startswith, text.pasted))
            or any(map(macro.endswith, text.pasted))
        ):
            yield path
