# SPDX-License-Identifier: MIT
"""Define the options shared by several subcommands, and their meaning."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING, Annotated

import msgspec
import typer

from tcbsplit.errors import ConfigError
from tcbsplit.model.accelerator import Mode
from tcbsplit.model.vocabulary import Style

if TYPE_CHECKING:
    from tcbsplit.config.settings import Settings
    from tcbsplit.pipeline.extraction import Extraction
    from tcbsplit.pipeline.workspace import Workspace

Config = Annotated[Path, typer.Argument(metavar="CONFIG", help="Configuration (YAML).")]
Source = Annotated[
    Path | None,
    typer.Option("--source", metavar="DIR", help="Source tree, instead of the configuration's."),
]
Compdb = Annotated[
    Path | None,
    typer.Option("--compdb", metavar="FILE", help="Compile database, instead of the captured one."),
]
# --out is what both options were called once.
Artifacts = Annotated[
    Path | None,
    typer.Option(
        "--artifacts", "--out", metavar="DIR",
        help="Where the stages keep what they find; reports/NAME beside CONFIG if not given.",
    ),
]  # fmt: skip
TreeStyle = Annotated[
    Style, typer.Option("--style", help="What moves is gone, or behind #ifndef TCBSPLIT_THIN.")
]
Series = Annotated[
    bool, typer.Option("--series", help="Also write the patch as one per component, for git am.")
]
Drop = Annotated[
    bool, typer.Option("--drop-unreached", help="Take out what no phase reaches, too.")
]
Json = Annotated[
    bool, typer.Option("--json", help="Machine-readable output on stdout, nothing else there.")
]
Cache = Annotated[bool, typer.Option("--cache/--no-cache", help="Use what earlier runs have read.")]
Executor = Annotated[
    str,
    typer.Option(
        "--executor", metavar="processes|dask://HOST:PORT", help="Where the sources are read."
    ),
]
UnitTimeout = Annotated[
    float | None,
    typer.Option(
        "--unit-timeout", metavar="SECONDS", min=0.1, show_default="120",
        help="For reading one unit; one that takes longer is left out, and named.",
    ),
]  # fmt: skip
Trust = Annotated[
    bool,
    typer.Option(
        "--trust-database",
        help="Run compilers and assembly commands as the compile database names them.",
    ),
]
Image = Annotated[
    Path | None, typer.Option("--image", metavar="ELF", help="Linked ELF, to count bytes of .text.")
]
Trees = Annotated[
    Path | None,
    typer.Option(
        "--trees", metavar="DIR",
        help="Folder of the emitted trees; that of the last split if not given.",
    ),
]  # fmt: skip
Accel = Annotated[
    Mode, typer.Option("--accel", help="What runs the machines; all: each that is there, compared.")
]
Set = Annotated[
    list[str] | None,
    typer.Option(
        "--set", metavar="NAME=VALUE",
        help="Value of a parameter of the scenarios; or an image: original, split, guest.",
    ),
]  # fmt: skip
Scenarios = Annotated[
    list[str] | None,
    typer.Argument(metavar="[SCENARIO]...", help="Scenarios; all if none is named."),
]
Build = Annotated[
    list[str] | None,
    typer.Option("--build", metavar="NAME", help="Only this build: original or split."),
]
Split = Annotated[Path, typer.Argument(metavar="OUT", help="Folder of a split.")]


def trees_of(space: Workspace, given: Path | None) -> Path:
    """Return the folder of the emitted trees: the given one, or that of the last split."""
    from tcbsplit.pipeline.stages import trees_of as last

    return (given or last(space)).absolute()


def opened(
    config: Path,
    source: Path | None,
    compdb: Path | None,
    artifacts: Path | None,
    given: Mapping[str, str] = MappingProxyType({}),
) -> tuple[Settings, Workspace]:
    """Load the configuration and find its folder of artifacts."""
    from tcbsplit.config.load import load
    from tcbsplit.pipeline.workspace import Workspace

    settings = load(config, source=source, compdb=compdb, given=given)
    space = Workspace((artifacts or settings.artifacts).absolute())
    if settings.compdb is None and not space.compdb.is_file() and space.stamp.is_file():
        from tcbsplit.pipeline.uptodate import database_of_stamp

        # The database of the saved analysis, which was given to it with --compdb.
        settings = msgspec.structs.replace(settings, compdb=database_of_stamp(space))
    return settings, space


def extraction(
    cache: bool,
    executor: str = "processes",
    unit_timeout: float | None = None,
    verify: bool = False,
    trust: bool = False,
) -> Extraction:
    """Return the extraction that the options select."""
    from tcbsplit.frontend.cache import default_path
    from tcbsplit.pipeline.extraction import Extraction, cluster

    local = executor == "processes"
    if not local and unit_timeout is not None:
        raise typer.BadParameter("--unit-timeout is kept by processes of this machine only")
    return Extraction(
        cache=default_path() if cache else None,
        executor=None if local else cluster(executor),
        verify=verify,
        trust=trust,
        unit_timeout=unit_timeout,
    )


def given(sets: Sequence[str] | None) -> dict[str, str]:
    """Return the values of ``--set NAME=VALUE``."""
    values = dict.fromkeys(sets or ())
    wrong = [text for text in values if "=" not in text]
    if wrong:
        raise ConfigError(f"--set {wrong[0]}: must be NAME=VALUE")
    return dict(text.split("=", 1) for text in values)
