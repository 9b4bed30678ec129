# SPDX-License-Identifier: MIT
"""Parse a unit although libclang refuses some of its options.

Processors and features are named anew each year, and GCC has some that Clang has not: libclang ends
at some of them without a tree, and reports others as an error. What such an option changes in the
source are macros, which the recorded compiler says itself (``frontend.toolchain``).
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from functools import cache
from pathlib import Path

from tcbsplit.frontend.extract.arguments import parse_arguments
from tcbsplit.frontend.extract.parsed import NoTree, Parsed
from tcbsplit.model.compiler import Compiler
from tcbsplit.model.unit import CompileCommand

_DOUBTFUL = ("-m", "-f", "-std=", "-O")
# They change sizes, and no processor lacks them that has them.
_WIDTHS = ("-m16", "-m32", "-m64", "-mx32")


def parse(command: CompileCommand, root: Path, compiler: Compiler) -> Parsed:
    """Parse the unit of ``command``. May run in another thread than ``unit.read``.

    ``refused`` of the result are the options that were left out. Raise ``NoTree`` if libclang
    returns no tree whatever the options.
    """
    # Named as by the build, so that __FILE__ does not depend on the location of the tree.
    path = os.path.relpath(root / command.source, command.directory)
    arguments = parse_arguments(command, compiler)
    failure: NoTree | None = None
    parsed = None
    try:
        parsed = Parsed(path, arguments)
        if not parsed.complains():
            return parsed
    except NoTree as error:
        failure = error
    options = tuple(_options(arguments))
    target = tuple(a for a in arguments if a.startswith("--target="))
    lost = _refused(target, options)
    if lost:
        if parsed is not None:
            parsed.close()
        parsed = Parsed(path, [a for a in arguments if a not in lost])
        parsed.refused = lost
    elif parsed is None and failure is not None:
        raise failure
    assert parsed is not None
    return parsed


def _options(arguments: Sequence[str]) -> list[str]:
    """Return the words of doubt, without those for the front end, which come in pairs."""
    plain = zip(["", *arguments], arguments, strict=False)
    return [w for before, w in plain if before != "-Xclang" and w.startswith(_DOUBTFUL)]


@cache
def _refused(target: tuple[str, ...], options: tuple[str, ...]) -> tuple[str, ...]:
    """Return the options that libclang refuses for a target, each alone or all together."""
    if _accepts((*target, *options)):
        return ()
    lost = tuple(o for o in dict.fromkeys(options) if not _accepts((*target, o)))
    if _accepts((*target, *(o for o in options if o not in lost))):
        return lost
    machine = (o for o in options if o.startswith("-m") and o not in _WIDTHS)
    return tuple(dict.fromkeys((*lost, *machine)))


@cache
def _accepts(arguments: tuple[str, ...]) -> bool:
    try:
        parsed = Parsed(os.devnull, ["-x", "c", *arguments])
    except NoTree:
        return False
    try:
        return not parsed.complains()
    finally:
        parsed.close()
