# SPDX-License-Identifier: MIT
"""Verdicts on recorded consoles."""

from __future__ import annotations

from typing import Any

import pytest

from tcbsplit.config.scenario import Marker, Scenario, Typed
from tcbsplit.validate.conversation.console import Console, consoles
from tcbsplit.validate.verdict.judge import Judge, difference, judge


def scenario(*expect: str, **more: Any) -> Console:
    markers = tuple(Marker(text=t, within=5) for t in expect)
    return consoles(Scenario(summary="test", expect=markers, **more))[0]


GOOD = [(0.5, b"started\r\nPIN: "), (1.0, b"****\r\nkey "), (2.0, b"unwrapped\r\nSUMMARY: 3\r\n")]


def test_markers_in_order_pass() -> None:
    found = judge(GOOD, scenario("started", "key unwrapped", "SUMMARY", exit=33), 33)
    assert found.cause == ""
    assert [m.verdict for m in found.markers] == ["seen", "seen", "seen"]
    assert [m.seconds for m in found.markers] == [0.5, 2.0, 2.0]
    assert found.markers[1].line == "key unwrapped"


def test_the_verdict_does_not_depend_on_the_pieces() -> None:
    text = b"".join(chunk for _, chunk in GOOD)
    wanted = scenario("started", "PIN: ", "key unwrapped", "SUMMARY", forbid=("panic",))
    whole = judge([(1.0, text)], wanted, 33)
    single = judge([(1.0, text[i : i + 1]) for i in range(len(text))], wanted, 33)
    assert whole == single
    assert whole.cause == ""


@pytest.mark.parametrize(
    ("expect", "more", "status", "cause"),
    [
        (["SUMMARY", "started"], {}, 33,
         "QEMU ended with status 33 before 'started'; the last line was 'SUMMARY: 3'"),
        (["started", "never"], {}, None,
         "no 'never' within 5 s after 'started'; the last line was 'SUMMARY: 3'"),
        (["nothing"], {}, None,
         "no 'nothing' within 5 s after the start; the last line was 'SUMMARY: 3'"),
        (["started"], {"exit": 33}, 37, "QEMU ended with status 37, wanted 33"),
        (["started"], {"exit": 33}, None,
         "QEMU did not end within 5 s after 'started', wanted exit status 33"),
        (["started"], {"forbid": ("unwrap",)}, 33,
         "forbidden 'unwrap' on the console: 'key unwrapped'"),
        (["started"], {"type": (Typed(after="PUK: ", line="1"),)}, 33,
         "the prompt 'PUK: ' (number 1) did not appear"),
        (["started"], {"type": (Typed(after="PIN: ", line="1"),) * 2}, 33,
         "the prompt 'PIN: ' (number 2) did not appear"),
        (["started"], {"capture": "sector"}, 33, "no line matches 'sector': nothing to compare"),
        (["started started"], {}, 33,
         "QEMU ended with status 33 before 'started started'; the last line was 'SUMMARY: 3'"),
    ],
)  # fmt: skip
def test_failures_have_causes(
    expect: list[str], more: dict[str, Any], status: int | None, cause: str
) -> None:
    assert judge(GOOD, scenario(*expect, **more), status).cause == cause


def test_a_late_marker_fails() -> None:
    found = judge([(1.0, b"started\n"), (7.0, b"done\n")], scenario("started", "done"), 0)
    assert found.cause == "'done' took 6.0 s, wanted within 5 s"
    assert [m.verdict for m in found.markers] == ["seen", "late"]


def test_an_empty_console_is_said() -> None:
    assert "the console is empty" in judge([], scenario("started"), None).cause


def test_markers_on_one_line_need_their_own_place() -> None:
    assert judge([(0.1, b"ab ab\n")], scenario("ab", "ab"), 0).cause == ""
    assert judge([(0.1, b"ab\n")], scenario("ab", "ab"), 0).cause != ""


def test_what_is_forbidden_outweighs_what_was_seen() -> None:
    found = judge([(0.1, b"panic\nstarted\n")], scenario("started", forbid=("panic",)), 33)
    assert found.cause.startswith("forbidden 'panic'")
    assert [(m.kind, m.verdict) for m in found.markers] == [
        ("expect", "seen"),
        ("forbid", "violated"),
    ]


def test_lines_are_typed_after_their_prompts_and_once() -> None:
    hearing = Judge(
        scenario("end", type=(Typed(after="PIN: ", line="1"), Typed(after="PIN: ", line="2")))
    )
    assert hearing.feed(b"PI", 0.1) == []
    assert hearing.feed(b"N: ", 0.2) == ["1"]
    assert hearing.feed(b"***", 0.3) == []
    assert hearing.feed(b"\r\nPIN: ", 0.4) == ["2"]
    assert hearing.feed(b"\r\nPIN: ", 0.5) == []


def test_patience() -> None:
    hearing = Judge(scenario("a", "b", settle=2))
    assert hearing.deadline == 5.0
    hearing.feed(b"a\n", 3.0)
    assert hearing.deadline == 8.0
    hearing.feed(b"b\n", 4.0)
    assert hearing.deadline == 6.0
    ends = Judge(scenario("a", exit=0, forbid=("panic",)))
    ends.feed(b"a\n", 1.0)
    assert ends.deadline == 6.0
    ends.feed(b"panic: half a li", 2.0)
    assert ends.deadline == 2.5


def test_strange_bytes_and_endless_lines_are_survived() -> None:
    chunks = [(0.1, b"\xff\xfe\x00"), *[(0.2, b"x" * 65536)] * 20, (0.3, b"\nstarted\n")]
    assert judge(chunks, scenario("started"), 0).cause == ""


def test_captured_lines_are_compared() -> None:
    pattern = scenario("sector", capture="^sector [0-9]+ ")
    one = judge([(0.1, b"x sector 0\nsector 0 aa\nsector 1 bb\n")], pattern, 0).captured
    assert one == ("sector 0 aa", "sector 1 bb")
    assert difference(one, one) == ""
    assert (
        difference(one, ("sector 0 aa", "sector 1 cc"))
        == "captured line 2 differs: original 'sector 1 bb', split 'sector 1 cc'"
    )
    assert difference(one, one[:1]) == "original printed 2 captured lines, split 1"
