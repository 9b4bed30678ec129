# SPDX-License-Identifier: MIT
"""Tell the versions of tcbsplit and of what its results depend on."""

from __future__ import annotations

import platform
import shutil
from importlib.metadata import version

from tcbsplit import __version__
from tcbsplit.errors import TcbsplitError

_PROGRAMS = ("gcc", "clang", "qemu-system-x86_64")


def versions_text() -> str:
    """Return a line for each: tcbsplit first."""
    lines = [
        f"tcbsplit {__version__}",
        f"Python {platform.python_version()}, libclang {version('libclang')}, "
        f"capstone {version('capstone')}",
    ]
    for program in _PROGRAMS:
        path = shutil.which(program)
        lines.append(f"{program}: {_told(path)}" if path else f"{program}: not found")
    return "\n".join(lines)


def _told(path: str) -> str:
    from tcbsplit.process.versions import version_of

    try:
        return version_of(path)
    except TcbsplitError:
        return f"{path}, which tells no version"
