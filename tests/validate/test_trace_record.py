# SPDX-License-Identifier: MIT
"""What the plugin recorded, and which functions the addresses belong to."""

from __future__ import annotations

import struct
from pathlib import Path

import pytest

from tcbsplit.elffile import Segment
from tcbsplit.errors import BuildError
from tcbsplit.model.machine import MachineName
from tcbsplit.model.result import ImageFacts
from tcbsplit.validate.evidence.symbols import Code, Symbols
from tcbsplit.validate.evidence.trace import _fnv, read_record
from tcbsplit.validate.evidence.trace import trace as read_trace
from tests.support.traces import by_phase

CODE = bytes(range(64))


def function(name: str, address: int, size: int) -> Code:
    return Code(address, address + size, (MachineName(name),))


def record(path: Path, blocks: list[tuple[int, int, int, int, int]], full: int = 0) -> Path:
    """(address, bias, hash, size, phases) of each."""
    head = struct.pack("<8sIIIIII32x", b"TCBTRACE", 1, len(blocks), len(blocks), full, 0, 0)
    slots = b"".join(struct.pack("<QQQIIQQQQ", *block, 0, 0, 0, 0) for block in blocks)
    path.write_bytes(head + slots)
    return path


def test_code_of_others_at_the_same_addresses_does_not_count(tmp_path: Path) -> None:
    ours, theirs = 0x7F0000000000, 0x7F8000000000
    alike = _fnv(CODE[32:36])
    path = record(
        tmp_path / "r",
        [
            (0x1000, ours, _fnv(CODE[0:16]), 16, 1),
            (0x1020, theirs, alike, 4, 2),  # by chance the same bytes
            (0x1000, theirs, _fnv(b"x" * 16), 16, 2),
            (0x1010, ours, 0, 8, 2),  # bytes not known, at our place
        ],
    )
    symbols = (function("a", 0x1000, 0x20), function("b", 0x1020, 0x20))
    facts = ImageFacts(path="i", text_bytes=64, digest="d", functions=())
    found = read_trace(
        "s", "original", ["start", "runtime"], path, facts,
        [Segment(0x1000, CODE, executable=True)], symbols,
    )  # fmt: skip
    assert by_phase(found) == {"start": {"a"}, "runtime": {"a"}}
    assert (found.blocks, found.foreign) == (2, 2)


def test_records_that_are_none(tmp_path: Path) -> None:
    with pytest.raises(BuildError, match="no trace was recorded"):
        read_record(tmp_path / "missing")
    for content in (b"", b"x" * 200):
        (tmp_path / "r").write_bytes(content)
        with pytest.raises(BuildError, match="is no record of a trace"):
            read_record(tmp_path / "r")
    whole = record(tmp_path / "r", [(1, 1, 1, 1, 1)]).read_bytes()
    (tmp_path / "r").write_bytes(whole[:-1])
    with pytest.raises(BuildError, match="is no record of a trace"):
        read_record(tmp_path / "r")
    with pytest.raises(BuildError, match="more code ran than the record has room for"):
        read_record(record(tmp_path / "r", [(1, 1, 1, 1, 1)], full=1))


def test_addresses_have_their_functions() -> None:
    codes = [
        function("a", 16, 16), function("inner", 20, 4), function("b", 40, 8),
        Code(50, 50, (MachineName("label"),), label=True),
    ]  # fmt: skip
    symbols = Symbols(codes)
    names = {at: (s.name if (s := symbols.at(at)) else None) for at in range(15, 51)}
    wanted = {15: None, 16: "a", 20: "inner", 24: "a", 32: None, 40: "b", 48: None}
    assert [(n, names[n], names[n - 1]) for n in range(16, 51) if names[n] != names[n - 1]] == [
        (n, name, names[n - 1]) for n, name in wanted.items() if n > 15
    ]
    parts = [(at, code.name if code else None) for at, code in symbols.of(22, 49)]
    assert parts == [(22, "inner"), (24, "a"), (32, None), (40, "b"), (48, None)]
    near = {at: (c.name if (c := symbols.near(at)) else None) for at in (15, 16, 33, 49, 99)}
    assert near == {15: None, 16: "a", 33: "inner", 49: "b", 99: "label"}
