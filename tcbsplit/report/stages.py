# SPDX-License-Identifier: MIT
"""Render the result of each stage of a run as text."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from tcbsplit.model.vocabulary import BuildName, Stage
from tcbsplit.report.machine import machine_lines
from tcbsplit.report.summary import summary


def stage_text(stage: Stage, result: Any, trees: Path) -> str:
    """Return the lines that ``run`` prints at the end of a stage."""
    if result is None:
        return f"{stage}: up to date"
    if stage is Stage.ANALYZE:
        return summary(result)
    if stage is Stage.CAPTURE:
        return f"capture: {result} compile commands"
    if stage is Stage.SPLIT:
        return f"split: {trees}: {len(result.plan.entries)} values handed over"
    lines = [f"build: {', '.join(BuildName)}"]
    for name in (BuildName.GUEST, BuildName.THIN):
        lines += machine_lines(result[name])
    return "\n".join(lines)
