# SPDX-License-Identifier: MIT
"""Export the manifest of a split as a bill of materials."""

from __future__ import annotations

from pathlib import Path

from tcbsplit import artifacts
from tcbsplit.model.manifest import NAME
from tcbsplit.split.prove.bom import BOM, bill_of_materials
from tcbsplit.split.write.manifest import read_manifest


def bom(out: Path) -> Path:
    """Write the CycloneDX bill of materials of ``out`` beside its manifest; return its path."""
    content = (out / NAME).read_bytes() if (out / NAME).is_file() else b""
    path = out / BOM
    artifacts.write_atomically(path, bill_of_materials(read_manifest(out), content).encode())
    return path
