# SPDX-License-Identifier: MIT
"""Random programs, divided at random: together the halves do what the whole did."""

from __future__ import annotations

import re
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from tcbsplit.pipeline.split import split
from tests.oracles.csmith import SMALL, round_trip
from tests.support.reading import remembering

pytestmark = pytest.mark.long
BATCHES, PROGRAMS = 4, 3  # the soak has the many
Replace = Callable[[str, object], None]


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


def _verdicts(folder: Path) -> Iterator[str]:
    for seed in range(1, 13):
        place = folder / str(seed)
        place.mkdir()
        yield round_trip(seed, place, SMALL, remembering()).verdict


@pytest.fixture
def replaced(monkeypatch: pytest.MonkeyPatch) -> Replace:
    return monkeypatch.setattr


def test_a_lost_value_is_seen(tmp_path: Path, replaced: Replace) -> None:
    """The comparison can fail: with an empty handoff set, halves do something else."""
    replaced("tcbsplit.split.decide.boundary.crossings", lambda *_: [])
    replaced("tests.oracles.csmith.uncomputed", lambda *_: [])
    assert "different" in _verdicts(tmp_path)


@pytest.mark.parametrize("place", ["boundary.crossings", "boundary.inputs_of"])
def test_a_set_that_lacks_a_variable_is_seen(tmp_path: Path, replaced: Replace, place: str) -> None:
    """What crosses in an execution must be computed, whether it changes the output or not."""
    _, name = place.split(".")
    whole: Callable[..., list[Any]] = getattr(
        __import__("tcbsplit.split.decide.boundary", fromlist=[name]), name
    )
    replaced(f"tcbsplit.split.decide.{place}", lambda *words: whole(*words)[:-1])
    assert "not computed" in _verdicts(tmp_path)


@pytest.mark.parametrize("looking", [True, False], ids=["verify", "run"])
def test_a_dropped_statement_is_seen(tmp_path: Path, replaced: Replace, looking: bool) -> None:
    """A tree with a statement less is found by ``verify``; by itself, the comparison finds it."""

    def dropping(settings: Any, space: Any, out: Path, **words: Any) -> object:
        result = split(settings, space, out, **words)
        for source in (out / "thin").glob("*.[ch]"):
            text = source.read_text()
            source.write_text(re.sub(r"^(\s+)g_\d+ = [^;]*;$", r"\1;", text, flags=re.M))
        return result

    replaced("tests.oracles.csmith.run_split", dropping)
    if not looking:
        verified = type("Verified", (), {"problems": ()})
        replaced("tests.oracles.csmith.verify", lambda *_, **__: verified)
    assert ("not verified" if looking else "different") in _verdicts(tmp_path)


def test_a_program_of_no_use_is_no_mistake(tmp_path: Path, replaced: Replace) -> None:
    replaced("tests.oracles.csmith.SECONDS", 0.0)
    assert round_trip(1, tmp_path).verdict == "discarded"
