# SPDX-License-Identifier: MIT
"""Load the given subcommand; print its errors and exit with its status."""

from __future__ import annotations

import gc
import sys
import traceback
from importlib import import_module
from typing import Annotated, Any, TextIO, cast

import typer
from typer.core import TyperGroup

from tcbsplit.cli.helping import Command, settings, write_commands
from tcbsplit.cli.manual import TOPICS
from tcbsplit.cli.output import say_error
from tcbsplit.cli.streams import Output
from tcbsplit.errors import Defect, EnvironmentProblem, InputError, Interrupted, TcbsplitError, near

COMMANDS = (
    "capture", "analyze", "split", "explain", "conflicts", "what-if", "suggest", "build", "report",
    "run", "boot", "schema", "doctor", "trace", "audit", "verify", "bom", "check", "diff", "bounds",
    "cache", "order", "history", "status", "config", "init",
    "completion", "help", "demo",
    "retire",
)  # fmt: skip


class _Group(TyperGroup):
    """A group that imports the file of a subcommand on demand."""

    def list_commands(self, ctx: Any) -> list[str]:
        return list(COMMANDS)

    def get_command(self, ctx: Any, cmd_name: str) -> Any:
        if cmd_name not in COMMANDS:
            ctx.fail(f"no command {cmd_name}{near(cmd_name, COMMANDS)}")
        name = cmd_name.replace("-", "_")
        module = import_module(f"tcbsplit.cli.commands.{name}")
        command = getattr(module, name)
        if not isinstance(command, typer.Typer):
            single = typer.Typer(add_completion=False, rich_markup_mode=None)
            context = settings(getattr(module, "CONTEXT", {}))
            single.command(cmd_name, cls=Command, context_settings=context)(command)
            return typer.main.get_command(single)
        return typer.main.get_command(command)

    def format_commands(self, ctx: Any, formatter: Any) -> None:
        """Write the subcommands by what they are for, each with its whole first paragraph."""
        helps = {n: self.get_command(ctx, n).help or "" for n in COMMANDS}
        write_commands(
            formatter, {n: " ".join(t.split("\n\n")[0].split()) for n, t in helps.items()}
        )

    def format_epilog(self, ctx: Any, formatter: Any) -> None:
        """Write where further help is."""
        formatter.write_paragraph()
        formatter.write_text("tcbsplit help first-hour; other topics: " + ", ".join(TOPICS))

    def invoke(self, ctx: Any) -> Any:
        # With typer's own handler, Ctrl-C would give no message.
        try:
            return super().invoke(ctx)
        except KeyboardInterrupt:
            raise Interrupted("interrupted; earlier results are as they were") from None
        except SystemExit as end:
            from tcbsplit.process.signals import Ended

            if isinstance(end, Ended):
                say_error(f"tcbsplit: ended by {end.number.name}; earlier results are as they were")
            raise


app = typer.Typer(
    cls=_Group,
    name="tcbsplit",
    help="Split a C hypervisor into a thin hypervisor and a preprocessing guest, and prove it.",
    no_args_is_help=True,
    add_completion=False,
    context_settings=settings({}),
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)


def main_command() -> Any:
    """Return the whole command line, for what describes it."""
    return typer.main.get_command(app)


def _version(wanted: bool) -> None:
    if wanted:
        from tcbsplit.cli.about import versions_text

        print(versions_text())
        raise typer.Exit


@app.callback()
def _options(
    debug: Annotated[bool, typer.Option("--debug", help="Show the traceback of errors.")] = False,
    version: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Show versions.")
    ] = False,
) -> None:
    """Options before the subcommand."""


def _cause(error: OSError | RecursionError) -> TcbsplitError:
    """Return the error of a file that no stage expects to be unusable, or of too deep an input."""
    if isinstance(error, RecursionError):
        return InputError("an input is nested too deeply to be read")
    place = f"{error.filename}: " if error.filename is not None else ""
    return EnvironmentProblem(f"{place[:300]}{error.strerror or error}")


def main() -> None:
    """Run the command line; turn errors into one or two lines and an exit status."""
    # A program consists of millions of small frozen records without cycles. Cycle collection would
    # take longer than the work itself, and this process ends soon.
    gc.disable()
    debug = "--debug" in sys.argv[1:]
    arguments = [a for a in sys.argv[1:] if a != "--debug" or "--" in sys.argv[1:]]
    try:
        try:
            sys.stdout = cast(TextIO, Output(sys.stdout))
            try:
                app(args=arguments, prog_name="tcbsplit")
            finally:
                sys.stdout.flush()
        except BrokenPipeError:
            raise
        except (OSError, RecursionError) as error:
            raise _cause(error) from error
    except TcbsplitError as error:
        if debug:
            traceback.print_exc()
        say_error(f"tcbsplit: {error}")
        if isinstance(error, Defect):
            say_error("This is a defect of tcbsplit: please report it, with the input if you can.")
        sys.exit(error.exit_status)
