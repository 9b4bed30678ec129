# SPDX-License-Identifier: MIT
"""Find what the facts of a declaration in a header depend on outside of its own text.

A declaration has the same facts in all units in which the names that its text leads to mean the
same. A name leads to the words of its definitions if it is a macro. What a name means is set on the
command line, in the unit's own file, and in the files that were read before the header. A file
means the same wherever the same of its lines are compiled.

Names are found in the text, so there may be some too many: a declaration is then read once more
than it need be. Not found are names that ``##`` makes of the arguments of another file's macro.
"""

from __future__ import annotations

import re
import sys
from bisect import bisect_right
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence, Set
from itertools import chain

from tcbsplit.frontend.extract.parsed import Skipped, line_starts

_COMMENT = re.compile(rb"/\*.*?\*/|//[^\n]*", re.DOTALL)
_DEFINE = re.compile(rb"^[ \t]*#[ \t]*define[ \t]+(\w+)(\([^)]*\))?((?:\\\r?\n|.)*)", re.MULTILINE)
_VISIBLE = re.compile(rb"[^\n]")
_WORD = re.compile(rb"[A-Za-z_]\w*")
_PASTED = re.compile(rb"(\w+)[ \t]*##|##[ \t]*(\w+)")
_SHORTEST = 3  # letters of a piece that may make a name
_SET = re.compile(r"-[DU]([A-Za-z_]\w*)(?:=.*)?", re.DOTALL)
_ATTRIBUTE = re.compile(rb"\b__attribute__\s*\(\(.*?\)\)", re.DOTALL)
# Other names than of macros that do not mean the same in every unit: of static functions and
# variables, functions that are defined, types; and of macros that end.
_GIVEN = (
    re.compile(rb"^[ \t]*#[ \t]*undef[ \t]+(\w+)", re.MULTILINE),
    re.compile(rb"\bp(?:ush|op)_macro\s*\(\s*\\?\"(\w+)"),
    re.compile(rb"\bstatic\b[^;{}()=]*?(\w+)\s*[(=;\[]"),
    re.compile(rb"\b(?:static|typedef)\b[^;{}()=]*\(\s*\*+\s*(\w+)"),
    re.compile(rb"(\w+)\s*\([^;{}]*\)\s*\{"),
    re.compile(rb"\b(?:struct|union|enum)\s+(\w+)\s*\{"),
    re.compile(rb"\btypedef\b[^;{}]*?(\w+)\s*(?:\[[^];]*\]\s*)*;"),
    re.compile(rb"^\}\s*(\w+)\s*;", re.MULTILINE),
)
# They may be macros as well, but have no other meaning of their own.
_KEYWORDS = frozenset(
    b"auto break case char const continue default do double else enum extern float for goto if "
    b"inline int long register return short signed sizeof static struct switch typedef union "
    b"unsigned void volatile while asm typeof".split()
)

_NONE: frozenset[bytes] = frozenset()


class _Text:
    """What a file, or a setting on the command line, gives names to mean."""

    def __init__(self, content: bytes) -> None:
        starts = line_starts(content)
        plain = _COMMENT.sub(_blank, content)
        self.bodies: dict[bytes, set[bytes]] = defaultdict(set)  # macro -> the words of its body
        self._lines: dict[bytes, list[int]] = defaultdict(list)  # that give a name a meaning
        for match in _DEFINE.finditer(plain):
            name, parameters, definition = match.groups(b"")
            self._lines[name].append(bisect_right(starts, match.start()))
            self.bodies[name] |= _words(definition).difference(_WORD.findall(parameters))
            if b"##" in definition:
                self.bodies[name] |= _pieces(definition)
        plain = _ATTRIBUTE.sub(_blank, _DEFINE.sub(_blank, plain))
        for pattern in _GIVEN:
            for match in pattern.finditer(plain):
                if match[1] not in _KEYWORDS:
                    self._lines[match[1]].append(bisect_right(starts, match.start(1)))
        self.names = self._lines.keys()

    def differing(self, one: Skipped, other: Skipped) -> frozenset[bytes]:
        """Return the names that do not mean the same if other lines are not compiled."""
        left = _numbers(one) ^ _numbers(other)
        return frozenset(n for n, lines in self._lines.items() if not left.isdisjoint(lines))


def _numbers(ranges: Skipped) -> set[int]:
    return set(chain.from_iterable(range(first, last + 1) for first, last in ranges))


def _blank(match: re.Match[bytes]) -> bytes:
    """Return blanks in place of a text, so that the rest stays where it is."""
    return _VISIBLE.sub(b" ", match.group())


def _words(text: bytes) -> frozenset[bytes]:
    return frozenset(_WORD.findall(text))


def _pieces(text: bytes) -> set[bytes]:
    """Return the parts of names that a macro makes, as ``##part``."""
    pairs = _PASTED.findall(text)
    return {b"##" + word for pair in pairs for word in pair if len(word) >= _SHORTEST}


def plain_arguments(arguments: Iterable[str]) -> str:
    """Return the arguments that set no macro, as one text."""
    return sys.intern("\0".join(a for a in arguments if not _SET.fullmatch(a)))  # often compared


class Reach:
    """The names that the text of a declaration leads to."""

    def __init__(self) -> None:
        self.words: set[bytes] = set()
        self.places = 0  # a bit for each place that gives one of the names a meaning


class Context:
    """The files and settings of the units read so far, and what they give names to mean."""

    def __init__(self) -> None:
        self._texts: dict[str, _Text] = {}
        self._usual: dict[str, Skipped] = {}  # of each file: what was skipped the first time
        self._bits: dict[tuple[str, Skipped] | str, int] = {}  # of places, one for each
        self._where: dict[bytes, int] = defaultdict(int)  # name -> the bits of its places
        # macro -> the words of its bodies; part of a name -> the names that may be made of it
        self._bodies: dict[bytes, set[bytes]] = defaultdict(set)
        self._parts: tuple[bytes, ...] = ()
        self._led: dict[bytes, list[Reach]] = defaultdict(list)  # name -> which lead to it

    def before(
        self,
        arguments: Sequence[str],
        depths: Mapping[str, int],
        contents: Mapping[str, bytes],
        skipped: Mapping[str, Skipped],
    ) -> dict[str, int]:
        """Return the places that each file of a unit has before its end, a bit for each.

        ``depths`` are the depths of inclusion of all files below the root, in the order in which
        they are read, the unit's own first; ``skipped`` are the lines that are not compiled.
        """
        settings: dict[str, list[str]] = defaultdict(list)
        for argument in arguments:
            if match := _SET.fullmatch(argument):
                settings[match[1]].append(argument)
        places = 0
        for macro, values in settings.items():
            places |= self._setting(macro, "\0".join(values))
        found: dict[str, int] = {}
        open_: list[str] = []  # files that are not read to their end
        for path, depth in depths.items():
            while open_ and depths[open_[-1]] >= depth:
                found[open_.pop()] |= places
            found[path] = places
            places |= self._file(path, contents[path], skipped.get(path, ()))
            open_.append(path)
        for path in open_:
            found[path] |= places
        return found

    def reach(self, text: bytes) -> Reach:
        """Return what the text of a declaration leads to; it grows with what is read later."""
        found = Reach()
        self._follow(found, _words(text))
        return found

    def _follow(self, reach: Reach, words: Iterable[bytes]) -> None:
        """Add words, and what they lead to."""
        new = set(words) - reach.words
        while new:
            reach.words |= new
            further: set[bytes] = set()
            for word in new:
                if word.startswith(b"##") and word not in self._bodies:
                    self._parts += (word[2:],)
                    self._bodies[word] = _made((word[2:],), self._where)[word]
                self._led[word].append(reach)
                reach.places |= self._where.get(word, 0)
                further |= self._bodies.get(word, _NONE)
            new = further - reach.words

    def _file(self, path: str, content: bytes, skipped: Skipped) -> int:
        """Return the bits of a file: one, and another if some names mean something else."""
        text = self._texts.get(path)
        if text is None:
            text = self._texts[path] = _Text(content)
            self._usual[path] = skipped
        bit = self._bits.get(path) or self._place(path, text)
        if skipped == self._usual[path]:
            return bit
        key = (path, skipped)
        other = self._bits.get(key)
        return bit | (other or self._new(key, text.differing(skipped, self._usual[path])))

    def _setting(self, macro: str, values: str) -> int:
        bit = self._bits.get(values)
        return bit or self._place(values, _Text(f"#define {macro} {values}".encode()))

    def _place(self, key: str, text: _Text) -> int:
        """Note what a file or a setting gives names to mean; return its bit."""
        bit = self._new(key, text.names)
        self._add(_made(self._parts, text.names))
        self._add(text.bodies)
        return bit

    def _add(self, bodies: Mapping[bytes, set[bytes]]) -> None:
        for name, words in bodies.items():
            self._bodies[name] |= words
            for reach in tuple(self._led.get(name, ())):
                self._follow(reach, words)

    def _new(self, key: tuple[str, Skipped] | str, names: Set[bytes]) -> int:
        bit = self._bits[key] = 1 << len(self._bits)
        for name in names:
            self._where[name] |= bit
            for reach in self._led.get(name, ()):
                reach.places |= bit
        return bit


def _made(parts: Iterable[bytes], names: Iterable[bytes]) -> dict[bytes, set[bytes]]:
    """Return which of ``names`` may be made of each part."""
    ends = tuple(parts)
    found = [n for n in names if n.startswith(ends) or n.endswith(ends)]
    return {b"##" + p: {n for n in found if n.startswith(p) or n.endswith(p)} for p in ends}
