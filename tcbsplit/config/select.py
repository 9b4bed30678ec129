# SPDX-License-Identifier: MIT
"""Match patterns of a configuration with functions and variables: one rule for every key.

A text without wildcards matches an id or bare name. A glob matches ids and bare names; one with a
slash also matches all symbols of the files that it matches. A prefix selects by another property:
``file:GLOB``, ``section:GLOB``, ``attribute:NAME`` or ``registry:NAME:KEY`` (entries of a
configured registry whose key begins with KEY).
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from fnmatch import translate
from functools import cache

from tcbsplit.errors import near
from tcbsplit.model.unit import FunctionFact, VariableFact
from tcbsplit.model.vocabulary import SymbolId, bare_name

ATTRIBUTES = (
    "assembly", "constructor", "destructor", "inline", "noreturn", "static", "used", "weak",
)  # fmt: skip
PREFIXES = ("file", "section", "attribute", "registry")
Entries = Mapping[str, Sequence[tuple[str, SymbolId]]]  # registry -> (key, function)


@cache
def glob(pattern: str) -> Callable[[str], object]:
    """Return a function that matches a text with a glob; compiled once per glob."""
    return re.compile(translate(pattern)).match


def is_glob(pattern: str) -> bool:
    """Return whether a pattern has wildcards."""
    return any(c in pattern for c in "*?[")


def split_prefix(pattern: str) -> tuple[str, str]:
    """Return (prefix, rest) of a pattern; the prefix is empty if it has none."""
    prefix, colon, rest = pattern.partition(":")
    return (prefix, rest) if colon and prefix in PREFIXES else ("", pattern)


def names(pattern: str, identity: str) -> bool:
    """Return whether a pattern without prefix matches the id or bare name of ``identity``."""
    matches = glob(pattern) if is_glob(pattern) else pattern.__eq__
    return bool(matches(identity) or matches(bare_name(identity)))


class Symbols:
    """Functions or variables of a program, for look-up by patterns."""

    def __init__(
        self, facts: Mapping[SymbolId, FunctionFact | VariableFact], entries: Entries | None = None
    ) -> None:
        self._facts = facts
        self._entries = entries or {}
        self._by_name: dict[str, list[SymbolId]] = defaultdict(list)
        self._by_file: dict[str, list[SymbolId]] = defaultdict(list)
        for identity, fact in facts.items():
            for name in {identity, bare_name(identity), fact.name}:
                self._by_name[name].append(identity)
            self._by_file[fact.extent.file].append(identity)
        self._known: dict[str, tuple[SymbolId, ...]] = {}

    def ids(self, pattern: str) -> tuple[SymbolId, ...]:
        """Return the ids that match a pattern, sorted."""
        if pattern not in self._known:
            prefix, rest = split_prefix(pattern)
            found = self._selected(prefix, rest) if prefix else self.named(rest)
            self._known[pattern] = tuple(sorted({*found, *self.in_files(pattern)}))
        return self._known[pattern]

    def all_ids(self, patterns: Iterable[str]) -> frozenset[SymbolId]:
        """Return the ids that match one of the patterns."""
        return frozenset(identity for pattern in patterns for identity in self.ids(pattern))

    def named(self, pattern: str) -> Collection[SymbolId]:
        """Return the ids that match a pattern without prefix by id or bare name."""
        return _in(self._by_name, pattern)

    def in_files(self, pattern: str) -> Collection[SymbolId]:
        """Return the ids defined in the files that match a pattern."""
        prefix, rest = split_prefix(pattern)
        by_file = prefix == "file" or (not prefix and "/" in rest and is_glob(rest))
        return _in(self._by_file, rest) if by_file else ()

    def _selected(self, prefix: str, rest: str) -> Iterable[SymbolId]:
        if prefix == "registry":
            name, _, key = rest.partition(":")
            return (f for k, f in self._entries.get(name, ()) if k.startswith(key))
        if prefix == "section":
            return (i for i, f in self._facts.items() if glob(rest)(f.section))
        if prefix == "attribute" and rest in ATTRIBUTES:
            return (i for i, f in self._facts.items() if _has(f, rest))
        return ()

    def unknown(self, pattern: str, kind: str = "function") -> str:
        """Return a complaint about a pattern that matches nothing."""
        prefix, rest = split_prefix(pattern)
        if wrong := wrong_selector(pattern, self._entries):
            return wrong
        if prefix == "registry":
            name, _, key = rest.partition(":")
            keys = [k for k, _ in self._entries[name]]
            return f"registry {name} has no key {key}{near(key, keys)}"
        if prefix in ("file", "section"):
            return f"no {kind} in a {prefix} {rest}"
        return f"no {kind} {pattern}{near(pattern, self._facts)}"


def _in(table: Mapping[str, Sequence[SymbolId]], pattern: str) -> Collection[SymbolId]:
    if not is_glob(pattern):
        return table.get(pattern, ())
    matches = glob(pattern)
    return {identity for key, ids in table.items() if matches(key) for identity in ids}


def _has(fact: FunctionFact | VariableFact, attribute: str) -> bool:
    if attribute == "noreturn":
        return "noreturn" in fact.type
    return bool(getattr(fact, attribute, False))


def wrong_selector(pattern: str, registries: Collection[str]) -> str:
    """Return a complaint about a bad ``attribute:NAME`` or ``registry:NAME:KEY``, or ""."""
    prefix, rest = split_prefix(pattern)
    if prefix == "attribute" and rest not in ATTRIBUTES:
        return f"no attribute {rest}{near(rest, ATTRIBUTES)}; there are: {', '.join(ATTRIBUTES)}"
    name = rest.partition(":")[0]
    if prefix == "registry" and name not in registries:
        known = ", ".join(registries) or "none"
        return f"no registry {name}{near(name, registries)} (configured: {known})"
    return ""


def file_pattern(pattern: str) -> str:
    """Return the glob of a pattern over files or over ids in files; empty for other patterns.

    Files outside of the tree have absolute paths; patterns are not checked against them.
    """
    prefix, rest = split_prefix(pattern)
    if prefix:
        return rest if prefix == "file" else ""
    return pattern if ("/" in pattern or ":" in pattern) and pattern[0] != "/" else ""


def may_mean(pattern: str, file: str) -> bool:
    """Return whether a pattern matches ``file`` or may match an id ``file:NAME`` in it."""
    if glob(pattern)(file):
        return True
    inside = file + ":"
    for i, char in enumerate(pattern):
        if char == ":" and glob(pattern[: i + 1])(inside):
            return True
        # A star may match across the colon into the name.
        if char == "*" and glob(pattern[: i + 1])(inside) and _in_names(pattern[i:], file):
            return True
    return False


def _in_names(rest: str, file: str) -> bool:
    """Return whether a name can end so. Only names in assembly contain dots."""
    special = "" if file.endswith((".c", ".h")) else ".$@"
    return re.fullmatch(rf"[\w*?\[\]!{re.escape(special)}-]*", rest) is not None
