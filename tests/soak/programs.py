# SPDX-License-Identifier: MIT
"""Random programs, divided: what a program does must stay the same."""

from __future__ import annotations

import shutil
import sys
import tempfile
from collections import Counter
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path

from tests.oracles.csmith import LARGE, Outcome, round_trip

FIRST_SEED = 100_000  # the test suite's are smaller


def programs(number: int) -> Counter[str]:
    """Try seeds until ``number`` programs were of use; count what became of all, by reason."""
    counts: Counter[str] = Counter()
    seed = FIRST_SEED
    with ProcessPoolExecutor() as pool:
        while counts["same"] < number:
            size = min(100, number - counts["same"])
            for outcome in pool.map(_one, range(seed, seed + size)):
                discarded = outcome.verdict == "discarded"
                counts[f"discarded: {outcome.detail}" if discarded else outcome.verdict] += 1
                if outcome.verdict not in ("same", "discarded"):
                    print(outcome, file=sys.stderr, flush=True)
            seed += size
            print(f"\r{counts['same']} of {number}", end="", file=sys.stderr, flush=True)
    print(file=sys.stderr)
    return counts


def _one(seed: int) -> Outcome:
    folder = Path(tempfile.mkdtemp(prefix="tcbsplit-soak-"))
    try:
        outcome = round_trip(seed, folder, LARGE)
    except Exception as error:  # whatever it is, it is a finding
        return Outcome(seed, "error", f"{folder}: {type(error).__name__}: {error}")
    if outcome.verdict in ("same", "discarded"):
        shutil.rmtree(folder)
    return outcome
