# SPDX-License-Identifier: MIT
"""Reads traces for tests."""

from __future__ import annotations

from tcbsplit.model.trace import Trace


def by_phase(found: Trace) -> dict[str, set[str]]:
    return {p: {f.name for f in found.functions if p in f.phases} for p in found.phases}
