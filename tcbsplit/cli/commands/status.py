# SPDX-License-Identifier: MIT
"""Show the state of all stages."""

from __future__ import annotations

import shlex

from tcbsplit.cli import options
from tcbsplit.cli.output import dump, say
from tcbsplit.model.accelerator import Mode
from tcbsplit.model.edit import Emission
from tcbsplit.model.vocabulary import Style


def status(
    config: options.Config,
    trees: options.Trees = None,
    source: options.Source = None,
    compdb: options.Compdb = None,
    artifacts: options.Artifacts = None,
    accel: options.Accel = Mode.AUTO,
    style: options.TreeStyle = Style.EXCISE,
    series: options.Series = False,
    drop_unreached: options.Drop = False,
    json: options.Json = False,
) -> None:
    """Show which stages are up to date, why others are not, and what comes next."""
    from tcbsplit.pipeline.status import status as look
    from tcbsplit.report.status import status_text

    settings, space = options.opened(config, source, compdb, artifacts)
    emission = Emission(style=style, series=series, drop_unreached=drop_unreached)
    out = options.trees_of(space, trees)
    found = look(settings, space, out, emission, accel, shlex.quote(str(config)))
    if json:
        dump(found)
    else:
        say(status_text(found))
