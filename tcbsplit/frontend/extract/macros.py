# SPDX-License-Identifier: MIT
"""Find the macros of a command line that a header depends on.

Units are often compiled with a macro of their own (the name of the object). A header whose text
does not lead to that macro has the same facts in all of them. A header depends on a macro if it
names it outside of definitions, or names a macro whose body, or whose choice, leads to it.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from typing import NamedTuple

_CONTINUED = re.compile(rb"\\\r?\n")
_DEFINE = re.compile(rb"^[ \t]*#[ \t]*define[ \t]+(\w+)(.*)$", re.MULTILINE)
_CHOICE = re.compile(rb"^[ \t]*#[ \t]*(?:el)?if(?:n?def)?\b.*$", re.MULTILINE)
_WORD = re.compile(rb"[A-Za-z_]\w*")
_PASTED = re.compile(rb"(\w+)[ \t]*##|##[ \t]*(\w+)")
_SET = re.compile(r"-[DU]([A-Za-z_]\w*)(?:=.*)?", re.DOTALL)
_SHORTEST = 3  # letters of a piece that may make a name


class _Text(NamedTuple):
    """The words of a file."""

    users: dict[str, tuple[str, ...]]  # word -> the macros whose bodies hold it
    macros: frozenset[str]  # that the file defines
    choices: frozenset[str]  # in conditional directives
    outside: frozenset[str]  # of definitions
    pasted: frozenset[str]  # next to ##: pieces of other names


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
        leads = _Leads(texts.values())
        dependent: dict[str, frozenset[str]] = {}
        for argument in arguments:
            if (match := _SET.fullmatch(argument)) and argument not in dependent:
                dependent[argument] = frozenset(_dependent(match.group(1), leads, texts))
        return {
            path: "\0".join(a for a in arguments if path in dependent.get(a, texts))
            for path in texts
            if path != main
        }

    def _text(self, path: str, content: bytes) -> _Text:
        found = self._texts.get(path)
        if found is None:
            found = self._texts[path] = _read(content)
        return found


def _read(content: bytes) -> _Text:
    content = _CONTINUED.sub(b" ", content)
    users: dict[str, list[str]] = defaultdict(list)
    macros: set[str] = set()
    for match in _DEFINE.finditer(content):
        name = match[1].decode()
        macros.add(name)
        for word in _words(match[2]):
            users[word].append(name)
    pasted = (word for pair in _PASTED.findall(content) for word in pair if word)
    return _Text(
        {word: tuple(names) for word, names in users.items()},
        frozenset(macros),
        _words(b" ".join(_CHOICE.findall(content))),
        _words(_DEFINE.sub(b"", content)),
        frozenset(w.decode() for w in pasted if len(w) >= _SHORTEST),
    )


def _words(text: bytes) -> frozenset[str]:
    return frozenset(w.decode() for w in _WORD.findall(text))


class _Leads:
    """Which macros lead to which, in all files of a unit: looked up once for each word."""

    def __init__(self, texts: Iterable[_Text]) -> None:
        self._users: dict[str, list[str]] = defaultdict(list)
        self._chosen: dict[str, list[_Text]] = defaultdict(list)
        for text in texts:
            for word, names in text.users.items():
                self._users[word] += names
            for word in text.choices:
                self._chosen[word].append(text)

    def to(self, macro: str) -> set[str]:
        """Return the macro and all macros that lead to it."""
        found = {macro}
        work = [macro]
        taken: set[int] = set()
        while work:
            word = work.pop()
            further = set(self._users.get(word, ()))
            for text in self._chosen.get(word, ()):
                if id(text) not in taken:
                    taken.add(id(text))
                    further |= text.macros
            work += further - found
            found |= further
        return found


def _dependent(macro: str, leads: _Leads, texts: dict[str, _Text]) -> Iterator[str]:
    """Yield the files that depend on a macro."""
    leading = leads.to(macro)
    for path, text in texts.items():
        if not leading.isdisjoint(text.outside) or any(
            macro.startswith(piece) or macro.endswith(piece) for piece in text.pasted
        ):
            yield path
