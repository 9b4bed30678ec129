# SPDX-License-Identifier: MIT
"""Errors that tcbsplit raises on purpose; the class names the cause.

``ConfigError``: the configuration; ``InputError``: sources, compile databases, names;
``EnvironmentProblem``: the host; ``BrokenContract``: a verdict or budget that does not hold;
``Defect``: tcbsplit itself.

A message is one or two lines: the problem, its place (file:line), the next step. The command line
prints it and exits with ``exit_status``; any other exception is a defect of tcbsplit.
"""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Sequence


class TcbsplitError(Exception):
    """Base of all errors with a cause that the user can act on (exit status 2)."""

    exit_status = 2


class ConfigError(TcbsplitError):
    """The configuration is malformed; the message lists all mistakes, one a line."""


class InputError(TcbsplitError):
    """An input cannot be used: sources, a compile database, names, builds."""


class CompileDatabaseError(InputError):
    """The compile database is missing, empty, malformed, or names missing sources."""


class SourceError(InputError):
    """A source file is missing or unusable."""


class UnknownNameError(InputError):
    """A root, cut or function is not in the program; the message gives near matches."""


class ConflictError(InputError):
    """Code that stays refers to code that moves, and no cut covers the reference."""


class EditError(InputError):
    """A source cannot be edited as the configuration asks (found by reading the result)."""


class HandoffError(InputError):
    """A variable cannot be handed over as declared."""


class EnvironmentProblem(TcbsplitError):
    """The host lacks what a stage needs: a program, a device, a folder that can be written."""


class OutputError(EnvironmentProblem):
    """The output folder was not made by tcbsplit, or cannot be written."""


class BuildError(InputError):
    """A build command failed, or did not produce its file."""


class BrokenContract(TcbsplitError):
    """A boot verdict or budget does not hold (exit status 1)."""

    exit_status = 1


class Defect(TcbsplitError):
    """A defect of tcbsplit; the message asks the user to report it."""


class EmissionError(Defect):
    """The emitted trees, when read again, do not match the plan."""


class Interrupted(TcbsplitError):
    """Ctrl-C (exit status 130, as in shells)."""

    exit_status = 130


_TELLING = 4  # characters of a name that is looked for within others


def near(name: str, known: Iterable[str], count: int = 3) -> str:
    """Return ``"; did you mean A, B?"`` for names like ``name``, or an empty string.

    Names that hold it, or have the same words in another order, come before those that are spelt
    like it. At most ``count`` are listed, and how many more hold it.
    """
    known = list(known)
    alike = _alike(name, known)
    tails: dict[str, str] = {}
    for candidate in known:
        tails.setdefault(candidate.rpartition(":")[2], candidate)
    close = difflib.get_close_matches(name, known, n=count, cutoff=0.6)
    by_tail = difflib.get_close_matches(name.rpartition(":")[2], tails, n=count, cutoff=0.6)
    found = list(dict.fromkeys([*alike, *(tails[t] for t in by_tail), *close]))[:count]
    more = len(alike) - count
    rest = f" (and {more} more like it)" if more > 0 else ""
    return f"; did you mean {', '.join(found)}?{rest}" if found else ""


def _alike(name: str, known: Sequence[str]) -> list[str]:
    """Return names that hold ``name`` or the same words, the shortest first."""
    bare = name.rpartition(":")[2].lower()
    if len(bare) < _TELLING or any(c in "*?[/" for c in bare):
        return []
    words = sorted(bare.split("_"))
    found = []
    for candidate in known:
        tail = candidate.rpartition(":")[2].lower()
        if bare in tail or (len(words) > 1 and sorted(tail.split("_")) == words):
            found.append(candidate)
    return sorted(found, key=lambda c: (len(c.rpartition(":")[2]), c))


def some(names: Sequence[str], most: int) -> str:
    """Return the first names of many, and how many more there are."""
    more = f" and {len(names) - most} more" if len(names) > most else ""
    return ", ".join(names[:most]) + more
