# SPDX-License-Identifier: MIT
"""All results that the page and the tables show."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from tcbsplit.model.advice import Border, CutPrice
from tcbsplit.model.page import Console, MemoryMap, Page
from tcbsplit.model.report import Report
from tcbsplit.model.split import Split
from tcbsplit.model.trace import Audit


@dataclass(frozen=True)
class Contents:
    """The results of a run, computed and ready to be shown."""

    report: Report
    page: Page
    split: Split
    audit: Audit | None
    borders: tuple[Border, ...]
    prices: tuple[CutPrice, ...]
    maps: tuple[MemoryMap, ...]
    consoles: Mapping[str, Console]  # by path of the log
