# SPDX-License-Identifier: MIT
"""Compare executed functions, or machine code, with the analysis."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from tcbsplit.cli import options
from tcbsplit.cli.ending import end_boots, end_machine
from tcbsplit.cli.output import dump, progress_bar, say
from tcbsplit.errors import ConfigError

if TYPE_CHECKING:
    from tcbsplit.config.settings import Settings
    from tcbsplit.model.result import BootResult
    from tcbsplit.model.trace import Trace
    from tcbsplit.pipeline.workspace import Workspace


def audit(
    config: options.Config,
    scenarios: options.Scenarios = None,
    build: options.Build = None,
    recorded: Annotated[
        bool, typer.Option("--recorded", help="Audit the saved traces; boot nothing.")
    ] = False,
    never: Annotated[
        bool, typer.Option("--never", help="List run-time functions that no scenario exercised.")
    ] = False,
    boot: Annotated[
        bool,
        typer.Option(
            "--boot/--no-boot", help="Without: hold machine code against the analysis instead."
        ),
    ] = True,
    image: Annotated[
        list[Path] | None,
        typer.Option("--image", help="With --no-boot: this linked ELF, not what was built."),
    ] = None,
    trees: options.Trees = None,
    source: options.Source = None,
    artifacts: options.Artifacts = None,
    sets: options.Set = None,
    json: options.Json = False,
) -> None:
    """Trace, and compare executed functions with the analysis; exit status 1 on a violation.

    Without a boot: compare branches and addresses of objects and linked images with the graph.
    """
    settings, space = options.opened(config, source, None, artifacts, options.given(sets))
    if image and boot:
        raise ConfigError("--image goes with --no-boot")
    if not boot:
        _audit_machine(settings, space, image or (), json)
        return
    from tcbsplit.pipeline.audit import audit as audit_traces
    from tcbsplit.pipeline.trace import trace
    from tcbsplit.report.audit import audit_text, traces_text
    from tcbsplit.report.boots import boots_text

    folder = options.trees_of(space, trees)
    results: list[BootResult] = []
    traces: list[Trace] = []
    if not recorded:
        with progress_bar() as progress:
            results, traces = trace(
                settings, space, folder, scenarios or (), build or (), progress=progress
            )
    found = audit_traces(settings, space, folder, traces)
    if json:
        dump(found)
    else:
        say(boots_text(results))
        say("\n".join((*traces_text(found.traces), *audit_text(found, never))))
        say(f"audit: {space.audit}")
    if found.violations:
        raise typer.Exit(1)
    end_boots(results)


def _audit_machine(
    settings: Settings, space: Workspace, images: Sequence[Path], json: bool
) -> None:
    from tcbsplit.pipeline.audit import audit_machine
    from tcbsplit.report.machine import machine_lines

    compared = audit_machine(settings, space, images)
    if json:
        dump(compared)
    else:
        for findings in compared.values():
            say("\n".join(machine_lines(findings)))
    end_machine(compared)
