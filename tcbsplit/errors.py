# SPDX-License-Identifier: MIT
"""The errors that tcbsplit raises on purpose; the class says whose fault an error is.

``ConfigError`` is the configuration's, ``InputError`` that of sources, databases and names,
``EnvironmentProblem`` the host's, ``BrokenContract`` a promise that does not hold, and ``Defect``
our own.

A message is one or two lines: what is wrong, where (file:line), what to do next. The command line
prints it and ends with ``exit_status``; anything else that reaches it is a defect of tcbsplit.
"""

from __future__ import annotations

import difflib
from collections.abc import Iterable


class TcbsplitError(Exception):
    """Base of all errors with a cause that the user can act on (exit status 2)."""

    exit_status = 2


class ConfigError(TcbsplitError):
    """The configuration is malformed; the message lists all mistakes, one a line."""


class InputError(TcbsplitError):
    """What tcbsplit was given cannot be used: sources, a compile database, names, builds."""


class CompileDatabaseError(InputError):
    """The compile database is missing, empty, malformed, or names missing sources."""


class SourceError(InputError):
    """A source file is missing or cannot be used as it stands."""


class UnknownNameError(InputError):
    """A root, cut or function that the program does not have; the message gives near matches."""


class ConflictError(InputError):
    """What stays still refers to what moves, and no cut says what should happen there."""


class EditError(InputError):
    """A source cannot be edited as the configuration asks (found by reading the result)."""


class HandoffError(InputError):
    """A variable cannot be handed over as declared."""


class EnvironmentProblem(TcbsplitError):
    """The host lacks what a stage needs: a program, a device, a folder that can be written."""


class OutputError(EnvironmentProblem):
    """The output folder is not ours, or cannot be written."""


class BuildError(InputError):
    """A build command failed, or did not make the file that it should."""


class BrokenContract(TcbsplitError):
    """A boot verdict or budget does not hold (exit status 1)."""

    exit_status = 1


class Defect(TcbsplitError):
    """tcbsplit itself is wrong; the message asks to report it."""


class EmissionError(Defect):
    """The emitted trees do not hold what the plan promised (found by re-reading them)."""


class Interrupted(TcbsplitError):
    """Ctrl-C (exit status 130, as shells have it)."""

    exit_status = 130


def near(name: str, known: Iterable[str], count: int = 3) -> str:
    """Return ``"; did you mean A, B?"`` for names close to ``name``, or an empty string."""
    known = list(known)
    tails: dict[str, str] = {}
    for candidate in known:
        tails.setdefault(candidate.rpartition(":")[2], candidate)
    close = difflib.get_close_matches(name, known, n=count, cutoff=0.6)
    by_tail = difflib.get_close_matches(name.rpartition(":")[2], tails, n=count, cutoff=0.6)
    found = list(dict.fromkeys([*(tails[t] for t in by_tail), *close]))[:count]
    return f"; did you mean {', '.join(found)}?" if found else ""
