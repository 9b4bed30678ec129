"""Names of a configuration -> ids of the graph: exact, by bare name, or by glob."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from fnmatch import fnmatchcase

from tcbsplit.errors import UnknownNameError, near


def matches(pattern: str, identity: str) -> bool:
    """Whether ``pattern`` (id, bare name, or glob over ids) means the function ``identity``."""
    if pattern in (identity, identity.rpartition(":")[2]):
        return True
    return any(c in pattern for c in "*?[") and fnmatchcase(identity, pattern)


def resolve(
    patterns: Iterable[str], files: Mapping[str, str], where: str
) -> tuple[tuple[str, ...], list[str]]:
    """Return (ids that the patterns mean, complaints about patterns that mean nothing).

    ``files`` maps every id to its file, so that a glob may name files as well. ``where`` says in
    the complaint which setting the pattern comes from.
    """
    found: dict[str, None] = {}
    complaints: list[str] = []
    for pattern in patterns:
        hits = [i for i, file in files.items() if matches(pattern, i) or _in(pattern, file)]
        if not hits:
            complaints.append(f"{where}: no function {pattern}{near(pattern, files)}")
        found.update(dict.fromkeys(sorted(hits)))
    return tuple(found), complaints


def complain(complaints: list[str]) -> None:
    """Raise one ``UnknownNameError`` with all complaints, if there are any."""
    if complaints:
        raise UnknownNameError("\n".join(complaints))


def _in(pattern: str, file: str) -> bool:
    return "/" in pattern and fnmatchcase(file, pattern)
