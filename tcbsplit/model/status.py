# SPDX-License-Identifier: MIT
"""The state of every stage of a configuration."""

from __future__ import annotations

from enum import StrEnum

from tcbsplit.model.base import Record
from tcbsplit.model.vocabulary import Stage


class State(StrEnum):
    """Whether the results of a stage are what it would make now."""

    CURRENT = "up to date"
    STALE = "stale"
    MISSING = "not run yet"
    FAILED = "failed"  # it ran, and a verdict does not hold
    NONE = "not configured"


class StageStatus(Record, frozen=True, kw_only=True):
    """One stage: its state and the reasons for it."""

    stage: Stage
    state: State
    reasons: tuple[str, ...] = ()


class Status(Record, frozen=True, kw_only=True):
    """All stages in order, and the command that comes next; empty if there is none."""

    name: str
    artifacts: str  # absolute path of the folder
    stages: tuple[StageStatus, ...]
    next: str = ""


class Stamped(Record, frozen=True, kw_only=True):
    """What a finished stage was made of, and what it made: name -> digest."""

    inputs: dict[str, bytes]
    outputs: dict[str, bytes]
