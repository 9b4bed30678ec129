# SPDX-License-Identifier: MIT
"""Put the embedded hypervisor, and its configuration, into the package: ``tcbsplit demo``."""

from __future__ import annotations

import os
from pathlib import Path

from setuptools import setup
from setuptools.command.build_py import build_py

HERE = Path(__file__).resolve().parent
EMBEDDED = ("corpora/minivisor", "configs/minivisor", "configs/minivisor.yaml", "ci")
# What builds in the tree leave there.
PRODUCTS = {".o", ".d", ".elf", ".bin", ".a", ".pyc"}
FOLDERS = {"build", "__pycache__"}


def embedded() -> list[Path]:
    """Return the files, relative to the repository."""
    found = []
    for name in EMBEDDED:
        top = HERE / name
        if top.is_file():
            found.append(Path(name))
        for folder, folders, files in os.walk(top):
            folders[:] = [f for f in folders if f not in FOLDERS]
            paths = (Path(folder, file).relative_to(HERE) for file in files)
            found += [p for p in paths if p.suffix not in PRODUCTS]
    return sorted(found)


class BuildPackage(build_py):
    """Builds the package with what is embedded."""

    def run(self) -> None:
        """Copy the files below ``tcbsplit/embedded``."""
        super().run()
        if self.editable_mode:
            return
        for path in embedded():
            target = Path(self.build_lib, "tcbsplit/embedded", path)
            target.parent.mkdir(parents=True, exist_ok=True)
            self.copy_file(str(HERE / path), str(target))


setup(cmdclass={"build_py": BuildPackage})
