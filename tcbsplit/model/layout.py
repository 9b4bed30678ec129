# SPDX-License-Identifier: MIT
"""The layout of a variable's type: sizes, offsets and kinds of its parts.

Two compilations that give equal layouts keep equal values in equal bytes.
"""

from __future__ import annotations

from tcbsplit.model.base import Row
from tcbsplit.model.vocabulary import LayoutKind

VALUES = frozenset({
    LayoutKind.UNSIGNED, LayoutKind.SIGNED, LayoutKind.ENUM,
    LayoutKind.FLOAT, LayoutKind.COMPLEX, LayoutKind.VECTOR,
})  # fmt: skip


class Layout(Row, frozen=True):
    """A type as the compiler of its unit lays it out."""

    kind: LayoutKind = LayoutKind.OTHER
    size: int = 0  # bytes; of a bit-field 0; negative if the type is incomplete
    count: int = 0  # elements of an array, bits of a bit-field
    element: Layout | None = None  # of an array; what a pointer points to, if that was asked for
    members: tuple[Member, ...] = ()  # of a record or union

    @property
    def plain(self) -> bool:
        """Return whether its bytes are its complete value: it contains no pointers."""
        if self.kind is LayoutKind.ARRAY:
            return self.element is not None and self.element.plain
        if self.kind in (LayoutKind.RECORD, LayoutKind.UNION):
            return all(m.layout.plain for m in self.members)
        return self.kind in VALUES or self.kind is LayoutKind.BITS

    @property
    def innermost(self) -> Layout:
        """The elements of an array, or of the arrays in it; any other layout itself."""
        layout = self
        while layout.kind is LayoutKind.ARRAY and layout.element is not None:
            layout = layout.element
        return layout


class Member(Row, frozen=True):
    """A member of a record or union."""

    name: str  # empty: an anonymous record or union
    bit_offset: int  # from the start of the record
    layout: Layout

    @property
    def offset(self) -> int:
        """Bytes from the start of the record."""
        return self.bit_offset // 8


UNKNOWN = Layout()
