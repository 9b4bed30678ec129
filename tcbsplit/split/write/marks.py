# SPDX-License-Identifier: MIT
"""Makes the patches that give a tree's boot code the marks that it lacks, one per component."""

from __future__ import annotations

import textwrap
from collections import defaultdict
from collections.abc import Callable, Sequence

from tcbsplit.model.edit import Edit
from tcbsplit.model.program import Program
from tcbsplit.model.retire import Marked
from tcbsplit.model.unit import FunctionFact
from tcbsplit.model.vocabulary import bare_name
from tcbsplit.split.edit.apply import apply, by_file
from tcbsplit.split.edit.sourcefile import Sources
from tcbsplit.split.write.patch import repository

_SHOWN = 4  # callers of one definition


def mark_series(
    program: Program,
    sources: Sources,
    edits: Sequence[Edit],
    missing: Sequence[Marked],
    component_of: Callable[[str], str],
) -> dict[str, bytes]:
    """Return file name -> patch for ``git am``; each message says who calls what is marked."""
    grouped = by_file(edits)
    files: dict[str, list[str]] = defaultdict(list)
    for file in grouped:
        files[component_of(file)].append(file)
    with repository() as made:
        made.commit({f: sources[f].content for f in grouped}, "the input")
        for component in sorted(files):
            paths = files[component]
            ones = [m for m in missing if m.file in paths]
            made.commit(
                {f: apply(sources[f].content, grouped[f]) for f in paths},
                _message(program, component, ones),
            )
        mails = made.mails(len(files))
    names = ("".join(c if c.isalnum() else "-" for c in n) for n in sorted(files))
    return {
        f"{number:04}-{name}.patch": mail
        for number, (name, mail) in enumerate(zip(names, mails, strict=True), start=1)
    }


def _message(program: Program, component: str, ones: Sequence[Marked]) -> str:
    marks = ", ".join(dict.fromkeys(m.mark for m in ones))
    functions = sum(isinstance(program.definition(m.id), FunctionFact) for m in ones)
    counts = [
        f"{n} {what}{'s' if n > 1 else ''}"
        for n, what in ((functions, "function"), (len(ones) - functions, "variable"))
        if n
    ]
    lines = [
        "\n".join(
            textwrap.wrap(
                f"- {bare_name(m.id)}: {m.why}",
                72,
                subsequent_indent="  ",
                break_long_words=False,
                break_on_hyphens=False,
            )
        )
        for m in ones
    ]
    body = "No code that runs once boot is over reaches them:\n\n" + "\n".join(lines)
    return f"{component}: mark {' and '.join(counts)} as {marks}\n\n{body}\n"


def shown_callers(callers: Sequence[str]) -> str:
    """Return who calls or mentions a definition, in words."""
    names = [bare_name(c) for c in callers[:_SHOWN]]
    more = len(callers) - _SHOWN
    return ", ".join([*names, *([f"{more} more"] if more > 0 else [])])
