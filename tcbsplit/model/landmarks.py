# SPDX-License-Identifier: MIT
"""What a linked image shows of where a hypervisor begins, launches guests, and is entered."""

from __future__ import annotations

from enum import StrEnum

from tcbsplit.model.base import Record


class LandmarkKind(StrEnum):
    """The meaning of a place in an image."""

    ENTRY = "entry"  # where a loader starts it
    LAUNCH = "launch"  # enters a guest
    EXIT = "exit"  # where a guest's exit arrives
    RESUME = "resume"  # where control continues behind the instruction that entered a guest
    VECTOR = "vector"  # where the processor enters by an exception or an interrupt


class Landmark(Record, frozen=True, kw_only=True):
    """A function that an image shows to have a meaning, and what shows it."""

    kind: LandmarkKind
    names: tuple[str, ...]  # symbols of its first byte, the likeliest first
    why: str


class Landmarks(Record, frozen=True, kw_only=True):
    """The landmarks of an image, in the order of their kinds, and what could not be followed."""

    path: str
    found: tuple[Landmark, ...] = ()
    unclear: tuple[str, ...] = ()
