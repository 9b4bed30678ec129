# SPDX-License-Identifier: MIT
"""Pages of programs that nobody analysed: of any size, and with names that are markup."""

from __future__ import annotations

import msgspec

from tcbsplit.model.advice import Border, CutPrice
from tcbsplit.model.handoff import HandoffEntry
from tcbsplit.model.page import ROOT, Page, PageEdge, PageFunction, PageVariable, Ran
from tcbsplit.model.report import REPORT_VERSION, Report
from tcbsplit.model.resident import Amount, Resident, ResidentRow
from tcbsplit.model.result import BootResult, ComponentRow, Figures, LocTable
from tcbsplit.model.size import Size
from tcbsplit.model.split import Sides, Split, SplitPlan
from tcbsplit.model.trace import Audit, Coverage
from tcbsplit.model.vocabulary import (
    CodeClass,
    Confidence,
    CutPolicy,
    EdgeKind,
    Phase,
    SymbolId,
    Verdict,
)  # fmt: skip
from tcbsplit.report.contents import Contents

PER_FILE = 25
# A macro may name a function so, and a file may be called so.
HOSTILE = "</script><script>hit=1</script><img src=x onerror=hit=1><!--<b>&amp;\"'"


def contents(functions: int, name: str = "generated") -> Contents:
    """What a page shows of a chain of ``functions``; every text in it has ``HOSTILE`` once."""
    ids = [SymbolId(f"function_{n}") for n in range(functions - 1)]
    ids.append(SymbolId(f"odd/{HOSTILE}.c:{HOSTILE}"))
    files = [f"folder{n // 20}/sub{n % 5}/file{n}.c" for n in range(-(-functions // PER_FILE))]
    files[-1] = f"odd/{HOSTILE}.c"
    rows = tuple(_row(n, i, len(files)) for n, i in enumerate(ids))
    edges = tuple(
        PageEdge((n - 1) // 2, n, EdgeKind.CALL, Confidence.EXACT, n // PER_FILE, n, HOSTILE)
        for n in range(1, functions)
    )
    page = Page(
        classes=tuple(CodeClass),
        phases=(Phase.RUNTIME, Phase.BOOT, Phase.PREPROCESS),
        components=("core", "devices", HOSTILE),
        files=tuple(files),
        functions=rows,
        edges=edges,
        variables=(PageVariable(HOSTILE, 8, (0, 1), (functions - 1,), True, True),),
        roots={0: HOSTILE},
        cuts=(HOSTILE,),
        sources={
            f: {
                n: f"\tcall_of_something ({n}, {HOSTILE!r});"
                for n in range(f * PER_FILE, f * PER_FILE + 30)
            }
            for f in range(len(files))
        },
    )
    return Contents(
        report=_report(name),
        page=page,
        split=_split(),
        audit=Audit(
            traces=(), violations=(),
            coverage={"original": Coverage(runtime=9, executed=8, never=(HOSTILE,))},
        ),
        borders=(
            Border(
                caller="core", callee=HOSTILE, calls=3, severed=0, entries=(HOSTILE,),
                frees=Size(lines=10, functions=2),
            ),
        ),
        prices=(
            CutPrice(
                callee=HOSTILE, policy=CutPolicy.STUB, reason=HOSTILE, sites=(HOSTILE,),
                frees=Size(),
            ),
        ),
        maps=(),
        consoles={},
    )  # fmt: skip


def _row(number: int, identity: SymbolId, files: int) -> PageFunction:
    return PageFunction(
        id=identity, file=min(number // PER_FILE, files - 1), line=number, end_line=number + 9,
        kind=number % 5, lines=number % 37 + 1, bytes=number % 301, complexity=number % 9 + 1,
        component=number % 3, dominator=(number - 1) // 2 if number else -1,
        arrivals=(ROOT if number == 0 else number - 1, -2, -2), uses=(0,), held=(0,),
        ran=Ran(number % 3), sides="tg",
    )  # fmt: skip


def _report(name: str) -> Report:
    whole, thin = Figures(lines=1000, functions=90, text_bytes=0), Figures(lines=600, functions=50)
    row = ComponentRow(
        component=HOSTILE, original=whole, kept=thin, glue=Figures(lines=50), guest=thin,
        shared=Figures(), unreached=Figures(),
    )  # fmt: skip
    beside = ResidentRow(
        component=HOSTILE, original=Amount(), thin=Amount(lines=400), resident=Amount(lines=100)
    )
    boot = BootResult(
        scenario=HOSTILE, build="split", verdict=Verdict.FAIL, cause=HOSTILE, accelerator="tcg",
        accelerator_reason="", command=HOSTILE, log=HOSTILE, seconds=1, exit_status=0, markers=(),
    )  # fmt: skip
    return Report(
        version=REPORT_VERSION, name=name,
        table=LocTable(
            rows=(row,), total=msgspec.structs.replace(row, component="total"), ranks={},
            reduction_lines=0.35, reduction_text=0.0,
        ),
        cuts=(), boots=(boot,), unresolved=(), degraded=(), bounds=(), assumed=3, machine=(),
        inputs=(HOSTILE,),
        resident=Resident(rows=(beside, msgspec.structs.replace(beside, component="total"))),
        entries=(
            HandoffEntry(
                id=1, name=SymbolId(HOSTILE), file=HOSTILE, size=8, layout="", secret=True,
                writers=(SymbolId(HOSTILE),), readers=(),
            ),
        ),
    )  # fmt: skip


def _split() -> Split:
    nothing: frozenset[SymbolId] = frozenset()
    return Split(
        plan=SplitPlan(
            thin_edits=(), guest_edits=(), thin_files=(), guest_files=(), guest_sources=(),
            entries=(), placements=(), layout_hash="",
        ),
        sides=Sides(thin=nothing, guest=nothing, moved=nothing, dropped=nothing),
        stubs=(),
    )  # fmt: skip
