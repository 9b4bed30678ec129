# SPDX-License-Identifier: MIT
"""``python -m tests.soak [--KIND N]... [--seed S]``: long runs of each kind."""

from __future__ import annotations

import argparse
import sys
import tempfile
from pathlib import Path

from tests.runtime.carrying import fuzz
from tests.soak.broken import Embedded, broken
from tests.soak.configurations import configurations
from tests.soak.damage import damaged
from tests.soak.hostile import hostile
from tests.soak.kinds import KINDS
from tests.soak.programs import FIRST_SEED, programs
from tests.soak.programs import wrong as went_wrong
from tests.soak.retired import retired
from tests.soak.runs import soak


def main() -> int:
    """Break off, damage, harm, fuzz and divide; return 1 where anything went wrong."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--programs", type=int, default=10_000)
    parser.add_argument("--first", type=int, default=FIRST_SEED, help="seed of the programs")
    parser.add_argument("--jobs", type=int, help="processes for the programs")
    parser.add_argument("--blobs", type=int, default=10_000_000)
    parser.add_argument("--faults", type=int, default=200, help="boots with an injected fault")
    parser.add_argument("--seed", type=int, default=1, help="of the faults' order and moments")
    parser.add_argument("--kind", choices=sorted(KINDS), action="append", help="only such faults")
    parser.add_argument("--hostile", type=int, default=1000, help="boots with hostile guests")
    parser.add_argument("--retired", type=int, default=1000, help="targets after an erasure")
    parser.add_argument("--broken", type=int, default=200, help="runs broken off at any moment")
    parser.add_argument("--embedded", type=int, default=50, help="such runs of the hypervisor")
    parser.add_argument("--damaged", type=int, default=1000, help="artifacts that are damaged")
    parser.add_argument("--configurations", type=int, default=10_000, help="that are mutated")
    wanted = parser.parse_args()
    wrong = False
    if wanted.configurations:
        wrong |= configurations(wanted.configurations, wanted.seed) > 0
    if wanted.damaged:
        wrong |= damaged(wanted.damaged, wanted.seed) > 0
    if wanted.broken:
        wrong |= broken(wanted.broken, wanted.seed) > 0
    if wanted.embedded:
        wrong |= broken(wanted.embedded, wanted.seed, Embedded) > 0
    if wanted.faults:
        kinds = {n: KINDS[n] for n in wanted.kind or KINDS}
        wrong |= soak(wanted.faults, wanted.seed, kinds) > 0
    if wanted.hostile:
        wrong |= hostile(wanted.hostile, wanted.seed) > 0
    if wanted.retired:
        wrong |= retired(wanted.retired, wanted.seed) > 0
    if wanted.programs:
        counts = programs(wanted.programs, wanted.first, wanted.jobs)
        print(f"random programs: {dict(counts)}", flush=True)
        wrong |= went_wrong(counts)
    if wanted.blobs:
        with tempfile.TemporaryDirectory() as folder:
            for main in ("fuzz.c", "fuzz_send.c"):
                told = fuzz(Path(folder), main, wanted.blobs, timeout=24 * 3600)
                print(f"{main}: {told.strip().splitlines()[-1]}")
    return int(wrong)


if __name__ == "__main__":
    sys.exit(main())
