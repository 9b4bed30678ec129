"""trace, audit: what ran, and whether it may."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Annotated

import typer

from tcbsplit import pipeline
from tcbsplit.cli.boots import (
    ScenariosArgument,
    SetOption,
    TreesOption,
    end_boots,
    given,
    print_boots,
)
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
from tcbsplit.errors import BrokenContract, ConfigError
from tcbsplit.model.machine import Findings
from tcbsplit.model.result import BootResult
from tcbsplit.model.trace import Audit, Trace, Violation
from tcbsplit.report import machine_lines

BuildOption = Annotated[
    list[str] | None, typer.Option("--build", help="Only this build: original or split.")
]
_KINDS = {
    "not-runtime": "ran after the boundary and is not classified run time",
    "moved": "moved to the preprocessing guest and ran in the thin hypervisor",
    "unreached": "ran and is classified unreached",
    "unknown": "ran after the boundary and is unknown to the analysis",
    "outside": "is where code ran that belongs to no function",
}


def register(app: typer.Typer) -> None:
    """Add this file's subcommands."""
    app.command()(trace)
    app.command()(audit)


def trace(
    config: ConfigArgument,
    scenarios: ScenariosArgument = None,
    build: BuildOption = None,
    trees: TreesOption = None,
    source: SourceOption = None,
    out: OutOption = None,
    sets: SetOption = None,
    json: JsonOption = False,
) -> None:
    """Boot under QEMU's emulation and record which functions ran in which phase."""
    settings, space = opened(config, source, None, out, given(sets))
    with progress_bar() as progress:
        results, traces = pipeline.trace(
            settings, space, (trees or space.split).absolute(), scenarios or (), build or (),
            progress=progress,
        )  # fmt: skip
    if json:
        dump(traces)
    else:
        print_boots(results)
        _print_traces(traces)
        say(f"traces: {space.traces}")
    end_boots(results)


def audit(
    config: ConfigArgument,
    scenarios: ScenariosArgument = None,
    build: BuildOption = None,
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
    trees: TreesOption = None,
    source: SourceOption = None,
    out: OutOption = None,
    sets: SetOption = None,
    json: JsonOption = False,
) -> None:
    """Trace, and hold what ran against the analysis; status 1 where it does not fit.

    Without a boot: hold the branches and addresses of objects and linked images against the graph.
    """
    settings, space = opened(config, source, None, out, given(sets))
    if image and boot:
        raise ConfigError("--image goes with --no-boot")
    if not boot:
        held = pipeline.audit_machine(settings, space, image or ())
        if json:
            dump(held)
        else:
            print_machine(held)
        end_machine(held)
        return
    folder = (trees or space.split).absolute()
    results: list[BootResult] = []
    traces: list[Trace] = []
    if not recorded:
        with progress_bar() as progress:
            results, traces = pipeline.trace(
                settings, space, folder, scenarios or (), build or (), progress=progress
            )
    found = pipeline.audit(settings, space, folder, traces)
    if json:
        dump(found)
    else:
        print_boots(results)
        _print_traces(found.traces)
        _print_audit(found, never)
        say(f"audit: {space.audit}")
    if found.violations:
        raise typer.Exit(1)
    end_boots(results)


def print_machine(held: Mapping[str, Findings]) -> None:
    """Print what machine code was held against the analysis, and each contradiction."""
    for found in held.values():
        for line in machine_lines(found):
            say(line)


def end_machine(held: Mapping[str, Findings]) -> None:
    """End with status 1 where machine code contradicts the analysis."""
    count = sum(len(found.contradictions) for found in held.values())
    if count:
        raise BrokenContract(f"{count} contradictions between machine code and the analysis")


def _print_traces(traces: Sequence[Trace]) -> None:
    for t in traces:
        counts = ", ".join(
            f"{sum(phase in f.phases for f in t.functions)} in {phase}" for phase in t.phases
        )
        missing = [p for p in t.phases if p not in t.reached]
        note = f"; never reached: {', '.join(missing)}" if missing else ""
        say(f"traced {t.scenario} ({t.build}): {len(t.functions)} functions ran, {counts}{note}")


def _print_audit(found: Audit, never: bool) -> None:
    for v in found.violations:
        say(f"VIOLATION {v.scenario} ({v.build}): {v.function} {_KINDS[v.kind]}")
        for line in _details(v):
            say(f"  {line}")
    for build, c in found.coverage.items():
        say(
            f"{build}: {c.executed} of {c.runtime} run-time functions were exercised; "
            "a lower bound of what can run"
        )
        if never:
            for function in c.never:
                say(f"  never exercised: {function}")
    if found.unknown:
        say(f"ran after the boundary, unknown to the analysis: {', '.join(found.unknown)}")
    for name, reason in found.excused.items():
        say(f"  excused: {name}: {reason}")
    say(f"{len(found.violations)} violations")


def _details(v: Violation) -> list[str]:
    lines = [f"in phase {v.phase}, classified {v.classified}", v.reason]
    if v.caller:
        how = "by the last indirect branch before it, in" if v.indirect else "from"
        lines.append(f"entered {how} {v.caller}" + (f": {v.edge}" if v.edge else ""))
    return lines
