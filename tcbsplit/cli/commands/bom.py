# SPDX-License-Identifier: MIT
"""Write the bill of materials of a split."""

from __future__ import annotations

from tcbsplit.cli import options
from tcbsplit.cli.output import say


def bom(trees: options.Split) -> None:
    """Write OUT/bom.cdx.json, the manifest as a CycloneDX bill of materials."""
    from tcbsplit.pipeline.bom import bom as write_bom

    say(str(write_bom(trees.absolute())))
