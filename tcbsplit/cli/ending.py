# SPDX-License-Identifier: MIT
"""Decide the exit status of a subcommand."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import typer

from tcbsplit.errors import BrokenContract, EnvironmentProblem
from tcbsplit.model.machine import Findings
from tcbsplit.model.result import BootResult
from tcbsplit.model.vocabulary import Verdict


def end_boots(boots: Sequence[BootResult]) -> None:
    """Exit with status 1 if a boot failed, 2 if none ran."""
    if any(b.verdict not in (Verdict.PASS, Verdict.SKIPPED) for b in boots):
        raise typer.Exit(1)
    if boots and all(b.verdict == Verdict.SKIPPED for b in boots):
        raise EnvironmentProblem("no boot was made: every one was skipped")


def end_machine(held: Mapping[str, Findings]) -> None:
    """Exit with status 1 if machine code contradicts the analysis."""
    count = sum(len(found.contradictions) for found in held.values())
    if count:
        raise BrokenContract(f"{count} contradictions between machine code and the analysis")
