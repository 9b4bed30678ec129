# SPDX-License-Identifier: MIT
"""Build the call graph and classify every function."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Annotated

import typer

from tcbsplit.cli import options
from tcbsplit.cli.output import dump, progress_bar, say


def analyze(
    config: options.Config,
    source: options.Source = None,
    compdb: options.Compdb = None,
    artifacts: options.Artifacts = None,
    cache: options.Cache = True,
    executor: options.Executor = "processes",
    unit_timeout: options.UnitTimeout = None,
    trust: options.Trust = False,
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
    json: options.Json = False,
) -> None:
    """Build the call graph and classify every function."""
    from tcbsplit.report.summary import summary

    settings, space = options.opened(config, source, compdb, artifacts)
    how = options.extraction(cache, executor, unit_timeout, verify and not matrix, trust)
    if matrix:
        from tcbsplit.pipeline.variants import analyze_variants
        from tcbsplit.report.tcb import variants_text

        with progress_bar() as progress:
            found = analyze_variants(settings, space, _variants(matrix), how, progress)
        if json:
            dump(found)
        else:
            say(variants_text(found))
        return
    from tcbsplit.pipeline.analyze import analyze as analyze_source

    with progress_bar() as progress:
        analysis = analyze_source(settings, space, progress, how)
    if json:
        dump(analysis)
    else:
        say(summary(analysis))
        say(f"analysis: {space.analysis}")


def _variants(pairs: list[str]) -> dict[str, Path]:
    """Parse ``NAME=DATABASE`` of every variant; the name becomes a folder."""
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
