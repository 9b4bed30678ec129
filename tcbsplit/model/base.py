"""What all model types share: frozen, compact msgspec records."""

from __future__ import annotations

import msgspec


class Record(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A frozen record with named fields; equal by value; JSON object when written."""


class Row(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """A frozen record written as a JSON array: for the many small facts of a unit."""
