# SPDX-License-Identifier: MIT
"""Explain a topic or a subcommand, or print the manual page."""

from __future__ import annotations

from typing import Annotated

import typer

from tcbsplit.cli.manual import TOPICS
from tcbsplit.cli.output import say
from tcbsplit.errors import UnknownNameError, near


def help(
    ctx: typer.Context,
    topic: Annotated[str, typer.Argument(help="A topic, or a subcommand.")] = "",
    man: Annotated[
        bool, typer.Option("--man", help="Print the manual page, in man(7)'s format.")
    ] = False,
) -> None:
    """Explain a topic or a subcommand; without one, list the topics."""
    from tcbsplit.cli.app import COMMANDS, main_command
    from tcbsplit.cli.manpage import manual_page

    group = main_command()
    if man:
        say(manual_page(group))
    elif not topic:
        say("tcbsplit help TOPIC, with one of: " + ", ".join(TOPICS))
        say("tcbsplit help SUBCOMMAND, with one of: " + ", ".join(COMMANDS))
    elif topic in TOPICS:
        say(TOPICS[topic])
    elif topic in COMMANDS:
        command = group.get_command(ctx, topic)
        inner = typer.Context(command, info_name=f"tcbsplit {topic}")
        say(command.get_help(inner))
    else:
        hint = near(topic, [*TOPICS, *COMMANDS])
        raise UnknownNameError(f"no topic and no subcommand {topic}{hint}")
