# SPDX-License-Identifier: MIT
"""Judge recorded boots again, without QEMU."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import msgspec

from tcbsplit.config.scenario import Scenario
from tcbsplit.errors import SourceError, UnknownNameError, near
from tcbsplit.model.accelerator import Name
from tcbsplit.model.result import BootResult
from tcbsplit.validate.conversation import record
from tcbsplit.validate.conversation.console import consoles
from tcbsplit.validate.conversation.session import End
from tcbsplit.validate.machine.accelerators import accelerators
from tcbsplit.validate.machine.folders import error_folder, run_folder
from tcbsplit.validate.machine.monitor import Story
from tcbsplit.validate.machine.qemu import PROGRAM
from tcbsplit.validate.verdict.judge import judge
from tcbsplit.validate.verdict.outcome import expected, judged
from tcbsplit.validate.verdict.repeat import compared

Heard = tuple[BootResult, tuple[str, ...]]  # with the captured lines


def replay(
    name: str, scenario: Scenario, folder: Path, *, compare: bool = False
) -> list[BootResult]:
    """Judge the boots of a scenario that are recorded below ``folder``.

    A recorded error stays an error: the console does not show it.
    """
    found: dict[str, Heard] = {}
    for build in scenario.builds:
        place = run_folder(folder, name, build)
        if not place.exists() and error_folder(place).exists():
            place = error_folder(place)
        result, captured = _again(scenario, place)
        if build == "split" and "original" in found:
            original, lines = found["original"]
            result = compared(scenario, original, result, (lines, captured), consoles=compare)
        found[build] = (result, captured)
    return [result for result, _ in found.values()]


def replay_log(path: Path, scenarios: Mapping[str, Scenario]) -> BootResult:
    """Judge one recorded boot: its folder, or a file in it (the console, for instance)."""
    folder = path if path.is_dir() else path.parent
    if not (folder / record.RESULT).is_file():
        raise SourceError(
            f"{path}: no boot was recorded there; give the folder or serial.log of a boot"
        )
    result, _ = record.recorded(folder)
    if result.scenario not in scenarios:
        raise UnknownNameError(
            f"{folder / record.RESULT}: no scenario {result.scenario}"
            f"{near(result.scenario, scenarios)} in this configuration"
        )
    return _again(scenarios[result.scenario], folder)[0]


def _again(whole: Scenario, folder: Path) -> Heard:
    told = record.recorded(folder)[0]
    there = accelerators(PROGRAM, Path())[Name(told.accelerator)].abilities
    scenario, _ = expected(whole.on(told.build), there)
    wanted = consoles(scenario)
    result, recordings = record.recorded(folder, len(wanted))
    found = [
        judge(chunks, console, result.exit_status)
        for console, chunks in zip(wanted, recordings, strict=True)
    ]
    markers = tuple(m for judgement in found for m in judgement.markers)
    if result.verdict != "error":
        end = End(
            result.exit_status,
            story=Story(resets=result.resets, ended=result.ended),
            evidence=result.evidence,
        )
        verdict, cause = judged(scenario, result.build, end, found, result.disks)
        result = msgspec.structs.replace(result, verdict=verdict, cause=cause, markers=markers)
    return msgspec.structs.replace(result, divergence=()), found[0].captured
