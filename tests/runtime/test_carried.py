# SPDX-License-Identifier: MIT
"""Pointers, strings, lists, unions and bit-fields cross whole, or are refused; fuzzed."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path

import pytest

from tcbsplit.config.settings import Carry
from tcbsplit.errors import HandoffError
from tests.runtime.carrying import CARRIES, SANITISERS, build, fuzz, generate

BLOBS, LEFT = 200_000, 50_000


@pytest.mark.parametrize("compiler", ["gcc", "clang"])
def test_every_kind_crosses_whole(compiler: str, tmp_path: Path) -> None:
    program = build(compiler, tmp_path, "round_trip.c", *(SANITISERS if compiler == "gcc" else ()))
    done = subprocess.run([program], capture_output=True, text=True, timeout=60)
    assert (done.returncode, done.stdout) == (0, "PASS\n"), done.stdout + done.stderr


def test_what_a_program_leaves_is_sent_whole_or_refused(tmp_path: Path) -> None:
    assert f"Done {LEFT} runs" in fuzz(tmp_path, "fuzz_send.c", LEFT, 300)


def test_nothing_is_taken_that_was_not_sent(tmp_path: Path) -> None:
    told = fuzz(tmp_path, "fuzz.c", BLOBS, 300)
    assert f"Done {BLOBS} runs" in told
    # It got behind the digest: more is covered than the checks of the header.
    coverage = [int(n) for n in re.findall(r"cov: (\d+)", told)]
    assert coverage[-1] > 60, told[-2000:]


@pytest.mark.parametrize(
    ("replaced", "message"),
    [
        (None, r"state.points is a pointer; say how it crosses"),
        (Carry(name="state.points", length="state.counts", most=4), "there is no .counts"),
        (Carry(name="state.points", length="missing", most=4), "missing is not handed over"),
        (Carry(name="state.points", length="state.name", most=4), "state.name is no integer"),
        (Carry(name="state.points", string=4), "is no pointer to characters"),
        (Carry(name="state.points", list="next", most=4), "its elements have no pointer next"),
        (Carry(name="state.point", string=4), "has no .point"),
        (Carry(name="state.points", tag="state.kind", members={"x": 1}), "is no union"),
        (Carry(name="state.points", keep=True), "handoff.carry overlap"),
    ],
)
def test_what_cannot_cross_is_told(replaced: Carry | None, message: str, tmp_path: Path) -> None:
    carries = list(CARRIES[1:])
    if replaced is not None:
        carries.append(replaced)
        if replaced.keep:
            carries.append(CARRIES[0])
    with pytest.raises(HandoffError, match=message):
        generate(tmp_path, carries)


def test_another_layout_does_not_compile(tmp_path: Path) -> None:
    sources = generate(tmp_path)
    text = (tmp_path / "carried.c").read_text()
    (tmp_path / "carried.c").write_text(text.replace("\tunsigned char kind;", "\tlong kind;"))
    done = subprocess.run(
        ["gcc", "-c", f"-I{Path(__file__).parent}", "-o", "/dev/null", sources[0]],
        capture_output=True, text=True,
    )  # fmt: skip
    assert done.returncode != 0
    assert "handoff: layout of state" in done.stderr
