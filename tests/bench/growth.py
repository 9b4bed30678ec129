# SPDX-License-Identifier: MIT
"""Generated programs of growing size: by which power time and memory grow."""

from __future__ import annotations

import math
import shutil
from collections.abc import Sequence
from pathlib import Path

import msgspec

from tests.bench.measure import Cost, tcbsplit
from tests.oracles.synthetic import write_program


def growth(sizes: Sequence[int], folder: Path) -> None:
    """Analyse programs of so many functions, cold; print the exponents.

    What an empty run costs is taken off: it would make growth look smaller than it is.
    """
    cache = folder / "growth.sqlite"
    nothing = tcbsplit("--version", cwd=folder, cache=cache)
    costs = []
    for size in sizes:
        costs.append(_analysed(size, folder / f"p{size}", cache))
        c = costs[-1]
        print(f"  {size:6} functions: {c.cpu / costs[0].cpu:7.2f} x processor time, "
              f"{c.memory / costs[0].memory:5.2f} x memory")  # fmt: skip
    time = [c.cpu - nothing.cpu for c in costs]
    memory = [c.memory - nothing.memory for c in costs]
    print(f"growth exponent: time {_slope(sizes, time):.2f}, memory {_slope(sizes, memory):.2f}")


def _analysed(size: int, folder: Path, cache: Path) -> Cost:
    folder.mkdir()
    commands = write_program(folder, size)
    database = folder / "compile_commands.json"
    database.write_bytes(
        msgspec.json.encode(
            [
                {"directory": c.directory, "file": c.file, "arguments": [*c.arguments, "-c"]}
                for c in commands
            ]
        )
    )
    config = folder / "config.yaml"
    config.write_text(
        "version: 1\nname: generated\nsource: .\nimage: generated\nroots: {boot: [main]}\n"
    )
    try:
        return tcbsplit(
            "analyze", config, "--compdb", database, "--artifacts", folder / "out", "--no-cache",
            cwd=folder, cache=cache,
        )  # fmt: skip
    finally:
        shutil.rmtree(folder)


def _slope(sizes: Sequence[int], values: Sequence[float]) -> float:
    """Least squares in logarithms."""
    x, y = [math.log(s) for s in sizes], [math.log(v) for v in values]
    mx, my = sum(x) / len(x), sum(y) / len(y)
    return sum((a - mx) * (b - my) for a, b in zip(x, y, strict=True)) / sum(
        (a - mx) ** 2 for a in x
    )
