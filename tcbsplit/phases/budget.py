# SPDX-License-Identifier: MIT
"""Write, read and compare the budget of the TCB: a lock file for review.

The lock has a line for every run-time function, lines and functions by component, cuts with their
reasons, and entry points, so that version control can merge it line by line.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping
from typing import Any

import msgspec
import yaml

from tcbsplit.errors import ConfigError
from tcbsplit.model.graph import Edge
from tcbsplit.model.phase import Classification
from tcbsplit.model.tcb import Component, Growth, Lock, LockVerdict
from tcbsplit.model.vocabulary import CutPolicy, SymbolId
from tcbsplit.phases.diff import beyond, runtime_of
from tcbsplit.phases.measure import Scale

VERSION = 1
_HEAD = """\
# The run-time trusted computing base of {name}, as agreed. `tcbsplit check` compares; a change is
# made with `tcbsplit check --update`, growth needs --reason.
"""


def lock_of(
    name: str,
    classes: Classification,
    scale: Scale,
    files: dict[SymbolId, str],
    component_of: Callable[[str], str],
    entries: Iterable[str],
    raises: Iterable[str] = (),
    resident: Iterable[SymbolId] = (),
) -> Lock:
    """Return the lock that describes a classification exactly.

    ``resident`` is what lasts beyond the erasure of retired code, if any is erased.
    """
    runtime = sorted(runtime_of(classes))

    def components(functions: Iterable[SymbolId]) -> dict[str, Component]:
        sums: dict[str, list[int]] = defaultdict(lambda: [0, 0])
        for identity in functions:
            found = sums[component_of(files[identity])]
            found[0] += 1
            found[1] += scale.lines[identity]
        return {n: Component(functions=f, lines=k) for n, (f, k) in sorted(sums.items())}

    return Lock(
        name=name,
        components=components(runtime),
        resident=components(resident),
        entries=tuple(sorted(entries)),
        cuts=tuple(sorted({_cut(c.edge, c.cut.policy, c.cut.reason) for c in classes.cut_edges})),
        raises=tuple(raises),
        runtime=tuple(runtime),
    )


def compare(lock: Lock, now: Lock, classes: Classification, scale: Scale) -> LockVerdict:
    """Return the differences, with the edges by which the TCB grew."""
    before = set(lock.runtime)
    grown = tuple(
        Growth(function=m.function, edge=m.edge, chain=m.chain, lines=scale.lines[m.function])
        for m in beyond(classes, before)
    )
    return LockVerdict(
        grown=grown,
        gone=tuple(sorted(before - set(now.runtime))),
        components=(
            *_components(lock.components, now.components),
            *(f"resident: {c}" for c in _components(lock.resident, now.resident)),
        ),
        changed=(
            *(f"entry {e}: new" for e in now.entries if e not in lock.entries),
            *(f"entry {e}: gone" for e in lock.entries if e not in now.entries),
            *(f"cut {c}: new" for c in now.cuts if c not in lock.cuts),
            *(f"cut {c}: gone" for c in lock.cuts if c not in now.cuts),
        ),
    )


def _components(before: Mapping[str, Component], after: Mapping[str, Component]) -> Iterable[str]:
    nothing = Component(functions=0, lines=0)
    for name in sorted(before.keys() | after.keys()):
        old, new = before.get(name, nothing), after.get(name, nothing)
        for what in ("lines", "functions"):
            change = getattr(new, what) - getattr(old, what)
            if change:
                yield f"{name}: {abs(change)} {what} {'more' if change > 0 else 'fewer'}"


def _cut(edge: Edge, policy: CutPolicy, reason: str) -> str:
    return f"{edge.caller} -> {edge.callee}: {policy}: {reason}"


def write(lock: Lock) -> str:
    """Return the text of the lock file."""

    def amounts(components: Mapping[str, Component]) -> dict[str, dict[str, int]]:
        return {n: {"functions": c.functions, "lines": c.lines} for n, c in components.items()}

    document = {
        "version": VERSION,
        "name": lock.name,
        "components": amounts(lock.components),
        **({"resident": amounts(lock.resident)} if lock.resident else {}),
        "entries": list(lock.entries),
        "cuts": list(lock.cuts),
        "raises": list(lock.raises),
        "runtime": list(lock.runtime),
    }
    text = yaml.safe_dump(document, sort_keys=False, width=1 << 16, allow_unicode=True)
    return _HEAD.format(name=lock.name) + text


def read(text: str, where: str) -> Lock:
    """Parse a lock file; raise ``ConfigError`` if it is malformed."""
    try:
        document: Any = yaml.safe_load(text)
        if document["version"] != VERSION:
            raise ConfigError(
                f"{where}: version {document['version']}; this tcbsplit knows {VERSION}"
            )
        if unknown := document.keys() - {"version", *Lock.__struct_fields__}:
            raise ValueError(f"unknown key {sorted(map(str, unknown))[0]}")
        return msgspec.convert(document, Lock)
    except (
        yaml.YAMLError,
        KeyError,
        TypeError,
        ValueError,
        AttributeError,
        RecursionError,
    ) as error:
        what = (str(error).splitlines() or [""])[0]
        raise ConfigError(
            f"{where}: not a lock file ({type(error).__name__}: {what}); did a merge leave a "
            "conflict? Make it anew: tcbsplit check --update"
        ) from None
