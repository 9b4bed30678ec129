"""What all subcommands share: options, the workspace, progress, JSON, and how errors end."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from types import MappingProxyType
from typing import Annotated, Any

import msgspec
import typer
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn

from tcbsplit import pipeline
from tcbsplit.config.load import load
from tcbsplit.config.settings import Settings
from tcbsplit.model.vocabulary import Style
from tcbsplit.pipeline import Workspace

ConfigArgument = Annotated[Path, typer.Argument(help="Configuration (YAML).")]
SourceOption = Annotated[
    Path | None, typer.Option("--source", help="Source tree, instead of the configuration's.")
]
CompdbOption = Annotated[
    Path | None, typer.Option("--compdb", help="Compile database, instead of the captured one.")
]
OutOption = Annotated[
    Path | None, typer.Option("--out", help="Folder for artifacts; reports/NAME if not given.")
]
StyleOption = Annotated[
    Style, typer.Option("--style", help="What moves is gone, or behind #ifndef TCBSPLIT_THIN.")
]
SeriesOption = Annotated[
    bool, typer.Option("--series", help="Also write the patch as one per component, for git am.")
]
DropOption = Annotated[
    bool, typer.Option("--drop-unreached", help="Take out what no phase reaches, too.")
]
JsonOption = Annotated[
    bool, typer.Option("--json", help="Machine-readable output on stdout, nothing else there.")
]

CacheOption = Annotated[
    bool, typer.Option("--cache/--no-cache", help="Use what earlier runs have read.")
]
ExecutorOption = Annotated[
    str,
    typer.Option(
        "--executor", metavar="processes|dask://HOST:PORT", help="Where the sources are read."
    ),
]
UnitTimeoutOption = Annotated[
    float | None,
    typer.Option(
        "--unit-timeout", metavar="SECONDS", min=0.1, show_default="120",
        help="For reading one unit; one that takes longer is left out, and named.",
    ),
]  # fmt: skip

errors = Console(stderr=True, highlight=False, soft_wrap=True, emoji=False)


def opened(
    config: Path,
    source: Path | None,
    compdb: Path | None,
    out: Path | None,
    given: Mapping[str, str] = MappingProxyType({}),
) -> tuple[Settings, Workspace]:
    """Load the configuration and find its folder of artifacts."""
    settings = load(config, source=source, compdb=compdb, given=given)
    return settings, Workspace((out or Path("reports") / settings.name).absolute())


def extraction(
    cache: bool,
    executor: str = "processes",
    unit_timeout: float | None = None,
    verify: bool = False,
) -> pipeline.Extraction:
    """How units are read, by the options."""
    local = executor == "processes"
    if not local and unit_timeout is not None:
        raise typer.BadParameter("--unit-timeout is kept by processes of this machine only")
    return pipeline.Extraction(
        cache=pipeline.default_path() if cache else None,
        executor=None if local else pipeline.cluster(executor),
        verify=verify,
        unit_timeout=unit_timeout,
    )


def say(text: str, json: bool = False) -> None:
    """Print a line for people: on stdout, or on stderr where stdout is for JSON."""
    print(text, file=sys.stderr if json else sys.stdout, flush=True)


def dump(value: Any) -> None:
    """Print a value as JSON on stdout."""
    print(msgspec.json.format(msgspec.json.encode(value), indent=1).decode(), flush=True)


@contextmanager
def progress_bar() -> Iterator[pipeline.Progress]:
    """Yield a function that shows how far a stage is on stderr when that is a terminal."""
    if not errors.is_terminal:
        yield pipeline.quiet
        return
    note = TextColumn("{task.fields[note]}", markup=False)
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), note)
    with Progress(*columns, console=errors, transient=True) as bar:
        tasks: dict[str, Any] = {}

        def show(stage: str, done: int, total: int, note: str = "") -> None:
            if stage not in tasks:
                tasks[stage] = bar.add_task(stage, total=total, note=note)
            bar.update(tasks[stage], completed=done, total=total, note=note)

        yield show
