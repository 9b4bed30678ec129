# SPDX-License-Identifier: MIT
"""Tell what is not used any more once the target runs, and mark it in the project's own way."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from tcbsplit.cli import options
from tcbsplit.cli.output import dump, say
from tcbsplit.errors import BrokenContract


class Format(StrEnum):
    """Output formats of marks."""

    text = "text"
    json = "json"
    sarif = "sarif"


def retire(
    config: options.Config,
    annotate: Annotated[
        str, typer.Option("--annotate", metavar="MARK", help="Mark of boot functions: __init.")
    ] = "",
    data: Annotated[
        str, typer.Option("--data", metavar="MARK", help="Mark of variables: __initdata.")
    ] = "",
    constants: Annotated[
        str, typer.Option("--constants", metavar="MARK", help="Mark of constants: __initconst.")
    ] = "",
    include: Annotated[
        str, typer.Option("--include", metavar="HEADER", help="Header that defines the marks.")
    ] = "",
    patches: Annotated[
        Path | None,
        typer.Option("--patches", metavar="DIR", help="Where they go; marks in the artifacts."),
    ] = None,
    how: Annotated[Format, typer.Option("--format")] = Format.text,
    source: options.Source = None,
    artifacts: options.Artifacts = None,
) -> None:
    """List what could be erased before the target runs; with --annotate, mark it by patches.

    Exit status 1 if the graph contradicts a mark that is there.
    """
    from tcbsplit.model.retire import MarkNames
    from tcbsplit.pipeline.marks import marks, unsplit, whole
    from tcbsplit.report.findings import sarif
    from tcbsplit.report.marks import RULES, mark_findings, marks_text, retired_text

    if (data or constants or include) and not annotate:
        raise typer.BadParameter("--data, --constants and --include need --annotate MARK")
    settings, space = options.opened(config, source, None, artifacts)
    if not annotate:
        listed = whole(*unsplit(settings, space))
        if how is Format.text:
            say("\n".join(retired_text(listed)))
        else:
            dump(listed)
        return
    folder = (patches or space.folder / "marks").absolute()
    names = MarkNames(code=annotate, variables=data, constants=constants, header=include)
    found = marks(settings, space, names, folder)
    if how is Format.json:
        dump(found)
    elif how is Format.sarif:
        dump(sarif(mark_findings(found), RULES))
    else:
        say("\n".join(marks_text(found, folder)))
    if found.contradicted:
        raise BrokenContract(f"{len(found.contradicted)} marks are contradicted by the graph")
