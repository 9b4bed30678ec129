# SPDX-License-Identifier: MIT
"""What the stages need of a host, and what of it is there."""

from __future__ import annotations

from enum import StrEnum

import msgspec

from tcbsplit.model.base import Record
from tcbsplit.model.result import Offer
from tcbsplit.model.vocabulary import Stage


class Found(StrEnum):
    """Whether a host has what a stage needs."""

    THERE = "yes"
    PART = "part"  # it is there, but not all of it
    MISSING = "no"


class Need(Record, frozen=True, kw_only=True):
    """One thing that a host has or lacks."""

    name: str
    found: Found
    text: str  # the version, or what is missing
    stages: tuple[Stage, ...] = ()  # which do not work without it; none: only what ``lost`` says
    lost: str = ""  # what does not work without it
    install: dict[str, str] = msgspec.field(default_factory=dict)  # by distribution

    @property
    def stops(self) -> bool:
        """Whether a stage does not work."""
        return self.found is Found.MISSING and bool(self.stages)


class Diagnosis(Record, frozen=True, kw_only=True):
    """The state of a host: what is needed, and which accelerators can run machines."""

    versions: dict[str, str]
    needs: tuple[Need, ...]
    accelerators: tuple[Offer, ...]

    def ready(self, stage: Stage) -> bool:
        """Return whether a stage can work here."""
        machine = stage is not Stage.BOOT or any(o.there for o in self.accelerators)
        return machine and not any(n.stops and stage in n.stages for n in self.needs)
