"""The long runs: ``python -m tests.soak [--programs N] [--blobs N]``; counts are printed."""

from __future__ import annotations

import argparse
import shutil
import sys
import tempfile
from collections import Counter
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path

from tests.oracles.csmith import Outcome, round_trip
from tests.runtime.test_carried import fuzz

FIRST_SEED = 100_000  # the test suite's are smaller


def main() -> int:
    """Divide random programs, then fuzz the receive side; 1 where anything went wrong."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--programs", type=int, default=10_000)
    parser.add_argument("--blobs", type=int, default=10_000_000)
    wanted = parser.parse_args()
    counts = programs(wanted.programs)
    print(f"random programs: {dict(counts)}", flush=True)
    if wanted.blobs:
        with tempfile.TemporaryDirectory() as folder:
            told = fuzz(Path(folder), wanted.blobs, timeout=24 * 3600)
        print(f"fuzzed blobs: {told.strip().splitlines()[-1]}")
    return int(set(counts) - {"same", "discarded"} != set())


def programs(number: int) -> Counter[str]:
    """Try seeds until ``number`` programs were of use; what became of all."""
    counts: Counter[str] = Counter()
    seed = FIRST_SEED
    with ProcessPoolExecutor() as pool:
        while counts["same"] < number:
            size = min(100, number - counts["same"])
            for outcome in pool.map(_one, range(seed, seed + size)):
                counts[outcome.verdict] += 1
                if outcome.verdict not in ("same", "discarded"):
                    print(outcome, file=sys.stderr, flush=True)
            seed += size
            print(f"\r{counts['same']} of {number}", end="", file=sys.stderr, flush=True)
    print(file=sys.stderr)
    return counts


def _one(seed: int) -> Outcome:
    folder = Path(tempfile.mkdtemp(prefix="tcbsplit-soak-"))
    try:
        outcome = round_trip(seed, folder, pointers=False)
    except Exception as error:  # whatever it is, it is a finding
        return Outcome(seed, "error", f"{folder}: {type(error).__name__}: {error}")
    if outcome.verdict in ("same", "discarded"):
        shutil.rmtree(folder)
    return outcome


if __name__ == "__main__":
    sys.exit(main())
