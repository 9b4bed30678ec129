# SPDX-License-Identifier: MIT
"""Boot scenarios and judge them."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from tcbsplit.artifacts import write_atomically
from tcbsplit.cli import options
from tcbsplit.cli.ending import end_boots
from tcbsplit.cli.output import dump, progress_bar, say
from tcbsplit.model.accelerator import Mode


def boot(
    config: options.Config,
    scenarios: options.Scenarios = None,
    trees: options.Trees = None,
    source: options.Source = None,
    artifacts: options.Artifacts = None,
    accel: options.Accel = Mode.AUTO,
    sets: options.Set = None,
    compare: Annotated[
        bool, typer.Option("--compare", help="The split must do as the original did, throughout.")
    ] = False,
    repeat: Annotated[int, typer.Option("--repeat", min=1, help="Boots of each scenario.")] = 1,
    seed: Annotated[
        int, typer.Option("--seed", min=0, help="Of QEMU's random numbers in the first boot.")
    ] = 0,
    jobs: Annotated[
        int, typer.Option("--jobs", min=0, help="Boots at the same time; 0: as many as processors.")
    ] = 0,
    junit: Annotated[
        Path | None, typer.Option("--junit", metavar="FILE", help="Also write JUnit XML.")
    ] = None,
    replay: Annotated[
        Path | None,
        typer.Option(
            "--replay", metavar="LOG",
            help="Judge recorded boots again, without QEMU: one by its serial.log, or a folder.",
        ),
    ] = None,
    json: options.Json = False,
) -> None:  # fmt: skip
    """Boot scenarios under QEMU and judge them."""
    from tcbsplit.pipeline.boot import Booting
    from tcbsplit.pipeline.boot import boot as boot_all
    from tcbsplit.pipeline.boot import replay as judge_again
    from tcbsplit.report.boots import boots_text
    from tcbsplit.report.findings import boots_junit

    settings, space = options.opened(config, source, None, artifacts, options.given(sets))
    if replay is not None:
        results = judge_again(settings, replay, scenarios or (), compare=compare)
    else:
        how = Booting(mode=accel, repeat=repeat, seed=seed, compare=compare, jobs=jobs)
        with progress_bar() as progress:
            results = boot_all(
                settings,
                space,
                options.trees_of(space, trees),
                scenarios or (),
                how=how,
                progress=progress,
            )
    if junit is not None:
        write_atomically(junit, boots_junit(results, settings.name).encode() + b"\n")
    if json:
        dump(results)
    else:
        say(boots_text(results, commands=True))
    end_boots(results)
