# SPDX-License-Identifier: MIT
"""Explain a topic, a subcommand or a key of configurations, or print the manual page."""

from __future__ import annotations

from typing import Annotated

import typer

from tcbsplit.cli.manual import TOPICS
from tcbsplit.cli.output import say
from tcbsplit.errors import UnknownNameError, near


def help(
    ctx: typer.Context,
    topic: Annotated[
        str, typer.Argument(help="A topic, a subcommand, or a key: cuts.policy.")
    ] = "",
    man: Annotated[
        bool, typer.Option("--man", help="Print the manual page, in man(7)'s format.")
    ] = False,
) -> None:
    """Explain a topic, a subcommand or a key of configurations; without one, list the topics."""
    from tcbsplit.cli.app import COMMANDS, main_command
    from tcbsplit.cli.manpage import manual_page

    group = main_command()
    if man:
        say(manual_page(group))
    elif not topic:
        say("tcbsplit help TOPIC, with one of: " + ", ".join(TOPICS))
        say("tcbsplit help SUBCOMMAND, with one of: " + ", ".join(COMMANDS))
        say("tcbsplit help KEY, with a key of a configuration: roots.boot, scenarios.expect")
    elif topic in TOPICS:
        say(TOPICS[topic])
    elif topic in COMMANDS:
        command = group.get_command(ctx, topic)
        inner = typer.Context(command, info_name=f"tcbsplit {topic}")
        say(command.get_help(inner))
    else:
        say(_of_key(topic, [*TOPICS, *COMMANDS]))


def _of_key(path: str, others: list[str]) -> str:
    """Return what a key of configurations means; say what else was meant if there is none."""
    from tcbsplit.pipeline.schema import settings_schema
    from tcbsplit.report.keys import key_text

    schema = settings_schema()
    first = path.partition(".")[0]
    if "." not in path and first not in schema["$defs"]["Settings"]["properties"]:
        known = [*others, *schema["$defs"]["Settings"]["properties"]]
        raise UnknownNameError(f"no topic, no subcommand and no key {path}{near(path, known)}")
    return key_text(path, schema)
