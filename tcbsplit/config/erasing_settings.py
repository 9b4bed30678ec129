# SPDX-License-Identifier: MIT
"""Settings of retired code: where it lies, when it is erased, what stays all the same."""

from __future__ import annotations

from enum import StrEnum

from tcbsplit.model.base import Reason, Record


class EraseHook(StrEnum):
    """A function of the adapter that the erasure calls."""

    ALONE = "alone"  # tcbsplit_adapter_alone: no other processor is in what is erased
    RELEASE = "release"  # tcbsplit_adapter_release: unmap an erased range, or give it back


class LinkerPlace(Record, frozen=True, kw_only=True):
    """The linker script: the sections are inserted below the line with ``after``."""

    file: str
    after: str
    where: str = ""


class ErasePlace(Record, frozen=True, kw_only=True):
    """The call before which retired code is erased, if not the launch of the target."""

    caller: str
    callee: str
    reason: Reason
    where: str = ""


class KeptCode(Record, frozen=True, kw_only=True):
    """A function or variable, or a glob, that is not retired."""

    name: str
    reason: Reason
    optional: bool = False
    where: str = ""


class EndedCode(Record, frozen=True, kw_only=True):
    """A function of boot, or a glob, to which control does not come back after the erasure."""

    name: str
    reason: Reason
    optional: bool = False
    where: str = ""


class RetireSettings(Record, frozen=True, kw_only=True):
    """Code and data that have done their work are erased before the target guest runs."""

    linker: LinkerPlace
    before: ErasePlace | None = None
    keep: tuple[KeptCode, ...] = ()
    ended: tuple[EndedCode, ...] = ()
    hooks: tuple[EraseHook, ...] = ()
