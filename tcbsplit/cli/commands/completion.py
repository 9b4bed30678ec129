# SPDX-License-Identifier: MIT
"""Print completion for a shell."""

from __future__ import annotations

from typing import Annotated

import typer

from tcbsplit.cli.completing import Shell, script
from tcbsplit.cli.output import say


def completion(shell: Annotated[Shell, typer.Argument(help="The shell that reads it.")]) -> None:
    """Print completion of subcommands and options for bash, zsh or fish."""
    from tcbsplit.cli.app import main_command

    say(script(shell, main_command()))
