# SPDX-License-Identifier: MIT
"""The data that report.html holds for its scripts: tables that refer to each other by position."""

from __future__ import annotations

from enum import IntEnum

from tcbsplit.model.base import Record, Row
from tcbsplit.model.vocabulary import CodeClass, Confidence, EdgeKind, Phase, Side

NOT_REACHED, ROOT = -2, -1  # instead of the position of an arrival


class Ran(IntEnum):
    """What traces say of a function."""

    UNASKED = 0  # nothing was traced, or nothing says when it may run
    RAN = 1
    NEVER = 2  # it may run beside the target, and no trace shows it


class PageEdge(Row, frozen=True):
    """The edge by which a phase first reaches a function; positions of functions and files."""

    caller: int
    callee: int
    kind: EdgeKind
    confidence: Confidence
    file: int  # -1: the configuration
    line: int
    rule: str


class PageFunction(Row, frozen=True):
    """One function of the original. ``arrivals`` are positions of edges, one for each phase."""

    id: str
    file: int
    line: int
    end_line: int
    kind: int  # position in Page.classes
    lines: int  # code lines of its definition
    bytes: int  # of its symbols in the original image; -1: no image
    complexity: int
    component: int
    dominator: int  # the nearest function without which it leaves the TCB; -1: none
    arrivals: tuple[int, ...]  # in the order of Page.phases; NOT_REACHED, ROOT
    uses: tuple[int, ...]  # positions of variables
    held: tuple[int, ...]  # positions of cuts that hold it off
    ran: Ran
    sides: str  # of the split: t (thin), g (guest)
    retired: bool = False  # erased before the target runs


class PageVariable(Row, frozen=True):
    """A variable that functions mention; positions of functions."""

    id: str
    size: int
    readers: tuple[int, ...]
    writers: tuple[int, ...]
    handed: bool
    secret: bool


class Page(Record, frozen=True, kw_only=True):
    """All that the scripts of the page work with."""

    classes: tuple[CodeClass, ...]
    phases: tuple[Phase, ...]
    components: tuple[str, ...]
    files: tuple[str, ...]
    functions: tuple[PageFunction, ...]
    edges: tuple[PageEdge, ...]
    variables: tuple[PageVariable, ...]
    roots: dict[int, str]  # root that is not configured -> what says that it is entered
    cuts: tuple[str, ...]  # "CALLER -> CALLEE: REASON"
    sources: dict[int, dict[int, str]]  # file -> line -> text, around the steps of chains


class Region(Record, frozen=True, kw_only=True):
    """A section of an image as it is loaded."""

    name: str
    address: int
    size: int
    executable: bool
    writable: bool
    retired: bool = False  # erased before the target runs


class MemoryMap(Record, frozen=True, kw_only=True):
    """The sections of one image, by address."""

    build: str
    regions: tuple[Region, ...]


class Console(Record, frozen=True, kw_only=True):
    """What one boot said on its first serial port."""

    name: str  # of the boot's folder
    text: str
    left_out: int = 0  # characters in its middle


def sides_of(where: tuple[Side, ...]) -> str:
    """Return the letters of the sides that hold a definition."""
    return "".join(side[0] for side in where)
