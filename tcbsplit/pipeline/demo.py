# SPDX-License-Identifier: MIT
"""Unpack the embedded hypervisor with its configuration."""

from __future__ import annotations

import shutil
from pathlib import Path

from tcbsplit import artifacts
from tcbsplit.errors import EnvironmentProblem, OutputError

_PACKAGE = Path(__file__).resolve().parents[1]
_PARTS = ("corpora/minivisor", "configs/minivisor", "configs/minivisor.yaml")
CONFIG = _PARTS[-1]


def demo(folder: Path) -> Path:
    """Unpack into ``folder``, which is new, empty or of an earlier call; return the configuration.

    What is there already stays as it is. Raise ``OutputError`` for another folder.
    """
    config = folder / CONFIG
    if config.is_file():
        return config
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise OutputError(f"{folder}: is not empty and holds no demonstration; give a new folder")
    source = _embedded()
    for part in _PARTS:
        top = source / part
        files = (part,) if top.is_file() else tuple(f"{part}/{f}" for f in _files(top))
        for file in files:
            target = folder / file
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(source / file, target)
    return config


def _embedded() -> Path:
    """Return the folder of what is embedded: in the package, or the checkout around it."""
    for place in (_PACKAGE / "embedded", _PACKAGE.parent):
        if (place / CONFIG).is_file():
            return place
    raise EnvironmentProblem(
        f"{_PACKAGE}: the embedded hypervisor is not there; install tcbsplit again"
    )


def _files(top: Path) -> tuple[str, ...]:
    """Return the files of a part, without what builds have made in a checkout."""
    if (_PACKAGE / "embedded").is_dir():
        return artifacts.all_files(top)
    return artifacts.source_files(top)
