"""capture, analyze, split: from a build to the trees."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Annotated

import typer

from tcbsplit import pipeline
from tcbsplit.cli.common import (
    CacheOption,
    CompdbOption,
    ConfigArgument,
    DropOption,
    ExecutorOption,
    JsonOption,
    OutOption,
    SeriesOption,
    SourceOption,
    Style,
    StyleOption,
    UnitTimeoutOption,
    dump,
    extraction,
    opened,
    progress_bar,
    say,
)
from tcbsplit.model.analysis import Analysis, IndirectStatistics
from tcbsplit.model.collision import told
from tcbsplit.model.edit import Emission
from tcbsplit.phases.matrix import describe
from tcbsplit.report import few, machine_lines


def register(app: typer.Typer) -> None:
    """Add this file's subcommands."""
    app.command(context_settings={"ignore_unknown_options": True})(capture)
    app.command()(analyze)
    app.command()(split)


def capture(
    command: Annotated[list[str], typer.Argument(help="Build command, after --.")],
    output: Annotated[
        Path, typer.Option("--output", "-o", help="Where to write the database.")
    ] = Path("compile_commands.json"),
) -> None:
    """Run a build under bear and write its compile database."""
    count = pipeline.capture(
        command, Path.cwd(), output.absolute(), output.absolute().with_suffix(".log")
    )
    say(f"{output}: {count} compile commands")


def analyze(
    config: ConfigArgument,
    source: SourceOption = None,
    compdb: CompdbOption = None,
    out: OutOption = None,
    cache: CacheOption = True,
    executor: ExecutorOption = "processes",
    unit_timeout: UnitTimeoutOption = None,
    verify: Annotated[
        bool,
        typer.Option(
            "--verify-flags",
            help="Run the recorded compilers' preprocessors: do they read the same lines?",
        ),
    ] = False,
    matrix: Annotated[
        list[str] | None,
        typer.Option("--matrix", metavar="NAME=DATABASE", help="A variant; give several."),
    ] = None,
    json: JsonOption = False,
) -> None:
    """Build the call graph and classify every function."""
    settings, space = opened(config, source, compdb, out)
    how = extraction(cache, executor, unit_timeout)
    if matrix:
        with progress_bar() as progress:
            found = pipeline.matrix(settings, space, _variants(matrix), how, progress)
        if json:
            dump(found)
        else:
            say(describe(found))
        return
    with progress_bar() as progress:
        how = extraction(cache, executor, unit_timeout, verify)
        analysis = pipeline.analyze(settings, space, progress, how)
    if json:
        dump(analysis)
    else:
        say(summary(analysis))
        say(f"analysis: {space.analysis}")


def _variants(pairs: list[str]) -> dict[str, Path]:
    """``NAME=DATABASE`` of every variant; the name becomes a folder."""
    found: dict[str, Path] = {}
    for pair in pairs:
        name, _, database = pair.partition("=")
        if not re.fullmatch(r"[A-Za-z0-9][A-Za-z0-9._-]*", name) or not database or name in found:
            raise typer.BadParameter(
                f"--matrix {pair}: must be NAME=DATABASE, each name once, "
                "of letters, digits, dots and dashes"
            )
        found[name] = Path(database)
    return found


def summary(analysis: Analysis) -> str:
    """Counts by class, edges by confidence, and what is not certain."""
    classes: dict[str, int] = {}
    edges: dict[str, int] = {}
    for function in analysis.functions:
        classes[function.kind] = classes.get(function.kind, 0) + 1
    for edge in analysis.edges:
        edges[edge.confidence] = edges.get(edge.confidence, 0) + 1
    lines = [
        f"{len(analysis.functions)} functions: "
        + ", ".join(f"{n} {k}" for k, n in sorted(classes.items())),
        f"{len(analysis.edges)} edges: " + ", ".join(f"{n} {k}" for k, n in sorted(edges.items())),
        indirect_calls(analysis.indirect),
    ]
    lines += [f"  {s.file}:{s.line}: {s.text}: {s.reason}" for s in analysis.unresolved[:5]]
    lines += hardware(analysis)
    degraded = sorted(analysis.degraded, key=lambda d: not d.abandoned)
    if degraded:
        lost = sum(d.abandoned for d in degraded)
        lines.append(
            f"{len(degraded)} units with parse errors (their facts may lack)"
            + (f", {lost} of them not read at all:" if lost else ":")
        )
        lines += [
            f"  {d.file}:{d.line}: {d.message}"
            for unit in degraded[:5]
            for d in unit.diagnostics[:1]
        ]
    if analysis.left_out:
        lines.append(f"{len(analysis.left_out)} sources are not part of the linked image: "
                     f"{few(analysis.left_out)}")  # fmt: skip
    if analysis.machine is not None:
        lines += machine_lines(analysis.machine)
    if analysis.collisions:
        count = len(analysis.collisions)
        lines.append(f"{count} names have several definitions (what each of them says counts):")
        lines += [f"  {line}" for line in told(analysis.collisions)]
    if analysis.compared:
        lines.append(f"{analysis.compared} units compared with what their compilers read")
    if analysis.missing_compilers:
        lines.append(f"not here, not compared with: {', '.join(analysis.missing_compilers)}")
    if analysis.unknown_flags:
        lines.append(
            f"{len(analysis.unknown_flags)} compile flags that are not followed "
            "(the analysis is as if they were not there):"
        )
        lines += [
            f"  {f.flag}: {f.unit}{f' and {f.units - 1} more' if f.units > 1 else ''}"
            for f in analysis.unknown_flags
        ]
    if analysis.conflicts:
        lines.append(f"{len(analysis.conflicts)} conflicts (what stays mentions what moves):")
        lines += [f"  {e.file}:{e.line}: {e.caller} -> {e.callee}" for e in analysis.conflicts[:5]]
    return "\n".join(lines)


def hardware(analysis: Analysis) -> list[str]:
    """Run-time roots that nobody named, each with the first place that shows it."""
    first = {h.function: h for h in reversed(analysis.hardware) if h.counted}
    return [
        f"hardware may call {h.function} ({h.file}:{h.line}: {h.how}); "
        "counted as a run-time root; name it in roots to say so"
        for _, h in sorted(first.items())
    ]


def indirect_calls(found: IndirectStatistics) -> str:
    """Calls through pointers by what became of them."""
    return (
        f"{found.sites} indirect calls: {found.exact} exact, {found.resolved} resolved, "
        f"{found.registry} by registry, {found.assumed} assumed ({found.assumed_edges} edges), "
        f"{found.empty} empty, {found.unresolved} unresolved; targets: average {found.average}, "
        f"median {found.median:g}, most {found.maximum}"
    )


def split(
    config: ConfigArgument,
    out: Annotated[
        Path | None, typer.Option("--out", help="Folder for the trees: new, empty or ours.")
    ] = None,
    source: SourceOption = None,
    compdb: CompdbOption = None,
    cache: CacheOption = True,
    unit_timeout: UnitTimeoutOption = None,
    style: StyleOption = Style.excise,
    series: SeriesOption = False,
    drop_unreached: DropOption = False,
    json: JsonOption = False,
) -> None:
    """Emit the thin hypervisor, the preprocessing guest, the patch and the manifest."""
    settings, space = opened(config, source, compdb, None)
    target = (out or space.split).absolute()
    with progress_bar() as progress:
        result = pipeline.split(
            settings,
            space,
            target,
            progress,
            extraction(cache, unit_timeout=unit_timeout),
            Emission(style=style.value, series=series, drop_unreached=drop_unreached),
        )
    plan = result.plan
    if json:
        dump({"out": str(target), "entries": plan.entries, "placements": plan.placements})
        return
    moved = sum(1 for p in plan.placements if p.where == ("guest",) and p.kind == "function")
    say(f"{moved} functions moved, {len(plan.entries)} values handed over, "
        f"{len(result.stubs)} stubs")  # fmt: skip
    entered = [n.symbol for n in result.needs if n.entered]
    if entered:
        say(
            f"{len(entered)} symbol(s) that the guest needs and nobody provides: "
            f"{', '.join(entered[:5])}{' …' if len(entered) > 5 else ''}: "
            f"see {target / 'guest/needs.c'}"
        )
    say(f"trees: {target}")
