"""Names of a configuration -> ids of the graph.

A pattern is an id, a bare name, a glob over ids, or a glob over files (it holds a slash). With a
prefix it selects by something else: ``file:GLOB``, ``section:GLOB``, ``attribute:NAME`` (weak,
constructor, destructor, inline, static, noreturn, used, assembly) or ``registry:NAME:KEY`` (entries
whose key begins with KEY). One that means nothing is a mistake unless it is ``optional``.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Mapping
from fnmatch import fnmatchcase, translate

from tcbsplit.config import at, in_order, optional
from tcbsplit.config.select import ATTRIBUTES, PREFIXES, file_glob, is_glob, wrong_selector
from tcbsplit.errors import UnknownNameError, near
from tcbsplit.model.program import Program
from tcbsplit.model.unit import FunctionFact

# How clang spells the type of a function that never returns.
_NEVER_RETURNS = "__attribute__((noreturn))"
Entries = Mapping[str, Iterable[tuple[str, str]]]  # registry -> (key, function)


class Directory:
    """All functions of a program by everything that a pattern may go by."""

    def __init__(self, program: Program, entries: Entries | None = None) -> None:
        self._known: dict[str, list[str]] = {}  # what patterns mean, once it was asked
        self._variables = program.variables
        self.files = {i: f.extent.file for i, f in program.functions.items()}
        self._functions = program.functions
        self._by_name: dict[str, list[str]] = defaultdict(list)
        for identity in self.files:
            for name in {identity, identity.rpartition(":")[2]}:
                self._by_name[name].append(identity)
        self._entries = {name: tuple(found) for name, found in (entries or {}).items()}

    def ids(self, pattern: str) -> list[str]:
        """The functions that a pattern means, sorted; none if it means nothing."""
        known = self._known.get(pattern)
        if known is None:
            known = self._known[pattern] = sorted(self._meant(pattern))
        return known

    def _meant(self, pattern: str) -> Iterable[str]:
        prefix, colon, rest = pattern.partition(":")
        if colon and prefix in PREFIXES:
            return self._selected(prefix, rest)
        if not is_glob(pattern):
            return self._by_name.get(pattern, ())
        fits = re.compile(translate(pattern)).match
        files = set(filter(fits, set(self.files.values()))) if "/" in pattern else set()
        return [i for i, f in self.files.items() if f in files or fits(i)]

    def never_returns(self, identity: str) -> bool:
        """Whether a function is declared ``noreturn``."""
        function = self._functions[identity]
        # Parameters and results may be pointers to functions that never return.
        return function.result_kind != "pointer" and function.type.endswith(_NEVER_RETURNS)

    def _selected(self, prefix: str, rest: str) -> Iterable[str]:
        if prefix == "registry":
            name, _, key = rest.partition(":")
            return {f for k, f in self._entries.get(name, ()) if k.startswith(key)}
        if prefix == "file":
            return [i for i, f in self.files.items() if fnmatchcase(f, rest)]
        if prefix == "section":
            return [i for i, f in self._functions.items() if fnmatchcase(f.section, rest)]
        return [i for i, f in self._functions.items() if _has(f, rest)]

    def without_data(self, patterns: Iterable[str]) -> list[str]:
        """Leave out patterns that mean variables and no function."""
        return [
            pattern
            for pattern in patterns
            if self.ids(pattern)
            or not any(
                matches(pattern, i) or fnmatchcase(v.extent.file, file_glob(pattern))
                for i, v in self._variables.items()
            )
        ]

    def mentionable(self, pattern: str) -> bool:
        """Whether a name or glob of a cut means a function or a variable."""
        if not is_glob(pattern) and (pattern in self._by_name or pattern in self._variables):
            return True
        return any(matches(pattern, i) for i in (*self.files, *self._variables))

    def resolve(self, patterns: Iterable[str], where: str) -> tuple[tuple[str, ...], list[str]]:
        """Return (ids that the patterns mean, complaints about patterns that mean nothing).

        ``where`` says in the complaint which setting the pattern comes from.
        """
        found: dict[str, None] = {}
        complaints: list[str] = []
        for pattern in patterns:
            hits = self.ids(pattern)
            if not hits and not optional(pattern):
                complaints.append(f"{at(pattern, where)}: {self.unknown(pattern)}")
            found.update(dict.fromkeys(hits))
        return tuple(found), complaints

    def unknown(self, pattern: str) -> str:
        """What is wrong with a pattern that means nothing."""
        if wrong := wrong_selector(pattern, self._entries):
            return wrong
        prefix, _, rest = pattern.partition(":")
        if prefix == "registry":
            name = rest.partition(":")[0]
            keys = [k for k, _ in self._entries[name]]
            key = rest.partition(":")[2]
            return f"registry {name} has no key {key}{near(key, keys)}"
        if prefix in ("file", "section"):
            return f"no function in a {prefix} {rest}"
        return f"no function {pattern}{near(pattern, self.files)}"


def matches(pattern: str, identity: str) -> bool:
    """Whether ``pattern`` (id, bare name, or glob over ids) means the function ``identity``."""
    if pattern in (identity, identity.rpartition(":")[2]):
        return True
    return is_glob(pattern) and fnmatchcase(identity, pattern)


def complain(complaints: list[str]) -> None:
    """Raise one ``UnknownNameError`` with all complaints, if there are any."""
    if complaints:
        raise UnknownNameError("\n".join(in_order(complaints)))


def _has(function: FunctionFact, attribute: str) -> bool:
    if attribute == "noreturn":
        return "noreturn" in function.type
    return attribute in ATTRIBUTES and bool(getattr(function, attribute))
