# SPDX-License-Identifier: MIT
"""Derive the verdict of a boot: from its consoles, its end, its disks and its evidence."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import msgspec

from tcbsplit.config.scenario import Marker, Scenario
from tcbsplit.model.result import DiskResult
from tcbsplit.model.retire import RETIRED, Erasure
from tcbsplit.model.vocabulary import BootedBuild, Verdict, Virtualization
from tcbsplit.validate.conversation.session import End
from tcbsplit.validate.machine.interface import LAUNCHES, Abilities
from tcbsplit.validate.verdict.judge import Judgement

Found = tuple[Verdict, str]  # with the cause; empty for a pass


def expected(scenario: Scenario, abilities: Abilities) -> tuple[Scenario, tuple[str, ...]]:
    """Return the scenario adapted to an accelerator, and the checks omitted there."""
    unchecked: tuple[str, ...] = ()
    if scenario.exit is not None and not abilities.exit_status:
        scenario = msgspec.structs.replace(scenario, exit=None)
        unchecked = ("exit status",)
    ports = tuple(
        msgspec.structs.replace(p, expect=_slower(p.expect, abilities.pace)) for p in scenario.ports
    )
    markers = _slower(scenario.expect, abilities.pace)
    return msgspec.structs.replace(scenario, expect=markers, ports=ports), unchecked


def _slower(markers: Sequence[Marker], pace: float) -> tuple[Marker, ...]:
    return tuple(msgspec.structs.replace(m, within=round(m.within * pace)) for m in markers)


def judged(
    scenario: Scenario,
    build: str,
    end: End,
    found: Sequence[Judgement],
    disks: Sequence[DiskResult],
) -> Found:
    """Return the verdict on a machine that has ended, and its cause."""
    verdict, cause = _heard(scenario, end, found)
    if verdict != Verdict.PASS:
        return verdict, cause
    wrong = next((f"{d.name} {d.problem}" for d in disks if d.problem), "")
    wrong = wrong or erased(scenario, end.evidence)
    return (Verdict.FAIL, wrong) if wrong else launched(scenario, build, end.evidence)


def erased(scenario: Scenario, evidence: Mapping[str, str]) -> str:
    """Return what is wrong with the erasure of retired code, where memory was looked at.

    The original launches the target alone: what it must not launch, the split must not come to.
    """
    state = evidence.get(RETIRED, "")
    if state.startswith(Erasure.LEFT):
        return f"what is retired was erased, and is not gone: {state}"
    starts = BootedBuild.ORIGINAL in scenario.launches
    if state == Erasure.NOT_REACHED and starts:
        return "the target ran, and what is retired was not erased before"
    if state == Erasure.DONE and not starts:
        return "what is retired was erased: the target was to be launched, and must not be"
    return ""


def launched(scenario: Scenario, build: str, evidence: Mapping[str, str]) -> Found:
    """Return the verdict on launched guests, where the machine counts them."""
    if LAUNCHES not in evidence or scenario.machine.virtualization is Virtualization.NONE:
        return Verdict.PASS, ""
    count = int(evidence[LAUNCHES])
    if build in scenario.launches and not count:
        return Verdict.ERROR, (
            "no guest was launched by hardware virtualisation: nothing is proved "
            "(if none must be, the scenario says so: launches)"
        )
    if build not in scenario.launches and count:
        return Verdict.FAIL, (
            f"a guest was launched by hardware virtualisation ({count} times), and none must be"
        )
    return Verdict.PASS, ""


def _heard(scenario: Scenario, end: End, found: Sequence[Judgement]) -> Found:
    """Return the verdict from the consoles, and from how the machine ended."""
    if end.error:
        return Verdict.ERROR, end.error
    causes = [
        (j, f"serial port {number}: {j.cause}" if number > 1 else j.cause)
        for number, j in enumerate(found, 1)
        if j.cause
    ]
    resets = end.story.resets
    if not causes:
        if resets > scenario.resets:
            return Verdict.ERROR, f"the machine was reset {_more_than(scenario.resets)}"
        return Verdict.PASS, ""
    judgement, cause = causes[0]
    if judgement.missing and resets > scenario.resets:
        return Verdict.ERROR, f"the machine was reset {_more_than(scenario.resets)}; {cause}"
    if judgement.missing and judgement.silent:
        return Verdict.ERROR, f"the machine was silent: {cause}"
    return Verdict.FAIL, cause


def _more_than(allowed: int) -> str:
    """Return the number of resets in words.

    The exact count depends on timing: QEMU ends at the first reset only if none is allowed.
    """
    if not allowed:
        return "once"
    return "more than once" if allowed == 1 else f"more than {allowed} times"
