# SPDX-License-Identifier: MIT
"""What the keys of configurations mean, for the schemas that editors read and for the reference."""

from __future__ import annotations

from functools import cache
from pathlib import Path

import msgspec
import yaml

from tcbsplit.model.base import Record

_FILE = Path(__file__).with_name("keys.yaml")
FIRST = "0.1"  # the version that had the keys of which no other is told


class Section(Record, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The keys of a record: their meaning, since when they exist, and excerpts with all of them."""

    keys: dict[str, str]
    examples: tuple[str, ...]
    since: dict[str, str] = msgspec.field(default_factory=dict)


@cache
def sections() -> dict[str, Section]:
    """Return the sections by the name of the record."""
    document = yaml.safe_load(_FILE.read_text(encoding="utf-8"))
    return msgspec.convert(document, dict[str, Section])
