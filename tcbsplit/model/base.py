# SPDX-License-Identifier: MIT
"""Base of all model types: frozen, compact msgspec records."""

from __future__ import annotations

from typing import Annotated, Any

import msgspec


class Record(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A frozen record with named fields; equal by value; JSON object when written."""


class Row(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """A frozen record written as a JSON array: for the many small facts of a unit."""


def must(what: str, *, whole: str = "", **limits: Any) -> msgspec.Meta:
    """Return limits of a field's value; "must" and ``what`` tell a user what holds of it.

    ``whole`` is a regular expression of the whole text.
    """
    if whole:
        limits["pattern"] = rf"^({whole})$(?!\n)"
    return msgspec.Meta(extra={"must": what}, **limits)


Reason = Annotated[str, must("say why: a reviewer will ask", pattern=r"\S")]
