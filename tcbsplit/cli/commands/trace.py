# SPDX-License-Identifier: MIT
"""Record which functions ran in which phase."""

from __future__ import annotations

from tcbsplit.cli import options
from tcbsplit.cli.ending import end_boots
from tcbsplit.cli.output import dump, progress_bar, say


def trace(
    config: options.Config,
    scenarios: options.Scenarios = None,
    build: options.Build = None,
    trees: options.Trees = None,
    source: options.Source = None,
    artifacts: options.Artifacts = None,
    sets: options.Set = None,
    json: options.Json = False,
) -> None:
    """Boot under QEMU's emulation and record which functions ran in which phase."""
    from tcbsplit.pipeline.trace import trace as trace_boots
    from tcbsplit.report.audit import traces_text
    from tcbsplit.report.boots import boots_text

    settings, space = options.opened(config, source, None, artifacts, options.given(sets))
    with progress_bar() as progress:
        results, traces = trace_boots(
            settings, space, options.trees_of(space, trees), scenarios or (), build or (),
            progress=progress,
        )  # fmt: skip
    if json:
        dump(traces)
    else:
        say("\n".join((boots_text(results), *traces_text(traces), f"traces: {space.traces}")))
    end_boots(results)
