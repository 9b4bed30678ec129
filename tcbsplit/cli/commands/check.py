# SPDX-License-Identifier: MIT
"""Compare the run-time TCB with its lock file."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from tcbsplit.cli import options
from tcbsplit.cli.output import dump, progress_bar, say
from tcbsplit.errors import BrokenContract
from tcbsplit.model.vocabulary import BuildName


class Format(StrEnum):
    """Output formats of a verdict."""

    text = "text"
    json = "json"
    sarif = "sarif"
    junit = "junit"


def check(
    config: options.Config,
    baseline: Annotated[Path, typer.Option("--baseline", help="The lock file.")] = Path("tcb.lock"),
    update: Annotated[bool, typer.Option("--update", help="Agree to the TCB as it is.")] = False,
    reason: Annotated[str, typer.Option("--reason", help="Why it may grow.")] = "",
    how: Annotated[Format, typer.Option("--format")] = Format.text,
    source: options.Source = None,
    compdb: options.Compdb = None,
    artifacts: options.Artifacts = None,
    cache: options.Cache = True,
    unit_timeout: options.UnitTimeout = None,
    trust: options.Trust = False,
) -> None:
    """Compare the run-time TCB with its lock file. Exit status 1 if it differs."""
    from tcbsplit.pipeline.analyze import analyze
    from tcbsplit.pipeline.check import check as compare_lock
    from tcbsplit.pipeline.machine_code import machine_code
    from tcbsplit.pipeline.saved import Analysed
    from tcbsplit.pipeline.sizes import sizes_if_split
    from tcbsplit.report.findings import finding_line, junit, sarif
    from tcbsplit.report.tables import headline
    from tcbsplit.report.tcb import RULES, findings

    settings, space = options.opened(config, source, compdb, artifacts)
    with progress_bar() as progress:
        how_read = options.extraction(cache, unit_timeout=unit_timeout, trust=trust)
        analyze(settings, space, progress, how_read)
    verdict = compare_lock(settings, space, baseline, update, reason)
    found = findings(verdict, machine_code(space)[BuildName.ORIGINAL].contradictions)
    if how is Format.json:
        dump(verdict)
    elif how is Format.sarif:
        dump(sarif(found, RULES))
    elif how is Format.junit:
        say(junit(found, RULES, f"tcbsplit check {settings.name}"))
    else:
        for f in found:
            say(finding_line(f))
        table = sizes_if_split(Analysed.of(settings, space), space.split)
        if table is not None:
            say(headline(table))
        say(f"{baseline}: {'updated' if update else 'holds' if verdict.holds else 'differs'}")
    contradictions = sum(f.rule == "machine-code" for f in found)
    if contradictions:
        raise BrokenContract(f"{contradictions} contradictions between machine code and classes")
    if not verdict.holds and not update:
        raise BrokenContract(
            f"{baseline}: the TCB is not as agreed ({len(found)} findings); "
            "agree with --update, growth needs --reason"
        )
