# SPDX-License-Identifier: MIT
"""Combine boots of one scenario: merge repetitions, compare split with original."""

from __future__ import annotations

from collections.abc import Sequence

import msgspec

from tcbsplit.config.scenario import Scenario
from tcbsplit.model.result import BootResult, RunResult
from tcbsplit.model.vocabulary import Verdict
from tcbsplit.validate.verdict.compare import divergence
from tcbsplit.validate.verdict.judge import difference


def compared(
    scenario: Scenario,
    original: BootResult,
    split: BootResult,
    captured: tuple[tuple[str, ...], tuple[str, ...]],
    *,
    consoles: bool,
) -> BootResult:
    """Return the split's result, failed if it passed but differs from the original.

    Captured lines (of original, of split) are always compared, with ``consoles`` also what the
    scenario's ``compare`` leaves of the consoles, how the machines ended, and their disks.
    """
    if split.verdict != Verdict.PASS:
        return split
    cause = difference(*captured) if scenario.capture else ""
    if cause:
        return msgspec.structs.replace(split, verdict=Verdict.FAIL, cause=cause)
    if not consoles:
        return split
    if original.verdict != Verdict.PASS:
        cause = f"nothing to compare with: the original's verdict is {original.verdict}"
        return msgspec.structs.replace(split, verdict=Verdict.ERROR, cause=cause)
    found = divergence(original, split, scenario.compare)
    if found is None:
        return split
    return msgspec.structs.replace(
        split, verdict=Verdict.FAIL, cause=found.cause, divergence=found.context
    )


def together(results: Sequence[BootResult]) -> BootResult:
    """Return one result of all repetitions; ``flaky`` if they disagree."""
    if len(results) == 1:
        return results[0]
    runs = tuple(
        RunResult(seed=r.seed, verdict=r.verdict, cause=r.cause, log=r.log, seconds=r.seconds)
        for r in results
    )
    bad = [(n, r) for n, r in enumerate(results, 1) if r.verdict != Verdict.PASS]
    if not bad:
        return msgspec.structs.replace(results[0], runs=runs)
    number, shown = bad[0]
    seed = f", seed {shown.seed}" if shown.seed else ""
    cause = f"{len(bad)} of {len(results)} runs did not pass; run {number}{seed}: {shown.cause}"
    same = len({r.verdict for r in results}) == 1
    verdict = shown.verdict if same else Verdict.FLAKY
    return msgspec.structs.replace(shown, verdict=verdict, cause=cause, runs=runs)
