# SPDX-License-Identifier: MIT
"""Compare the run-time TCB of two analyses."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from tcbsplit.cli import options
from tcbsplit.cli.output import dump, say
from tcbsplit.errors import ConfigError

CONTEXT = {"ignore_unknown_options": True}


def diff(
    before: Annotated[str, typer.Argument(help="Folder of artifacts, or a git revision.")],
    after: Annotated[str, typer.Argument(help="Folder of artifacts, or a git revision.")],
    build: Annotated[
        list[str] | None, typer.Argument(help="For revisions: the build command, after --.")
    ] = None,
    config: Annotated[
        Path | None, typer.Option("--config", help="For revisions: the configuration.")
    ] = None,
    source: options.Source = None,
    cache: options.Cache = True,
    unit_timeout: options.UnitTimeout = None,
    trust: options.Trust = False,
    json: options.Json = False,
) -> None:
    """List the functions that entered and left the run-time TCB, and the causing edges."""
    from tcbsplit.pipeline.diff import diff as diff_folders
    from tcbsplit.pipeline.diff import diff_revisions
    from tcbsplit.report.tcb import difference_text

    if config is None:
        for folder in (before, after):
            if not Path(folder).is_dir():
                raise ConfigError(
                    f"{folder}: no folder of artifacts; for git revisions give --config CONFIG "
                    "and the build command: tcbsplit diff A B --config CONFIG -- make"
                )
        found = diff_folders(Path(before), Path(after))
    else:
        if not build:
            raise ConfigError("the build command is missing: tcbsplit diff A B --config C -- make")
        settings, _ = options.opened(config, source, None, None)
        read = options.extraction(cache, unit_timeout=unit_timeout, trust=trust)
        found = diff_revisions(settings, (before, after), build, read)
    if json:
        dump(found)
    else:
        say(difference_text(found))
