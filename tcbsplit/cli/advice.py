"""conflicts, explain, what-if, suggest: questions to a saved analysis."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from tcbsplit import pipeline
from tcbsplit.cli.common import (
    ConfigArgument,
    JsonOption,
    OutOption,
    SourceOption,
    dump,
    opened,
    say,
)
from tcbsplit.phases import conflicts as conflicting
from tcbsplit.phases import explain as explaining
from tcbsplit.phases import whatif
from tcbsplit.report import dot

ImageOption = Annotated[
    Path | None, typer.Option("--image", help="Linked ELF, to count bytes of .text.")
]


class Format(StrEnum):
    """How an answer is written."""

    text = "text"
    json = "json"
    dot = "dot"


def register(app: typer.Typer) -> None:
    """Add this file's subcommands."""
    app.command()(explain)
    app.command()(conflicts)
    app.command(name="what-if")(what_if)
    app.command()(suggest)


def explain(
    config: ConfigArgument,
    function: Annotated[str, typer.Argument(help="Function: id or name.")] = "",
    start: Annotated[str, typer.Option("--from", help="With --to: chains from here.")] = "",
    end: Annotated[str, typer.Option("--to", help="With --from: chains to here.")] = "",
    source: SourceOption = None,
    out: OutOption = None,
    how: Annotated[Format, typer.Option("--format")] = Format.text,
    json: JsonOption = False,
) -> None:
    """Say why a function is in its class, or what leads from one function to another."""
    if bool(function) == bool(start or end) or bool(start) != bool(end):
        raise typer.BadParameter("give a function, or both --from and --to")
    _, space = opened(config, source, None, out)
    how = Format.json if json else how
    if function:
        found = pipeline.explain(space, function)
        edges = [e for way in found.chains.values() for e in way.edges]
        _answer(how, found, explaining.describe(found), dot(edges, [found.id]))
    else:
        way = pipeline.between(space, start, end)
        picture = dot(way.edges, [way.start, way.end])
        _answer(how, way, explaining.describe_between(way), picture)


def conflicts(
    config: ConfigArgument,
    source: SourceOption = None,
    out: OutOption = None,
    json: JsonOption = False,
) -> None:
    """List what stays and mentions designated code, with cuts to paste. Exit status 1 if any."""
    settings, space = opened(config, source, None, out)
    found = pipeline.conflicts(settings, space)
    if json:
        dump(found)
    else:
        mentions = sum(len(c.mentions) for c in found)
        say(f"{mentions} conflicts with {len(found)} designated functions")
        if found:
            say(conflicting.describe(found))
    if found:
        raise typer.Exit(1)


def what_if(
    config: ConfigArgument,
    cut: Annotated[
        list[str] | None, typer.Option("--cut", help="CALLER->CALLEE, or CALLEE for every caller.")
    ] = None,
    stub: Annotated[str, typer.Option("--stub", help="C expression instead of the calls.")] = "",
    preprocess: Annotated[
        list[str] | None, typer.Option("--preprocess", help="Function, glob, or file:GLOB.")
    ] = None,
    image: ImageOption = None,
    source: SourceOption = None,
    out: OutOption = None,
    json: JsonOption = False,
) -> None:
    """Say what other cuts and designations would change. Nothing is written."""
    settings, space = opened(config, source, None, out)
    cuts = [whatif.parse_cut(text, stub) for text in cut or ()]
    found = pipeline.what_if(settings, space, cuts, preprocess or (), image)
    if json:
        dump(found)
    else:
        say(whatif.describe(found))


def suggest(
    config: ConfigArgument,
    budget: Annotated[int, typer.Option("--budget-cuts", min=0, help="At most so many.")] = 0,
    weights: Annotated[
        str, typer.Option("--weights", help="Costs in lines, e.g. cut=100,runtime=5,pointer=200.")
    ] = "",
    count: Annotated[int, typer.Option("--count", min=1, help="Proposals to show.")] = 10,
    image: ImageOption = None,
    source: SourceOption = None,
    out: OutOption = None,
    json: JsonOption = False,
) -> None:
    """Propose what could leave: what each proposal frees, what it costs, YAML to accept it."""
    from tcbsplit.phases import suggest as suggesting  # loads scipy

    settings, space = opened(config, source, None, out)
    found = pipeline.suggest(settings, space, suggesting.parse_weights(weights), budget, image)
    if json:
        dump(found[:count])
    else:
        say(suggesting.describe(found, count))


def _answer(how: Format, found: object, text: str, picture: str) -> None:
    if how is Format.json:
        dump(found)
    else:
        say(picture if how is Format.dot else text)
