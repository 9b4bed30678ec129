# SPDX-License-Identifier: MIT
"""Hostile guests against all builds, as target and as preprocessing guest: none succeeds."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from tests.support.arena import KNOWN, POSITIONS, UNRETIRED, Arena, alike, arena
from tests.support.fights import random_moves, several, single
from tests.support.hostile import ATTACKS
from tests.support.minivisor import Minivisor
from tests.support.shared import Shared

pytestmark = [pytest.mark.live, pytest.mark.long]

LASTING = [(n, p) for p in POSITIONS for n in KNOWN if alike(n, p, "")]
# Each has a machine of its own; what is erased makes no difference to how a guest ends.
ALONE = tuple(p for p in POSITIONS if p != UNRETIRED)
ENDING = [(n, p) for p in ALONE for n in KNOWN if KNOWN[n].ends and alike(n, p, KNOWN[n].ends)]


@pytest.fixture(scope="module")
def place(shared: Shared, minivisor: Minivisor) -> Arena:
    return arena(shared, minivisor)


def judged(position: str, place: Arena, shared: Shared) -> dict[str, list[str]]:
    """The complaints about each attack of a machine that runs them all, once a session."""

    def fight(folder: Path) -> None:
        results = several(place, position, folder / "boot")
        (folder / "results.json").write_text(json.dumps(results))

    folder = shared(f"hostile {position}", fight)
    results: dict[str, list[str]] = json.loads((folder / "results.json").read_text())
    return results


@pytest.mark.parametrize("position", POSITIONS)
def test_no_attack_in_a_row_succeeds(position: str, place: Arena, shared: Shared) -> None:
    results = judged(position, place, shared)
    assert {n: c for n, c in results.items() if c} == {}
    assert {n for n, p in LASTING if p == position} <= set(results)


@pytest.mark.parametrize(("name", "position"), ENDING)
def test_no_attack_that_ends_its_guest_succeeds(
    name: str, position: str, place: Arena, tmp_path: Path
) -> None:
    assert single(place, position, name, tmp_path / "boot") == []


@pytest.mark.parametrize("position", POSITIONS)
def test_random_moves_open_nothing(position: str, place: Arena, tmp_path: Path) -> None:
    assert random_moves(place, position, 0x5EED, tmp_path / "boot") == []


def test_every_attack_says_what_it_attacks(place: Arena) -> None:
    assert len(KNOWN) >= 60
    for name, attack in KNOWN.items():
        text = (ATTACKS / f"{name}.c").read_text()
        assert re.findall(r"^ATTACK \((\w+)\)$", text, re.M) == [name]
        assert attack.promise
        assert attack.where <= {"target", "preguest"}, name
        # A refusal is said, or the end of the guest is; or there is nothing to say.
        assert bool(attack.refused or attack.said or attack.ends) != bool(attack.silent), name
        assert attack.ends in ("", "fault", "shutdown", "handoff"), name
    # What counts as the hypervisor's word no hostile guest can say.
    for position in POSITIONS:
        image = place.guest(position, "several").read_bytes()
        assert b"refused" not in image
        assert b"minivisor: " not in image
