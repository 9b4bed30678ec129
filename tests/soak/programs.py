# SPDX-License-Identifier: MIT
"""Random programs, divided: what a program does must stay the same."""

from __future__ import annotations

import shutil
import sys
import tempfile
from collections import Counter
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path

from tests.oracles.csmith import SIZES, Outcome, round_trip
from tests.support.reading import remembering

FIRST_SEED = 100_000  # the test suite's are smaller
BATCH = 100


def programs(number: int, seed: int = FIRST_SEED, jobs: int | None = None) -> Counter[str]:
    """Try seeds until ``number`` programs were of use; count what became of all, by reason."""
    counts: Counter[str] = Counter()
    same = 0
    with ProcessPoolExecutor(jobs) as pool:
        while same < number:
            size = min(BATCH, number - same)
            for outcome in pool.map(_one, range(seed, seed + size)):
                usual = outcome.verdict in ("same", "discarded")
                same += outcome.verdict == "same"
                counts[f"{outcome.verdict}: {outcome.detail}" if usual else outcome.verdict] += 1
                if not usual:
                    print(outcome, file=sys.stderr, flush=True)
            seed += size
            print(f"\r{same} of {number}: {dict(counts)}", end="", file=sys.stderr, flush=True)
    print(file=sys.stderr)
    return counts


def wrong(counts: Counter[str]) -> bool:
    """Return whether a program became anything but the same, or one that is of no use."""
    return any(not c.startswith(("same: ", "discarded: ")) for c in counts)


def _one(seed: int) -> Outcome:
    folder = Path(tempfile.mkdtemp(prefix="tcbsplit-soak-"))
    try:
        outcome = round_trip(seed, folder, SIZES[seed % len(SIZES)], remembering())
    except Exception as error:  # whatever it is, it is a finding
        return Outcome(seed, "error", f"{folder}: {type(error).__name__}: {error}")
    if outcome.verdict in ("same", "discarded"):
        shutil.rmtree(folder)
    return outcome
