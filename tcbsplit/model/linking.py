# SPDX-License-Identifier: MIT
"""The order in which the linker lays out sections and defines symbols between them."""

from __future__ import annotations

from tcbsplit.model.base import Record, Row


class Entry(Row, frozen=True):
    """One item of a layout: a symbol at this point, or the input sections that are placed here."""

    symbol: str = ""
    sections: tuple[str, ...] = ()  # globs over names of input sections


class Linking(Record, frozen=True, kw_only=True):
    """The entries of one image in ascending order of addresses, and the file that shows them.

    ``constants`` are symbols that the linker defines without a place among the sections.
    """

    path: str
    entries: tuple[Entry, ...] = ()
    constants: frozenset[str] = frozenset()
    # Names that the program mentions and the image lacks: compilers left that code out.
    dropped: frozenset[str] = frozenset()
