# SPDX-License-Identifier: MIT
"""Check what this host has of what the stages need, and pack that for a bug report."""

from __future__ import annotations

import io
import platform
import tarfile
from importlib.metadata import version
from pathlib import Path

import msgspec

from tcbsplit import __version__, artifacts
from tcbsplit.config.settings import Settings
from tcbsplit.files import read_file
from tcbsplit.frontend.cache import default_path
from tcbsplit.frontend.selftest import headers_read
from tcbsplit.model.health import Diagnosis, Found, Need
from tcbsplit.model.vocabulary import Stage
from tcbsplit.pipeline.workspace import Workspace
from tcbsplit.report.exports.png import obstacle
from tcbsplit.validate import doctor as doctors

_TOLD = ("command.sh", "diagnostics.json")  # of a degraded unit; its source stays here
_LIBRARIES = ("libclang", "capstone", "pyelftools", "msgspec", "typer")


def doctor() -> Diagnosis:
    """Return the state of this host."""
    folder = default_path().parent
    wrong = headers_read()
    reading = Need(
        name="libclang",
        found=Found.MISSING if wrong else Found.THERE,
        text=wrong or f"{version('libclang')} reads the headers of the compiler",
        stages=(Stage.ANALYZE, Stage.SPLIT),
        lost="analyses" if wrong else "",
    )
    without = obstacle()
    drawing = Need(
        name="pictures as PNG",
        found=Found.MISSING if without else Found.THERE,
        text=without or "drawn by resvg",
        lost="tables/*.png of reports; the SVG are there" if without else "",
    )
    found = doctors.needs(folder, Path.cwd())
    first = next(found)
    return Diagnosis(
        versions=versions(),
        needs=(first, reading, *found, drawing),
        accelerators=tuple(doctors.look(folder)),
    )


def versions() -> dict[str, str]:
    """Return the versions of tcbsplit, of Python, of libraries and of the system."""
    return {
        "tcbsplit": __version__,
        "python": platform.python_version(),
        **{name: version(name) for name in _LIBRARIES},
        "system": f"{platform.system()} {platform.release()} {platform.machine()}",
    }


def pack(diagnosis: Diagnosis, target: Path, opened: tuple[Settings, Workspace] | None) -> None:
    """Write a compressed archive for a bug report: no source is in it.

    With a configuration: that file, and how each degraded unit was read, with the errors.
    """
    files = {"doctor.json": msgspec.json.format(msgspec.json.encode(diagnosis), indent=1)}
    if opened is not None:
        settings, space = opened
        files[settings.path.name] = read_file(settings.path)
        for path in sorted(space.degraded.glob("*/*")):
            if path.name in _TOLD:
                files[f"degraded/{path.parent.name}/{path.name}"] = read_file(path)
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w:gz") as archive:
        for name, content in files.items():
            member = tarfile.TarInfo(f"tcbsplit-report/{name}")
            member.size = len(content)
            archive.addfile(member, io.BytesIO(content))
    artifacts.write_atomically(target, buffer.getvalue())
