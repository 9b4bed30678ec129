# SPDX-License-Identifier: MIT
"""Random programs, divided at random: together the halves do what the whole did."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.oracles.csmith import round_trip

pytestmark = pytest.mark.long
BATCHES, PROGRAMS = 4, 3  # the soak has the many


@pytest.mark.parametrize("batch", range(BATCHES))
def test_halves_of_random_programs(batch: int, tmp_path: Path) -> None:
    same, seed = 0, batch * 1000
    while same < PROGRAMS:
        seed += 1
        assert seed % 1000 < 200, "too few of csmith's programs were of use"
        folder = tmp_path / str(seed)
        folder.mkdir()
        outcome = round_trip(seed, folder)
        assert outcome.verdict in ("same", "discarded"), outcome
        same += outcome.verdict == "same"
        shutil.rmtree(folder)


def test_a_lost_value_is_seen(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The comparison can fail: with an empty handoff set, halves do something else."""
    monkeypatch.setattr("tcbsplit.split.decide.boundary.crossings", lambda *_: [])

    def verdicts() -> Iterator[str]:
        for seed in range(1, 13):
            folder = tmp_path / str(seed)
            folder.mkdir()
            yield round_trip(seed, folder).verdict

    assert "different" in verdicts()
