# SPDX-License-Identifier: MIT
"""Types of edits and new files, and options of writing a split."""

from __future__ import annotations

import msgspec

from tcbsplit.model.base import Record
from tcbsplit.model.vocabulary import Style


class Edit(msgspec.Struct, frozen=True, order=True):
    """Replace bytes [start, end) of a file of the input tree. Sorted by file and offset.

    The last field matters in the guard style only, where one tree serves all builds.
    """

    file: str
    start: int
    end: int
    replacement: bytes
    reason: str
    always: bool = False  # in every build
    leads: bool = False  # text that is inserted before a definition and belongs to it


class NewFile(Record, frozen=True, kw_only=True):
    """A file to write; ``path`` is relative to OUT."""

    path: str
    content: bytes


class Emission(Record, frozen=True, kw_only=True):
    """Options of writing a split."""

    style: Style = Style.EXCISE
    drop_unreached: bool = False  # code that no phase reaches leaves thin, too
    series: bool = False  # the patch as one per component, too


EXCISED = Emission()
