"""boot, schema, doctor: scenarios, their verdicts, and what can run them."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Annotated

import typer

from tcbsplit import pipeline
from tcbsplit.artifacts import write_atomically
from tcbsplit.cli.common import (
    ConfigArgument,
    JsonOption,
    OutOption,
    SourceOption,
    dump,
    opened,
    progress_bar,
    say,
)
from tcbsplit.errors import ConfigError, EnvironmentProblem
from tcbsplit.model.accelerator import Mode
from tcbsplit.model.result import BootResult
from tcbsplit.model.vocabulary import Verdict
from tcbsplit.report import boots_junit

_CAUSE_LINES = 3  # of a cause that has more, on the terminal


TreesOption = Annotated[
    Path | None, typer.Option("--trees", help="Folder of the split; the artifacts' if not given.")
]
AccelOption = Annotated[
    Mode,
    typer.Option("--accel", help="What runs the machines; all: each that is there, compared."),
]
SetOption = Annotated[
    list[str] | None,
    typer.Option(
        "--set", metavar="NAME=VALUE",
        help="Value of a parameter of the scenarios; or an image: original, split, guest.",
    ),
]  # fmt: skip
ScenariosArgument = Annotated[
    list[str] | None, typer.Argument(help="Scenarios; all if none is named.")
]


def register(app: typer.Typer) -> None:
    """Add this file's subcommands."""
    app.command()(boot)
    app.command()(schema)
    app.command()(doctor)


def boot(
    config: ConfigArgument,
    scenarios: ScenariosArgument = None,
    trees: TreesOption = None,
    source: SourceOption = None,
    out: OutOption = None,
    accel: AccelOption = Mode.AUTO,
    sets: SetOption = None,
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
    json: JsonOption = False,
) -> None:  # fmt: skip
    """Boot scenarios under QEMU and judge them."""
    settings, space = opened(config, source, None, out, given(sets))
    if replay is not None:
        results = pipeline.replay(settings, replay, scenarios or (), compare=compare)
    else:
        how = pipeline.Booting(mode=accel, repeat=repeat, seed=seed, compare=compare, jobs=jobs)
        with progress_bar() as progress:
            results = pipeline.boot(
                settings,
                space,
                (trees or space.split).absolute(),
                scenarios or (),
                how=how,
                progress=progress,
            )
    if junit is not None:
        write_atomically(junit, boots_junit(results, settings.name).encode() + b"\n")
    if json:
        dump(results)
    else:
        print_boots(results, commands=True)
    end_boots(results)


def schema() -> None:
    """Print the JSON Schema of files of scenarios, for editors."""
    dump(pipeline.scenario_schema())


def doctor(json: JsonOption = False) -> None:
    """Say which accelerators this host has, and what is missing for the others."""
    found = pipeline.doctor()
    if json:
        dump(found)
    else:
        for offer in found:
            say(f"{offer.name:7} {'yes' if offer.there else 'no '}  {offer.text}")
    if not any(offer.there for offer in found):
        raise EnvironmentProblem("nothing here can run a machine")


def given(sets: Sequence[str] | None) -> dict[str, str]:
    """The values of ``--set NAME=VALUE``."""
    values = dict.fromkeys(sets or ())
    wrong = [text for text in values if "=" not in text]
    if wrong:
        raise ConfigError(f"--set {wrong[0]}: must be NAME=VALUE")
    return dict(text.split("=", 1) for text in values)


def print_boots(results: Sequence[BootResult], commands: bool = False) -> None:
    """Print one line per boot, its cause, and where its record is."""
    for b in results:
        lines = b.cause.splitlines()
        more = [f"({len(lines) - _CAUSE_LINES} more lines)"] if len(lines) > _CAUSE_LINES else []
        cause = "\n       ".join(["", *lines[:_CAUSE_LINES], *more][1:])
        times = f"{len(b.runs)} times, " if b.runs else ""
        took = "" if b.verdict == Verdict.SKIPPED else f", {times}{b.seconds:.1f} s"
        said = "; ".join([*([cause] if cause else []), *(f"{u} not checked" for u in b.unchecked)])
        say(
            f"{b.verdict:7}  {b.scenario} ({b.build}, {b.accelerator}{took})"
            + (f": {said}" if said else "")
        )
        for line in b.divergence:
            say(f"       {line}")
        if commands and b.command:
            say(f"       {b.command}")
            say(f"       log: {b.log}")
    for reason in sorted(
        {f"{b.machine or b.accelerator}: {b.accelerator_reason}" for b in results}
    ):
        say(reason)


def end_boots(boots: Sequence[BootResult]) -> None:
    """Exit status 1 when a boot did not hold, 2 when none was made."""
    if any(b.verdict not in (Verdict.PASS, Verdict.SKIPPED) for b in boots):
        raise typer.Exit(1)
    if boots and all(b.verdict == Verdict.SKIPPED for b in boots):
        raise EnvironmentProblem("no boot was made: every one was skipped")
