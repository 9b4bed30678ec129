# SPDX-License-Identifier: MIT
"""The kinds of JSON and YAML documents whose schema other programs can have."""

from __future__ import annotations

from enum import StrEnum


class DocumentKind(StrEnum):
    """A document that people write (scenarios) or that a stage does."""

    SCENARIOS = "scenarios"
    ANALYSIS = "analysis"
    MACHINE = "machine"
    MANIFEST = "manifest"
    BUILD = "build"
    BOOTS = "boots"
    EXECUTED = "executed"
    AUDIT = "audit"
    REPORT = "report"
    TABLES = "tables"
