# SPDX-License-Identifier: MIT
"""Explain the class of a function."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated

import typer

from tcbsplit.cli import options
from tcbsplit.cli.output import dump, say


class Format(StrEnum):
    """Output formats of an answer."""

    text = "text"
    json = "json"
    dot = "dot"


def explain(
    config: options.Config,
    function: Annotated[str, typer.Argument(help="Function: id or name.")] = "",
    start: Annotated[str, typer.Option("--from", help="With --to: chains from here.")] = "",
    end: Annotated[str, typer.Option("--to", help="With --from: chains to here.")] = "",
    source: options.Source = None,
    artifacts: options.Artifacts = None,
    how: Annotated[Format, typer.Option("--format")] = Format.text,
    json: options.Json = False,
) -> None:
    """Explain the class of a function, or show the chains from one function to another."""
    from tcbsplit.pipeline import explain as explaining
    from tcbsplit.report.advice import between_text, explanation_text
    from tcbsplit.report.dot import dot

    if bool(function) == bool(start or end) or bool(start) != bool(end):
        raise typer.BadParameter("give a function, or both --from and --to")
    settings, space = options.opened(config, source, None, artifacts)
    how = Format.json if json else how
    if function:
        found = explaining.explain(settings, space, function)
        edges = [e for way in found.chains.values() for e in way.edges]
        _answer(how, found, explanation_text(found), dot(edges, [found.id]))
    else:
        way = explaining.between(space, start, end)
        _answer(how, way, between_text(way), dot(way.edges, [way.start, way.end]))


def _answer(how: Format, found: object, text: str, picture: str) -> None:
    if how is Format.json:
        dump(found)
    else:
        say(picture if how is Format.dot else text)
