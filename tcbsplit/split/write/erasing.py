# SPDX-License-Identifier: MIT
"""Generates the C that erases what is retired, and the header of its sections."""

from __future__ import annotations

from tcbsplit.config.erasing_settings import RetireSettings
from tcbsplit.model.retire import ERASED, SectionKind
from tcbsplit.split.edit.placing import attribute
from tcbsplit.split.write.templates import render


def erasing_files(settings: RetireSettings, *, receives: bool) -> dict[str, bytes]:
    """Return the files by name; ``receives``: tcbsplit's own handoff comes before the erasure."""
    header = render(
        "handoff/retired.h.j2",
        attributes={k.value: attribute(k) for k in SectionKind},
        sections={k.value: k.section for k in SectionKind},
    )
    data = [k for k in SectionKind if k is not SectionKind.CODE]
    source = render(
        "handoff/retire.c.j2",
        code=SectionKind.CODE.bounds,
        data=[k.bounds for k in data],
        erased=ERASED,
        hooks={h.value for h in settings.hooks},
        receives=receives,
    )
    return {"retired.h": header, "retire.c": source}
