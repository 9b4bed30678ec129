# SPDX-License-Identifier: MIT
"""Damaged files: an error in one or two lines, or the same result; the soak has many more."""

from __future__ import annotations

import random
import shutil
from pathlib import Path

import pytest

from tests.conftest import capture_tiny
from tests.soak.damage import DAMAGE, KEPT, READ, Damage, Made, swapped
from tests.support.shared import Shared

SEED = 1


@pytest.fixture(scope="module")
def made(shared: Shared, tmp_path_factory: pytest.TempPathFactory) -> Made:
    """All artifacts of the small program; what a test has damaged is restored."""
    captured = shared("tiny captured", capture_tiny) / "tiny tree"
    return Made(tmp_path_factory.mktemp("damaged") / "work", captured)


@pytest.mark.parametrize("kind", READ)
def test_a_damaged_file(made: Made, kind: str) -> None:
    for damage in DAMAGE:
        dice = random.Random(f"{SEED} {kind} {damage.__name__}")
        assert made.harmed(kind, damage, dice) == [], damage.__name__


def _of_another_analysis(path: Path, dice: random.Random) -> None:
    """The same artifact of a program that is nearly the same."""
    content = path.read_bytes()
    path.write_bytes(content.replace(b"on_exit_key", b"on_exit_kez"))


def _alone(path: Path, dice: random.Random) -> None:
    """Without the record of digests, nothing is known of an artifact."""
    path.with_name("sums.msgpack").unlink()


@pytest.mark.parametrize("kind", ["program", "graph", "classes"])
@pytest.mark.parametrize("damage", [_of_another_analysis, _alone, swapped])
def test_an_artifact_that_could_be_read_is_refused(made: Made, kind: str, damage: Damage) -> None:
    name, words = READ[kind]
    path = made.place / name
    before = path.read_bytes()
    damage(path, random.Random(SEED))
    status, out, errors = made.run(words)
    made.restore()
    assert (status, out) == (2, "")
    assert "or damaged, or by a run that did not end; run it again" in errors
    assert path.read_bytes() == before


def test_the_damage_would_be_noticed(made: Made) -> None:
    """What gives another result without an error is complained of."""

    def another(path: Path, dice: random.Random) -> None:
        shutil.copy(made.place / "tiny/main.c", path)
        (made.place / KEPT / "sums.msgpack").unlink()
        text = (made.place / "tiny/main.c").read_text()
        (made.place / "tiny/main.c").write_text(text + "\nint one_more (void) { return 1; }\n")

    (told,) = made.harmed("analysis", another, random.Random(SEED))
    assert told.startswith("was accepted, with another result: ") and "one_more" in told
