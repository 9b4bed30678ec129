# SPDX-License-Identifier: MIT
"""Places of the points-to analysis: possible holders of the address of a function.

A place is made once per process and is equal to nothing but itself, so that it is compared and
hashed by identity. Facts and artifacts hold its spelled form; the constructors and the parser here
are the only code that knows how it is spelled:

``f:ID``        the function ID: a value, not storage
``v:ID``        the variable ID
``m:RECORD.F``  the field F of every record of this type
``p:ID#N``      parameter N of the function ID, counted from 0; ``#*``: all variadic arguments
``r:ID``        the return value of the function ID
``l:ID:NAME``   a local variable of the function ID
``i:PLACE:ID``  the result of one call through a pointer in the function ID
``x:ID``        what the function ID, which has no body here, stores in what it is given; what the
                variable ID, which no unit defines, holds
``a:ID``        the address of the variable ID, which may be a label among code
``h:FILE|LINE|ID|HOW|UNLESS``
                what the function ID cuts up or hands to the processor: hardware may call it,
                unless all calls of the function UNLESS are in its own file
``?REASON``     a value of unknown origin
``@NAME``       whatever the registry NAME dispatches: a value
``&PLACE``      the address of PLACE, which is a pointer: its holder may store into the pointer
``~PLACE``      a piece of the value of PLACE (some of its bits): no pointer any more

A place that ends in ``@ID`` is the copy that the function ID has of a helper's parameter, result
or local variable.
"""

from __future__ import annotations

from collections.abc import Iterable
from enum import StrEnum
from typing import NamedTuple

import msgspec

from tcbsplit.model.vocabulary import SymbolId


class PlaceKind(StrEnum):
    """The kind of a place; the value is the first character of its spelled form."""

    FUNCTION = "f"
    VARIABLE = "v"
    FIELD = "m"
    PARAMETER = "p"
    RESULT = "r"
    LOCAL = "l"
    CALL_RESULT = "i"
    EXTERNAL = "x"
    LABEL = "a"
    HARDWARE = "h"
    UNKNOWN = "?"
    REGISTRY = "@"
    ADDRESS = "&"
    PIECE = "~"


# All variadic arguments of a function: a position that is not told apart.
VARIADIC = "*"
_MARKS = frozenset({PlaceKind.ADDRESS, PlaceKind.PIECE})
_UNOWNED = frozenset({PlaceKind.UNKNOWN, PlaceKind.REGISTRY})


class Escape(NamedTuple):
    """The point where a function's address is split or passed to hardware, and how."""

    file: str
    line: int
    owner: SymbolId  # the function that does it
    how: str
    unless: SymbolId  # all of its calls in its own file: nothing escapes; "" if there is none


class Place(msgspec.Struct, frozen=True, eq=False, gc=False):
    """One place or value. Use the constructors below: they return the same object every time."""

    spelled: str
    kind: PlaceKind
    owner: SymbolId = SymbolId("")  # function, variable or record; "" for other kinds
    name: str = ""  # field, position, reason, registry
    of: Place | None = None  # of an address or a piece: the place behind the mark

    @staticmethod
    def parse(spelled: str) -> Place:
        """Return the place with this spelled form."""
        return _known.get(spelled) or _make(spelled)

    @staticmethod
    def function(identity: str) -> Place:
        return Place.parse(f"f:{identity}")

    @staticmethod
    def variable(identity: str) -> Place:
        return Place.parse(f"v:{identity}")

    @staticmethod
    def field(record: str, name: str) -> Place:
        return Place.parse(f"m:{record}.{name}")

    @staticmethod
    def parameter(function: str, position: int | str) -> Place:
        """Return parameter ``position``, counted from 0, or ``VARIADIC``."""
        return Place.parse(f"p:{function}#{position}")

    @staticmethod
    def result(function: str) -> Place:
        return Place.parse(f"r:{function}")

    @staticmethod
    def local(function: str, name: str) -> Place:
        return Place.parse(f"l:{function}:{name}")

    @staticmethod
    def operands(function: str, offset: int) -> Place:
        """Return what passes through the asm statement at a byte offset, as one place."""
        return Place.parse(f"l:{function}:asm {offset}#{VARIADIC}")

    @staticmethod
    def call_result(file: str, at: int | str, caller: str) -> Place:
        """Return the result of one call through a pointer: ``at`` tells it from others there."""
        return Place.parse(f"i:{file}:{at}:{caller}")

    @staticmethod
    def external(identity: str) -> Place:
        return Place.parse(f"x:{identity}")

    @staticmethod
    def label(variable: str) -> Place:
        return Place.parse(f"a:{variable}")

    @staticmethod
    def hardware(escape: Escape) -> Place:
        return Place.parse(f"h:{'|'.join(map(str, escape))}")

    @staticmethod
    def unknown(reason: str) -> Place:
        return Place.parse(f"?{reason}")

    @staticmethod
    def registry(name: str) -> Place:
        return Place.parse(f"@{name}")

    @property
    def address(self) -> Place:
        """The address of this place."""
        return Place.parse(f"&{self.spelled}")

    @property
    def piece(self) -> Place:
        """A piece of this place's value."""
        return Place.parse(f"~{self.spelled}")

    @property
    def plain(self) -> Place:
        """The place without the mark of an address."""
        return self.of if self.kind is PlaceKind.ADDRESS and self.of is not None else self

    @property
    def escape(self) -> Escape:
        """The content of a place of kind ``HARDWARE`` (ValueError for others)."""
        file, line, owner, how, unless = self.spelled[2:].split("|")
        return Escape(file, int(line), SymbolId(owner), how, SymbolId(unless))

    @property
    def merged(self) -> bool:
        """Return whether it merges several values: variadic, or through asm."""
        return self.spelled.endswith("#*") or "#*@" in self.spelled

    @property
    def shown(self) -> str:
        """The spelled form without its kind, for messages."""
        return self.spelled[2:] if self.spelled[1] == ":" else self.spelled

    def inside(self, function: str) -> bool:
        """Return whether this is a parameter, the result or a local variable of ``function``."""
        if self.kind is PlaceKind.LOCAL:
            return self.spelled.startswith(f"{function}:", 2)
        return self.kind in OF_CALLS and self.owner == function

    def moved(self, function: str) -> Place:
        """Return the parameter or result of ``function`` that corresponds to this one."""
        mark = f"#{self.name}" if self.kind is PlaceKind.PARAMETER else ""
        return Place.parse(f"{self.kind}:{function}{mark}")

    def copy(self, caller: str) -> Place:
        """Return the copy of this place that ``caller`` has for itself."""
        return Place.parse(f"{self.spelled}@{caller}")


Places = tuple[Place, ...]
# What a fact may say is stored: functions and unknown values. Nothing is stored in them.
VALUES = frozenset({PlaceKind.FUNCTION, PlaceKind.UNKNOWN})
# What callers and callees share.
OF_CALLS = frozenset({PlaceKind.PARAMETER, PlaceKind.RESULT})
_known: dict[str, Place] = {}


def spelled(places: Iterable[Place]) -> tuple[str, ...]:
    """Return the spelled forms of ``places``, as facts hold them."""
    return tuple([place.spelled for place in places])


def _make(spelled: str) -> Place:
    kind = PlaceKind(spelled[0])
    if kind in _MARKS:
        made = Place(spelled, kind, of=Place.parse(spelled[1:]))
    elif kind in _UNOWNED:
        made = Place(spelled, kind, name=spelled[1:])
    elif kind is PlaceKind.PARAMETER:
        owner, _, name = spelled[2:].partition("#")
        made = Place(spelled, kind, SymbolId(owner), name)
    elif kind is PlaceKind.FIELD:
        owner, _, name = spelled[2:].rpartition(".")
        made = Place(spelled, kind, SymbolId(owner), name)
    else:
        made = Place(spelled, kind, SymbolId(spelled[2:]))
    _known[spelled] = made
    return made
