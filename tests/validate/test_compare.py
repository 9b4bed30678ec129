# SPDX-License-Identifier: MIT
"""The original and the split compared, boots repeated, and verdicts for other tools."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest

from tcbsplit.config.scenario import Comparison, Disk
from tcbsplit.model.result import BootResult
from tcbsplit.report.findings import boots_junit
from tcbsplit.validate.boot import Bench, boot
from tcbsplit.validate.replay import replay
from tests.support.boots import wanted, with_kernel

LUCK = """
with open(os.path.join(os.path.dirname(os.path.dirname(os.getcwd())), "count"), "a+") as f:
    f.write("x"); f.seek(0); number = len(f.read())
say("up\\n" if number % 3 else "down\\n")
"""


def test_what_passes_sometimes_is_flaky(bench: Bench) -> None:
    many = with_kernel(Bench(**{**vars(bench), "repeat": 4, "seed": 7}), original=LUCK)
    (result,) = boot({"luck": wanted("up", within=1)}, many)
    assert result.verdict == "flaky"
    assert result.cause.startswith("1 of 4 runs did not pass; run 3, seed 9: QEMU ended")
    assert [(r.seed, r.verdict) for r in result.runs] == [
        (7, "pass"), (8, "pass"), (9, "fail"), (10, "pass"),
    ]  # fmt: skip
    assert "-seed 9" in result.command
    assert Path(result.log).read_text() == "down\n"
    (result,) = boot({"steady": wanted("n", within=1)}, with_kernel(many, original="say('on')"))
    assert (result.verdict, len(result.runs)) == ("pass", 4)


def both(bench: Bench, original: str, split: str, **more: Any) -> list[BootResult]:
    comparing = with_kernel(
        Bench(**{**vars(bench), "compare": True}), original=original, split=split
    )
    scenario = wanted("up", builds=("original", "split"), **more)
    results = boot({"both": scenario}, comparing)
    again = replay("both", scenario, bench.folder, compare=True)
    assert [(r.verdict, r.cause) for r in again] == [(r.verdict, r.cause) for r in results]
    return results


COMPARED = Comparison(
    since="up", ignore=("^chatter",), replace={"0x[0-9a-f]+": "ADDRESS", "^t=.*": "time"}
)


def test_a_split_that_does_as_the_original_did(bench: Bench) -> None:
    ours = "up\\n[    0.5] at 0xabc\\nchatter 1\\nt=12\\nend\\n"
    theirs = "tcbsplit: more\\n\\x1b[2Jup\\r\\n[    0.7] at 0x9\\nt=13\\nend\\n"
    results = both(bench, f'say("{ours}")', f'say("{theirs}")', compare=COMPARED)
    assert [(r.verdict, r.cause) for r in results] == [("pass", ""), ("pass", "")]


@pytest.mark.parametrize(
    ("split", "cause", "context"),
    [
        ('say("up\\na\\nX\\nc\\n")', "consoles differ: original line 3, split line 3",
         ("  up", "  a", "- b", "- c", "+ X", "+ c")),
        ('say("up\\na\\n")', "split ended where original went on at line 3",
         ("  up", "  a", "- b", "- c")),
        ('say("up\\na\\nb\\nc\\nd\\n")', "split went on at line 5, where original had ended",
         ("  a", "  b", "  c", "+ d")),
        ('say("up\\na\\nb\\nc\\n"); sys.exit(3)',
         "original ended with status 0, split with status 3", ()),
        ('say("up\\na\\nb\\nc\\n"); open("disk.img", "a").write("!")',
         "disk.img differs afterwards: original ", ()),
    ],
)  # fmt: skip
def test_the_first_divergence_is_shown(
    bench: Bench, split: str, cause: str, context: tuple[str, ...]
) -> None:
    (bench.base / "d").write_text("disk")
    results = both(bench, 'say("up\\na\\nb\\nc\\n")', split, disks=(Disk(file="d"),))
    assert results[1].verdict == "fail"
    assert results[1].cause.startswith(cause)
    assert results[1].divergence == context


def test_nothing_to_compare_is_no_pass(bench: Bench) -> None:
    results = both(bench, 'say("down")', 'say("up\\n")')
    assert [r.verdict for r in results] == ["fail", "error"]
    results = both(bench, 'say("up")', 'say("up")', compare=Comparison(since="target:"))
    assert results[1].cause == "original never printed 'target:': nothing to compare"


def test_verdicts_for_other_tools(bench: Bench) -> None:
    results = both(bench, 'say("up\\na\\n")', 'say("up\\n\\x01b\\n")')
    text = boots_junit(results, "demo")
    suite = ElementTree.fromstring(text)
    assert {k: suite.get(k) for k in ("tests", "failures", "errors", "skipped")} == {
        "tests": "2", "failures": "1", "errors": "0", "skipped": "0",
    }  # fmt: skip
    assert [(c.get("classname"), c.get("name")) for c in suite.iter("testcase")] == [
        ("demo.original", "both"),
        ("demo.split", "both"),
    ]
    assert "- a" in text
    assert "\x01" not in text
    assert json.loads((Path(results[1].log).parent / "boot.json").read_text())["verdict"] == "fail"
