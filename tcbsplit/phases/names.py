"""Names of a configuration -> ids of the graph.

A pattern is an id, a bare name, a glob over ids, or a glob over files (it holds a slash). With a
prefix it selects by something else: ``file:GLOB``, ``section:GLOB``, ``attribute:NAME`` (weak,
constructor, destructor, inline, static, noreturn, used, assembly) or ``registry:NAME:KEY`` (entries
whose key begins with KEY).
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from fnmatch import fnmatchcase

from tcbsplit.errors import UnknownNameError, near
from tcbsplit.model.program import Program
from tcbsplit.model.unit import FunctionFact

ATTRIBUTES = (
    "assembly", "constructor", "destructor", "inline", "noreturn", "static", "used", "weak",
)  # fmt: skip
Entries = Mapping[str, Iterable[tuple[str, str]]]  # registry -> (key, function)


class Directory:
    """All functions of a program by everything that a pattern may go by."""

    def __init__(self, program: Program, entries: Entries | None = None) -> None:
        self.files = {i: f.extent.file for i, f in program.functions.items()}
        self._functions = program.functions
        self._by_name: dict[str, list[str]] = defaultdict(list)
        for identity in self.files:
            for name in {identity, identity.rpartition(":")[2]}:
                self._by_name[name].append(identity)
        self._entries = {name: tuple(found) for name, found in (entries or {}).items()}

    def ids(self, pattern: str) -> list[str]:
        """The functions that a pattern means, sorted; none if it means nothing."""
        prefix, colon, rest = pattern.partition(":")
        if colon and prefix in ("file", "section", "attribute", "registry"):
            return sorted(self._selected(prefix, rest))
        if not is_glob(pattern):
            return sorted(self._by_name.get(pattern, ()))
        return sorted(i for i, f in self.files.items() if matches(pattern, i) or _in(pattern, f))

    def never_returns(self, identity: str) -> bool:
        """Whether a function is declared ``noreturn``."""
        return "noreturn" in self._functions[identity].type

    def _selected(self, prefix: str, rest: str) -> Iterable[str]:
        if prefix == "registry":
            name, _, key = rest.partition(":")
            return {f for k, f in self._entries.get(name, ()) if k.startswith(key)}
        if prefix == "file":
            return [i for i, f in self.files.items() if fnmatchcase(f, rest)]
        if prefix == "section":
            return [i for i, f in self._functions.items() if fnmatchcase(f.section, rest)]
        return [i for i, f in self._functions.items() if _has(f, rest)]

    def resolve(self, patterns: Iterable[str], where: str) -> tuple[tuple[str, ...], list[str]]:
        """Return (ids that the patterns mean, complaints about patterns that mean nothing).

        ``where`` says in the complaint which setting the pattern comes from.
        """
        found: dict[str, None] = {}
        complaints: list[str] = []
        for pattern in patterns:
            hits = self.ids(pattern)
            if not hits:
                complaints.append(f"{where}: {self._unknown(pattern)}")
            found.update(dict.fromkeys(hits))
        return tuple(found), complaints

    def _unknown(self, pattern: str) -> str:
        prefix, _, rest = pattern.partition(":")
        if prefix == "attribute" and rest not in ATTRIBUTES:
            return f"no attribute {rest}; there are: {', '.join(ATTRIBUTES)}"
        if prefix == "registry":
            name = rest.partition(":")[0]
            if name not in self._entries:
                known = ", ".join(self._entries) or "none"
                return f"no registry {name}{near(name, self._entries)} (configured: {known})"
            keys = [k for k, _ in self._entries[name]]
            key = rest.partition(":")[2]
            return f"registry {name} has no key {key}{near(key, keys)}"
        if prefix in ("file", "section"):
            return f"no function in a {prefix} {rest}"
        return f"no function {pattern}{near(pattern, self.files)}"


def is_glob(pattern: str) -> bool:
    """Whether a pattern has wildcards."""
    return any(c in pattern for c in "*?[")


def matches(pattern: str, identity: str) -> bool:
    """Whether ``pattern`` (id, bare name, or glob over ids) means the function ``identity``."""
    if pattern in (identity, identity.rpartition(":")[2]):
        return True
    return is_glob(pattern) and fnmatchcase(identity, pattern)


def complain(complaints: list[str]) -> None:
    """Raise one ``UnknownNameError`` with all complaints, if there are any."""
    if complaints:
        raise UnknownNameError("\n".join(complaints))


def _in(pattern: str, file: str) -> bool:
    return "/" in pattern and fnmatchcase(file, pattern)


def _has(function: FunctionFact, attribute: str) -> bool:
    if attribute == "noreturn":
        return "noreturn" in function.type
    return attribute in ATTRIBUTES and bool(getattr(function, attribute))
