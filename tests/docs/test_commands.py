# SPDX-License-Identifier: MIT
"""Every command of tcbsplit and make in a document is one that the command line takes."""

from __future__ import annotations

import pytest

from tests.support.commands import commands, mistakes
from tests.support.documents import REPOSITORY, codes, documents


def test_every_command_is_taken() -> None:
    wrong = {
        str(p.relative_to(REPOSITORY)): found
        for p in documents()
        if (found := list(mistakes(codes(p.read_text()))))
    }
    assert wrong == {}
    count = sum(1 for p in documents() for c in codes(p.read_text()) for _ in commands(c))
    assert count > 100


@pytest.mark.parametrize(
    ("text", "wrong"),
    [
        ("```sh\ntcbsplit splt a.yaml\n```", "2: tcbsplit splt a.yaml: no subcommand splt"),
        ("```sh\ncd x && tcbsplit split a.yaml --tres X # y\n```", "No such option: --tres"),
        ("```sh\ntcbsplit split --trees \\\n  X\n```", "Missing argument 'CONFIG'"),
        ("```console\n$ tcbsplit boot a.yaml --accel xen\ntcbsplit none\n```", "'xen' is not one"),
        ("```console\n$ x=$(tcbsplit config chek a.yaml)\n```", "no subcommand chek"),
        ("a `tcbsplit exlain F` b", "1: tcbsplit exlain F: no subcommand exlain"),
        ("`tcbsplit bounds CONFIG --lossi`", "No such option: --lossi"),
        ("```sh\nmake demo && make dmeo\n```", "2: make dmeo: no target dmeo"),
    ],
)
def test_wrong_commands_are_found(text: str, wrong: str) -> None:
    (found,) = mistakes(codes(text))
    assert wrong in found


@pytest.mark.parametrize(
    "text",
    [
        "`tcbsplit split CONFIG [--trees DIR]`, `tcbsplit explain`, `tcbsplit`, `make faults`",
        "```sh\ntcbsplit capture -- make -j4  # a build\nX=1 tcbsplit --version\n```",
        "```yaml\ntcbsplit nothing\n```",
    ],
)
def test_right_commands_are_right(text: str) -> None:
    assert list(mistakes(codes(text))) == []
