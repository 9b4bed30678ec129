"""Timings of the stages on minivisor, as ratios to ``clang -fsyntax-only`` over the same units.

Run with ``make bench``. Ratios hold when the machine's speed drifts; absolute times do not.
"""

from __future__ import annotations

import statistics
import subprocess
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from tcbsplit import pipeline
from tcbsplit.config import load
from tcbsplit.frontend import compiledb

REPOSITORY = Path(__file__).resolve().parent.parent.parent
ROUNDS = 5


def median(work: Callable[[], object]) -> float:
    """Median of the seconds that ``work`` takes."""
    times = []
    for _ in range(ROUNDS):
        began = time.perf_counter()
        work()
        times.append(time.perf_counter() - began)
    return statistics.median(times)


def main() -> None:
    settings = load(REPOSITORY / "configs/minivisor.yaml")
    with tempfile.TemporaryDirectory() as folder:
        space = pipeline.Workspace(Path(folder))
        pipeline.capture_copy(settings, space)
        commands = [
            c
            for c in compiledb.load(space.compdb, settings.source, settings.exclude)
            if c.language == "c"
        ]

        def syntax_only() -> None:
            for c in commands:
                subprocess.run(
                    ["clang", "-w", "-fsyntax-only", *c.arguments[1:], c.file],
                    cwd=c.directory, check=True,
                )  # fmt: skip

        clang = median(syntax_only)
        analyze = median(lambda: pipeline.analyze(settings, space))
        split = median(lambda: pipeline.split(settings, space, space.split))
    print(f"{len(commands)} C units, median of {ROUNDS}, relative to serial clang -fsyntax-only")
    print(f"analyze  {analyze / clang:.2f}")
    print(f"split    {split / clang:.2f}  (emission, and parsing both trees anew)")


if __name__ == "__main__":
    main()
