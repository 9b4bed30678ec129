# SPDX-License-Identifier: MIT
"""Facts about data: which places may hold the address of which variable, and who uses it.

The points-to analysis of code pointers (``model.place``) takes a pointer and what it points to as
one place. Here they are told apart. Places and values are spelled:

``o:ID``        the address of the variable ID, or of a part of it: a value
``local``       the address of what is not a variable of the program (on the stack, a literal)
``?REASON``     an unknown address: a value
``#N``          the integer N: a value; ``#`` another integer
``v:ID``        what the variable ID, or an element of it, holds
``m:RECORD.F``  what the field F of every record of this type holds
``p:ID#N``      parameter N of the function ID, counted from 0; ``#*``: all variadic arguments
``k:ID#N``      the same as an argument, where the parameter is a pointer to const
``r:ID``        the return value of the function ID
``l:ID:NAME``   a local variable of the function ID
``c:LINE:ID#N`` argument N of a call through a pointer at a line in the function ID; ``#r`` its
                result
``d:TYPE``      what pointers of this type hold that are used through pointers to them
"""

from __future__ import annotations

from tcbsplit.model.base import Row

# What these do is known by their names. No address is followed into them.
COPIES = frozenset({"memcpy", "memmove", "mempcpy", "__memcpy_chk", "__memmove_chk"})
FILLS = frozenset({"memset", "bzero", "__memset_chk"})
LOOKS = frozenset({"memcmp", "memchr", "free", "kfree", "prefetch", "expect", "object_size"})
KNOWN = COPIES | FILLS | LOOKS

LOCAL = "local"
ANY = "d:*"  # what is used as a pointer through a pointer to something else


class DataFlow(Row, frozen=True):
    """``target`` may hold the address that ``source`` holds or is."""

    target: str
    source: str
    owner: str  # function or variable in which it happens


class DataUse(Row, frozen=True):
    """A function reads or writes what ``place`` points to."""

    owner: str
    place: str
    write: bool
    file: str
    line: int


class DataFacts(Row, frozen=True):
    """The facts about data of some declarations. They are read where a split needs them."""

    flows: tuple[DataFlow, ...] = ()
    uses: tuple[DataUse, ...] = ()
