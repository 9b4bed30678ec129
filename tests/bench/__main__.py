# SPDX-License-Identifier: MIT
"""Timings as ratios, in one run: ratios hold when the machine's speed drifts, seconds do not.

``make bench`` measures the embedded hypervisor, its boots, what the erasure adds to them, a large
page, and generated programs of growing size. Any other tree: ``python -m tests.bench --config
CONFIG --compdb DATABASE``. Sources are copied first.
"""

from __future__ import annotations

import argparse
import tempfile
from pathlib import Path

from tests.bench import boots
from tests.bench.erasing import erasing
from tests.bench.growth import growth
from tests.bench.page import page
from tests.bench.tree import minivisor, tree


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m tests.bench", description=__doc__)
    parser.add_argument("--config", type=Path, help="configuration of another tree")
    parser.add_argument("--source", type=Path, help="its tree, instead of the configuration's")
    parser.add_argument("--compdb", type=Path, help="its compile database")
    parser.add_argument("--sizes", default="1000,4000,16000,64000", help="functions; empty: none")
    options = parser.parse_args()
    if (options.config is None) != (options.compdb is None):
        parser.error("--config and --compdb go together")
    with tempfile.TemporaryDirectory(prefix="tcbsplit-bench-") as scratch:
        folder = Path(scratch)
        if options.config:
            tree(options.config, options.compdb, folder, options.source)
        else:
            minivisor(folder)
            boots.minivisor(folder, rounds=15)
            (folder / "erasing").mkdir()
            erasing(folder / "erasing", rounds=15)
            page(folder)
        sizes = [int(s) for s in options.sizes.split(",") if s]
        if sizes:
            growth(sizes, folder)


if __name__ == "__main__":
    main()
