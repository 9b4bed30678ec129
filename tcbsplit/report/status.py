# SPDX-License-Identifier: MIT
"""Render the state of all stages as text."""

from __future__ import annotations

from tcbsplit.model.status import Status

_SHOWN = 3  # reasons of a stage


def status_text(status: Status) -> str:
    """Return a line for each stage, the place of the artifacts, and what comes next."""
    lines = []
    for s in status.stages:
        more = len(s.reasons) - _SHOWN
        told = [*s.reasons[:_SHOWN], *([f"{more} more"] if more > 0 else [])]
        lines.append(f"{s.stage:8} {s.state:14} {'; '.join(told)}".rstrip())
    lines.append(f"artifacts: {status.artifacts}")
    lines.append(f"next: {status.next}" if status.next else "nothing is to be done")
    return "\n".join(lines)
