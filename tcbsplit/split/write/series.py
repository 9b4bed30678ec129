# SPDX-License-Identifier: MIT
"""Makes the patch as a mail series for review: one patch per component, for ``git am``."""

from __future__ import annotations

import textwrap
from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence

from tcbsplit.model.program import Program
from tcbsplit.model.split import Split, Stub
from tcbsplit.model.vocabulary import DefinitionKind, Side, bare_name
from tcbsplit.split.write.patch import repository

GLUE = "glue"


def series(
    program: Program,
    split: Split,
    old: Mapping[str, bytes],
    new: Mapping[str, bytes],
    component_of: Callable[[str], str],
) -> dict[str, bytes]:
    """Return file name -> patch, in the order of their names.

    The glue comes first, then components whose sites are cut, then those that only lose code; a
    message says what leaves, how many lines that frees, and why each cut may be made.
    """
    files: dict[str, list[str]] = defaultdict(list)
    for path in sorted({*old, *new}):
        if old.get(path) != new.get(path):
            files[component_of(path) if path in old else GLUE].append(path)
    stubs: dict[str, list[Stub]] = defaultdict(list)
    for stub in split.stubs:
        stubs[component_of(stub.file)].append(stub)
    order = sorted(files, key=lambda c: (c != GLUE, c not in stubs, c))
    with repository() as made:
        made.commit({f: old.get(f) for paths in files.values() for f in paths}, "the input")
        for component in order:
            paths = files[component]
            message = _message(program, split, component, paths, stubs[component])
            made.commit({f: new.get(f) for f in paths}, message)
        mails = made.mails(len(order))
    names = ("".join(c if c.isalnum() else "-" for c in component) for component in order)
    return {
        f"series/{number:04}-{name}.patch": mail
        for number, (name, mail) in enumerate(zip(names, mails, strict=True), start=1)
    }


def _message(
    program: Program, split: Split, component: str, files: Sequence[str], stubs: Sequence[Stub]
) -> str:
    """Return the message of a component's patch."""
    gone = [
        p
        for p in split.plan.placements
        if p.file in files and p.kind is DefinitionKind.FUNCTION and Side.THIN not in p.where
    ]
    if component == GLUE:
        return (
            f"{GLUE}: add the handoff of the preprocessing guest\n\n"
            "What tcbsplit generates and the adapter of this hypervisor. Counted as part of the\n"
            f"trusted computing base: {len(files)} files.\n"
        )
    lines = sum(program.lines_of(program.functions[p.id]) for p in gone)
    moved = [p for p in gone if Side.GUEST in p.where]
    paragraphs = []
    if moved:
        subject = f"move {len(moved)} functions to the preprocessing guest"
    elif gone:
        subject = f"drop {len(gone)} functions that nothing reaches"
    else:
        subject = "cut calls of what moves" if stubs else "join the glue"
    if gone:
        paragraphs.append(
            f"{len(gone)} functions, {lines} lines of code, leave the run-time trusted computing "
            f"base: {', '.join(bare_name(p.id) for p in gone)}."
        )
    paragraphs += [
        f"{s.callee} is cut ({s.cut.policy}) at "
        f"{', '.join(f'{e.file}:{e.line}' for e in s.sites) or 'no known site'}: {s.cut.reason}"
        for s in stubs
    ]
    body = "\n\n".join(
        textwrap.fill(p, 72, break_long_words=False, break_on_hyphens=False) for p in paragraphs
    )
    return f"{component}: {subject}\n\n{body}\n"
