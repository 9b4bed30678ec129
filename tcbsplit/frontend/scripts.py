# SPDX-License-Identifier: MIT
"""Read the order of sections and symbols from linker scripts (GNU ld manual, chapter 3).

A script is read as the linker sees it, that is, preprocessed. Only what orders input sections and
symbols is read: sizes, alignments and memory regions do not matter. A file pattern of an input
section is not read: a section that several patterns place counts at each of these points.
"""

from __future__ import annotations

import os
import re
from collections.abc import Collection, Iterable, Iterator, Sequence
from pathlib import Path

from tcbsplit.files import read_file
from tcbsplit.model.linking import Entry, Linking

_SUFFIXES = (".lds", ".ld")
_LARGEST = 1 << 20  # bytes of a linker script
_COMMENT = re.compile(r"/\*.*?\*/|^#[^\n]*", re.DOTALL | re.MULTILINE)
_TOKEN = re.compile(
    r'"[^"\n]*"|[-+*/&|]=|<<=|>>=|[=!<>]=|<<|>>|&&|\|\||[{}();,:=+&|<>?!%~]'
    r"|[A-Za-z0-9_.$/\\*?\[\]^-]+"
)
_ASSIGNMENTS = frozenset({"=", "+=", "-=", "*=", "/=", "&=", "|=", "<<=", ">>="})
_NAME = re.compile(r"[A-Za-z_.$][\w.$]*")
_PROVIDED = frozenset({"PROVIDE", "PROVIDE_HIDDEN", "HIDDEN"})
_PLACES = frozenset({"ADDR", "LOADADDR", "SIZEOF"})  # of an output section
# Words in front of parentheses that hold no input section.
_FUNCTIONS = _PLACES | {
    "ABSOLUTE", "ALIGN", "ALIGNOF", "ALIGN_WITH_INPUT", "ASSERT", "AT", "BLOCK", "BYTE", "CONSTANT",
    "COPY", "DATA_SEGMENT_ALIGN", "DATA_SEGMENT_END", "DATA_SEGMENT_RELRO_END", "DEFINED", "DSECT",
    "ENTRY", "FILL", "INFO", "LENGTH", "LOG2CEIL", "LONG", "MAX", "MIN", "NEXT", "NOLOAD", "ORIGIN",
    "OUTPUT_ARCH", "OUTPUT_FORMAT", "OVERLAY", "QUAD", "READONLY", "SEGMENT_START", "SHORT",
    "SQUAD", "SUBALIGN", "TYPE",
}  # fmt: skip
_SORTS = re.compile(r"SORT(_\w+)?|REVERSE|KEEP")


def find(folders: Iterable[Path], wanted: Collection[str]) -> tuple[Linking, ...]:
    """Return the scripts below ``folders`` that define most of the ``wanted`` symbols.

    Variants of one script (for another format of the same image) define as many: all of them are
    returned. Of a tree and its copies the first that has any counts.
    """
    for folder in folders:
        found: list[tuple[int, Linking]] = []
        for path in _paths(folder):
            linking = read(path)
            defined = {e.symbol for e in linking.entries} | linking.constants
            found.append((len(defined & set(wanted)), linking))
        most = max((n for n, _ in found), default=0)
        if most:
            return tuple(linking for n, linking in found if n == most)
    return ()


def _paths(folder: Path) -> list[Path]:
    found = []
    for base, folders, files in os.walk(folder):
        folders[:] = sorted(f for f in folders if not f.startswith("."))
        found += [Path(base) / f for f in sorted(files) if f.endswith(_SUFFIXES)]
    return [p for p in found if p.is_file() and p.stat().st_size <= _LARGEST]


def read(path: Path) -> Linking:
    """Return the order of one script; empty if it has no ``SECTIONS``."""
    return parsed(read_file(path).decode("utf-8", "replace"), str(path))


def parsed(text: str, path: str) -> Linking:
    """Return the order that the ``text`` of the script ``path`` says."""
    reader = _Script(_TOKEN.findall(_COMMENT.sub(" ", text)))
    reader.read()
    entries = tuple(reader.placed())
    constants = frozenset(reader.constants - {e.symbol for e in entries})
    return Linking(path=path, entries=entries, constants=constants)


class _Script:
    """The tokens of a script, and the entries of what was read of them."""

    def __init__(self, tokens: Sequence[str]) -> None:
        self.tokens = tokens
        self.at = 0
        self.entries: list[Entry] = []
        self.constants: set[str] = set()
        self._head = ""  # of the output section that begins here
        self._open: list[tuple[str, int]] = []  # blocks: (name, number of entries before)
        # Output section -> its first entry, and the one behind its last.
        self._outputs: dict[str, tuple[int, int]] = {}
        # Symbols at the start or end of an output section, or where another symbol is.
        self._relative: list[tuple[str, str, bool]] = []
        self._same: list[tuple[str, str]] = []

    def read(self) -> None:
        """Read all statements, whatever block they stand in."""
        while self.at < len(self.tokens):
            token = self.tokens[self.at]
            following = self.tokens[self.at + 1] if self.at + 1 < len(self.tokens) else ""
            if token == "/DISCARD/":
                self._skip("{", "}")
                continue
            self.at += 1
            if following == "(":
                self._parentheses(token)
            elif following in _ASSIGNMENTS and _NAME.fullmatch(token):
                known = len(self.entries)
                self._assign(token, ";", self.at + 1)
                if following != "=":
                    del self.entries[known:]
            else:
                self._block(token)

    def _parentheses(self, word: str) -> None:
        """Read ``word ( … )`` from its parenthesis on."""
        if word in _PROVIDED:
            self.at += 1
            self._assign(self.tokens[self.at], ")", self.at + 2)
        elif word in _FUNCTIONS:
            self._skip("(", ")")
        elif _pattern(word) and not _SORTS.fullmatch(word):
            if found := tuple(self._sections()):
                self.entries.append(Entry(sections=found))
            elif not self._head:
                self._head = word

    def _block(self, token: str) -> None:
        """Follow the heads and braces of output sections."""
        if token == "{":
            self._open.append((self._head, len(self.entries)))
            self._head = ""
        elif token == "}" and self._open:
            name, first = self._open.pop()
            if name:
                self._outputs[name] = (first, len(self.entries))
            self._trailer()
            self._head = ""
        elif token == ";":
            self._head = ""
        elif not self._head and _NAME.fullmatch(token):
            self._head = token

    def placed(self) -> Iterator[Entry]:
        """Yield the entries with the symbols that other places define."""
        extra: dict[int, list[str]] = {}
        for symbol, section, ends in self._relative:
            if section in self._outputs:
                extra.setdefault(self._outputs[section][ends], []).append(symbol)
            else:
                self.constants.add(symbol)
        where = {e.symbol: i for i, e in enumerate(self.entries) if e.symbol}
        for symbol, other in self._same:
            if other in where:
                extra.setdefault(where[other], []).append(symbol)
            else:
                self.constants.add(symbol)
        for i, entry in enumerate((*self.entries, None)):
            yield from (Entry(symbol=s) for s in extra.get(i, ()))
            if entry is not None:
                yield entry

    def _assign(self, symbol: str, end: str, start: int) -> None:
        """Note a symbol; its expression begins at the token ``start`` and ends before ``end``."""
        depth, self.at = 0, start
        while self.at < len(self.tokens):
            token = self.tokens[self.at]
            if depth == 0 and token == end:
                break
            depth += {"(": 1, ")": -1}.get(token, 0)
            self.at += 1
        expression = self.tokens[start : self.at]
        self.at += 1
        if symbol == ".":
            return
        names = [t for t in expression if _NAME.fullmatch(t) and t not in _FUNCTIONS]
        placed = [t for t in expression if t in _PLACES]
        if "." in names or ("ALIGN" in expression and "," not in expression and not placed):
            self.entries.append(Entry(symbol=symbol))
        elif placed and names:
            self._relative.append((symbol, names[0], "SIZEOF" in placed))
        elif len(expression) == 1 and names:
            self._same.append((symbol, names[0]))
        else:
            self.constants.add(symbol)

    def _trailer(self) -> None:
        """Go behind ``>region AT>region :segment =fill``, which may follow an output section."""
        while self.at + 1 < len(self.tokens) and self.tokens[self.at] in (">", "AT", ":", "="):
            self.at += 1 if self.tokens[self.at] == "AT" else 2

    def _sections(self) -> Iterator[str]:
        """Yield the section patterns in the parentheses that begin here."""
        depth = 0
        while self.at < len(self.tokens):
            token = self.tokens[self.at]
            if token == "EXCLUDE_FILE":
                self._skip("(", ")")
                continue
            self.at += 1
            depth += {"(": 1, ")": -1}.get(token, 0)
            if depth == 0:
                return
            if _pattern(token) and token not in _FUNCTIONS and not _SORTS.fullmatch(token):
                yield token.strip('"')

    def _skip(self, opening: str, closing: str) -> None:
        """Go behind the next group in parentheses or braces."""
        depth = 0
        while self.at < len(self.tokens):
            token = self.tokens[self.at]
            self.at += 1
            depth += {opening: 1, closing: -1}.get(token, 0)
            if token == closing and depth == 0:
                return


def _pattern(token: str) -> bool:
    """Return whether a token may name files: ``*``, ``*entry.o``, ``archive.a:member.o``."""
    return not token[0].isdigit() and (token[0].isalnum() or token[0] in '*?[_./"$')
