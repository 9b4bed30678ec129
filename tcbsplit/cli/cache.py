"""cache info, cache clear: the facts that are kept between runs."""

from __future__ import annotations

import typer

from tcbsplit import pipeline
from tcbsplit.cli.common import JsonOption, dump, say

_MEBIBYTE = 1 << 20


def register(app: typer.Typer) -> None:
    """Add this file's subcommands."""
    group = typer.Typer(
        no_args_is_help=True,
        help="The facts that are kept between runs ($TCBSPLIT_CACHE names the file).",
        rich_markup_mode=None,
    )
    group.command()(info)
    group.command()(clear)
    app.add_typer(group, name="cache")


def info(json: JsonOption = False) -> None:
    """Where the cache is and how much it holds."""
    found, machines = pipeline.cache_info()
    if json:
        dump({**found._asdict(), "path": str(found.path), "machines": machines})
    else:
        say(
            f"{found.path}: {found.units} units, {found.bytes / _MEBIBYTE:.1f} MiB; "
            f"inner machines: {machines / _MEBIBYTE:.1f} MiB"
        )


def clear() -> None:
    """Forget everything; the next run reads all sources again, and makes inner machines anew."""
    found, machines = pipeline.clear_cache()
    say(
        f"{found.path}: {found.units} units and {machines / _MEBIBYTE:.1f} MiB of inner machines "
        "forgotten"
    )
