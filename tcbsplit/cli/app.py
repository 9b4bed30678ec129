"""The application: all subcommands, and how each kind of error ends."""

from __future__ import annotations

import gc
import sys
import traceback
from typing import Annotated, Any

import typer
from typer.core import TyperGroup

from tcbsplit import __version__, process
from tcbsplit.cli import advice, analysis, audits, boots, budget, cache, trees, validation
from tcbsplit.cli.common import errors
from tcbsplit.errors import Interrupted, TcbsplitError


class _Group(TyperGroup):
    """Makes Ctrl-C an error like others; left to typer it would end without a word."""

    def invoke(self, ctx: Any) -> Any:
        try:
            return super().invoke(ctx)
        except KeyboardInterrupt:
            raise Interrupted("interrupted; earlier results are as they were") from None
        except process.Ended as end:
            text = f"tcbsplit: ended by {end.signal}; earlier results are as they were"
            errors.print(text, markup=False, style="red")
            raise


app = typer.Typer(
    cls=_Group,
    name="tcbsplit",
    help="Split a C hypervisor into a thin hypervisor and a preprocessing guest, and prove it.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)
analysis.register(app)
advice.register(app)
validation.register(app)
boots.register(app)
audits.register(app)
trees.register(app)
budget.register(app)
cache.register(app)


def _version(wanted: bool) -> None:
    if wanted:
        print(f"tcbsplit {__version__}")
        raise typer.Exit


@app.callback()
def _options(
    debug: Annotated[bool, typer.Option("--debug", help="Show the traceback of errors.")] = False,
    version: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Show the version.")
    ] = False,
) -> None:
    """Options before the subcommand."""


def main() -> None:
    """Run the command line; errors become one or two lines and an exit status."""
    # A program is millions of small frozen records without cycles; looking for cycles takes longer
    # than the work, and this process ends soon.
    gc.disable()
    debug = "--debug" in sys.argv[1:]
    arguments = [a for a in sys.argv[1:] if a != "--debug" or "--" in sys.argv[1:]]
    try:
        app(args=arguments, prog_name="tcbsplit")
    except TcbsplitError as error:
        if debug:
            traceback.print_exc()
        errors.print(f"tcbsplit: {error}", markup=False, style="red")
        sys.exit(error.exit_status)
