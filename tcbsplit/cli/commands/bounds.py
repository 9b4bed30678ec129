"""Measure the reduction as an interval."""

from __future__ import annotations

from tcbsplit.cli.options import (
    ConfigArgument,
    ImageOption,
    JsonOption,
    OutOption,
    SourceOption,
    opened,
)
from tcbsplit.cli.output import dump, say


def bounds(
    config: ConfigArgument,
    image: ImageOption = None,
    source: SourceOption = None,
    out: OutOption = None,
    json: JsonOption = False,
) -> None:
    """The reduction as an interval: with certain edges only, and with assumed ones."""
    from tcbsplit.pipeline.bounds import bounds as measure
    from tcbsplit.report.tcb import bounds_text

    settings, space = opened(config, source, None, out)
    found = measure(settings, space, image)
    if json:
        dump(found._asdict())
        return
    say(bounds_text(found))
