# SPDX-License-Identifier: MIT
"""Modules out of the guest's memory, on any machine: made-up maps and layouts against a model."""

from __future__ import annotations

import random
import struct
import subprocess
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from tests.minivisor.loader import (
    ABSENT,
    AVAILABLE,
    DEVICES,
    E2BIG,
    EINVAL,
    ENOMEM,
    GUEST_END,
    IMAGE,
    IMAGE_END,
    INFO,
    MIB,
    MINIVISOR,
    PAGE,
    RESERVED,
    Harness,
    Layout,
    Module,
    compile_harness,
    expected,
)

KEEP = MINIVISOR / "boot/keep.c"
LOW, HALF = 8 * MIB, 8 * PAGE  # a place in the guest's memory; half a window
ADDRESS = "-fsanitize=address,undefined"  # its own memory is above 2 GiB: nothing of ours may be
UNDEFINED = "-fsanitize=undefined"
ALL = (INFO, 1024 * MIB, AVAILABLE)


@pytest.fixture(
    scope="module",
    params=[(c, s) for c in ("gcc", "clang") for s in (ADDRESS, UNDEFINED)],
    ids=lambda p: f"{p[0]}-{p[1].removeprefix('-fsanitize=').split(',')[0]}",
)
def harness(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[tuple[Harness, bool]]:
    """The harness, and whether memory may be above 2 GiB."""
    compiler, sanitiser = request.param
    flags = [sanitiser, "-fno-sanitize-recover=all"]
    if compiler == "clang" and not _links(compiler, flags, tmp_path_factory.mktemp("probe")):
        flags = []  # clang's sanitisers are a package of their own
    program = compile_harness(tmp_path_factory.mktemp("keep"), compiler, flags, KEEP)
    started = Harness(program)
    yield started, sanitiser == UNDEFINED
    started.close()


def _links(compiler: str, flags: list[str], folder: Path) -> bool:
    (folder / "empty.c").write_text("int main (void) { return 0; }\n")
    command: list[str | Path] = [compiler, *flags, "-o", folder / "empty", folder / "empty.c"]
    return subprocess.run(command, capture_output=True).returncode == 0


def windows(*more: int) -> dict[int, bytes]:
    """Memory of random bytes, none zero: the loader's own, around the places given, the image."""
    chance = random.Random(1)
    places = {INFO: 2 * HALF, IMAGE: 2 * HALF, **dict.fromkeys(more, 2 * HALF)}
    return {
        at: chance.randbytes(length).replace(b"\0", b"\1") for at, length in sorted(places.items())
    }


def layout(modules: list[Module], *entries: tuple[int, int, int]) -> Layout:
    return Layout(windows(LOW, GUEST_END - HALF, 200 * MIB), modules, entries or (ALL,))


def below_end(length: int) -> Module:
    """A module that begins a page below the end of the guest's memory."""
    return Module(GUEST_END - PAGE, GUEST_END - PAGE + length)


CASES = {
    "low": layout([Module(LOW, LOW + 5000), Module(LOW + 5000, LOW + 5001)]),
    "above": layout([Module(GUEST_END, GUEST_END + 77), Module(200 * MIB + 1, 200 * MIB + 99)]),
    "above, no map": replace(layout([Module(GUEST_END, GUEST_END + 77)]), has_map=False),
    "one above in the way": layout(
        [Module(LOW, LOW + 3 * PAGE), Module(GUEST_END + 2 * PAGE, GUEST_END + 3 * PAGE)]
    ),
    "last byte below": layout([Module(GUEST_END - 1, GUEST_END)]),
    "first byte below": layout([Module(GUEST_END - 1, GUEST_END + PAGE)]),
    # Nothing but its own place: it moves by a page, over itself.
    "over itself": layout([below_end(4 * PAGE)], (GUEST_END, 4 * PAGE, AVAILABLE)),
    "over itself and another's old place": layout(
        [Module(LOW, LOW + PAGE), below_end(4 * PAGE)], (GUEST_END, 8 * PAGE, AVAILABLE)
    ),
    "to the last byte": layout([Module(LOW, LOW + 5001)], (GUEST_END, 5001, AVAILABLE)),
    "one byte too many": layout([Module(LOW, LOW + 5002)], (GUEST_END, 5001, AVAILABLE)),
    "a second without room": layout(
        [Module(LOW, LOW + 1), Module(LOW + 1, LOW + 2)], (GUEST_END, PAGE, AVAILABLE)
    ),
    "nothing available": layout([Module(LOW, LOW + 1)], (GUEST_END, 1024 * MIB, RESERVED)),
    "available below only": layout([Module(LOW, LOW + 1)], (INFO, GUEST_END - INFO, AVAILABLE)),
    "available in two pieces, the second told first": layout(
        [Module(LOW, LOW + 3 * PAGE)],
        (GUEST_END + 2 * PAGE, 2 * PAGE, AVAILABLE), (GUEST_END, 2 * PAGE, AVAILABLE),
    ),
    "available with a hole of a byte": layout(
        [Module(LOW, LOW + 3 * PAGE)],
        (GUEST_END, 2 * PAGE, AVAILABLE), (GUEST_END + 2 * PAGE + 1, 8 * PAGE, AVAILABLE),
    ),
    "reserved in available": layout(
        [Module(LOW, LOW + 2 * PAGE)], ALL, (GUEST_END + PAGE, 1, RESERVED)
    ),
    "only behind the image": layout(
        [Module(LOW, LOW + 9)], (IMAGE, 2 * HALF, AVAILABLE)
    ),
    "empty": layout([Module(LOW, LOW), Module(GUEST_END + 9, GUEST_END + 9)]),
    "empty within another": layout([Module(LOW, LOW + 9), Module(LOW + 4, LOW + 4)]),
    "two the same": layout([Module(LOW, LOW + 9), Module(LOW, LOW + 9)]),
    "two overlap": layout([Module(LOW, LOW + 9), Module(LOW + 8, LOW + 10)]),
    "over the image": layout([Module(IMAGE_END - 1, IMAGE_END + 1)]),
    "around the image": layout([Module(IMAGE - PAGE, IMAGE_END + PAGE)]),
    "larger than all that is above": layout([Module(LOW, 0xFFFFFFFF)], ALL),
    # The map is where the first module goes.
    "over the map": replace(
        layout([Module(LOW, LOW + PAGE), Module(LOW + PAGE, LOW + 2 * PAGE)]), map_at=GUEST_END
    ),
}  # fmt: skip


@pytest.mark.parametrize("case", CASES)
def test_layouts(harness: tuple[Harness, bool], case: str) -> None:
    found, wanted = harness[0].run(CASES[case]), expected(CASES[case])
    assert found.error == wanted.error
    if not wanted.error:
        assert found.places == wanted.places
        assert found.memory == wanted.memory


def test_the_cases_have_every_outcome() -> None:
    outcomes = {name: expected(case).error for name, case in CASES.items()}
    assert {n for n, e in outcomes.items() if e == -ENOMEM} == {
        "one byte too many", "a second without room", "nothing available",
        "available below only",
    }  # fmt: skip
    assert {n for n, e in outcomes.items() if e == -EINVAL} == {
        "two the same", "two overlap", "over the image", "around the image",
        "larger than all that is above",
    }  # fmt: skip


def entry(address: int, length: int, kind: int = AVAILABLE, size: int = 20) -> bytes:
    return struct.pack("<IQQI", size, address, length, kind).ljust(min(size, 64) + 4, b"\0")


BROKEN = {
    "an entry cut short": ({"raw_map": entry(*ALL)[:-1]}, -EINVAL),
    "an entry too small": ({"raw_map": entry(*ALL, size=19).ljust(48, b"\0")}, -EINVAL),
    "a size of zero": ({"raw_map": bytes(24)}, -EINVAL),
    "available beyond all addresses": (
        {"raw_map": entry(GUEST_END, (1 << 64) - GUEST_END)}, -EINVAL,
    ),
    "a map beyond 4 GiB": ({"map_length": 0xFFFFFFFF - INFO}, -EINVAL),
    "an empty map": ({"raw_map": b""}, -ENOMEM),
    "nothing told of memory": ({"has_map": False}, -ENOMEM),
    "upper memory too small": ({"has_map": False, "upper": 63 * 1024}, -ENOMEM),
    "too many spans": ({"raw_map": entry(GUEST_END, 1) * 65}, -E2BIG),
    "a module that ends before it begins": ({"modules": [Module(LOW + 1, LOW)]}, -EINVAL),
    "too many modules": ({"modules": [Module(LOW, LOW)] * 9}, -E2BIG),
}  # fmt: skip


@pytest.mark.parametrize("case", BROKEN)
def test_what_no_loader_leaves_is_refused(harness: tuple[Harness, bool], case: str) -> None:
    keys, error = BROKEN[case]
    found = harness[0].run(replace(layout([Module(LOW, LOW + 9)]), **keys))  # type: ignore[arg-type]
    assert found.error == error


@pytest.mark.parametrize(
    "keys",
    [
        {"has_map": False, "upper": 63 * 1024 + 1},
        {"raw_map": entry(*ALL, size=24) + entry(0, GUEST_END, RESERVED, 0xFFFFFFFF)},
        {"raw_map": entry(*ALL) + entry(DEVICES, (1 << 64) - DEVICES, RESERVED)},
        {"raw_map": entry(*ALL) + entry(0, GUEST_END) * 100},
    ],
    ids=["upper memory", "sizes of entries", "reserved up to the end", "many below"],
)
def test_unusual_maps(harness: tuple[Harness, bool], keys: dict[str, object]) -> None:
    found = harness[0].run(replace(layout([Module(LOW, LOW + 9)]), **keys))  # type: ignore[arg-type]
    assert (found.error, list(found.places)) == (0, [(GUEST_END, 9)])


def test_modules_have_their_names(harness: tuple[Harness, bool]) -> None:
    lines = {
        "target": "target",  # as GRUB passes it: without the file
        "module1 config": "config",  # as QEMU does
        "/boot/my file token": "token",
        "": "",
        "a-name-of-sixteen": "a-name-of-sixte",
    }
    modules = [Module(LOW + i, LOW + i + 1, line) for i, line in enumerate(lines)]
    asked = replace(layout(modules), names=[*lines.values(), "module1", "file"])
    found = harness[0].run(asked)
    assert found.error == 0
    assert found.places == [(GUEST_END + i * PAGE, 1) for i in range(5)] + [(ABSENT, ABSENT)] * 2


def random_layout(chance: random.Random, high: bool) -> Layout:
    """Modules and spans around the places that matter, mostly apart, in any order."""
    places = [LOW, GUEST_END - HALF, IMAGE - HALF, *([DEVICES - HALF] if high else [])]
    memory = {INFO: bytes(2 * HALF), **{at: chance.randbytes(2 * HALF) for at in places}}

    def span(most: int) -> tuple[int, int]:
        at = chance.choice(places)
        start, end = sorted(chance.randrange(2 * HALF + 1) for _ in range(2))
        if chance.random() < 0.5:
            start, end = start // PAGE * PAGE, end // PAGE * PAGE
        return at + start, at + min(end, start + most)

    modules: list[Module] = []
    for _ in range(chance.randrange(1, 6)):
        start, end = span(chance.choice([100, PAGE, 6 * PAGE]))
        others = [(m.start, m.end) for m in modules] + [(IMAGE, IMAGE_END)]
        if chance.random() < 0.02 or all(end <= a or b <= start for a, b in others):
            modules.append(Module(start, end))
    entries = [(a, b - a, AVAILABLE) for a, b in (span(2 * HALF) for _ in range(6))]
    reserved = [(a, b - a, RESERVED) for a, b in (span(2 * PAGE) for _ in range(3))]
    entries += chance.sample(reserved, chance.randrange(4))
    if chance.random() < 0.3:
        entries += [(at, 2 * HALF, AVAILABLE) for at in places]
    chance.shuffle(entries)
    return Layout(memory, modules, entries)


def test_random_layouts(harness: tuple[Harness, bool]) -> None:
    started, high = harness
    errors = set()
    for seed in range(200):
        asked = random_layout(random.Random(seed), high)
        found, wanted = started.run(asked), expected(asked)
        assert found.error == wanted.error, f"seed {seed}"
        if not wanted.error:
            assert found.places == wanted.places, f"seed {seed}"
            assert found.memory == wanted.memory, f"seed {seed}"
        errors.add(found.error)
    assert errors == {0, -ENOMEM, -EINVAL}


MUTANTS = {
    "nothing is moved": ("if (!reached (from))", "if (1)"),
    "a forward copy": ("memmove (pointer (to.first)", "memcpy (pointer (to.first)"),
    "the old place is left": ("memzero_explicit (pointer (first), end - first)", "(void) 0"),
    "the new place is wiped": ("to.first < from.end ? to.first : from.end", "from.end"),
    "its own place is taken": ("*s = (struct span) { 0, 0 }; /*", "/*"),
    "the image is no obstacle": ("add (&m->taken, image)", "0"),
    "reserved memory is no obstacle": ("add (available ? &m->available : &m->taken, s)",
                                       "available ? add (&m->available, s) : 0"),
    "not to the last byte": ("while (at + size <= GUEST_DEVICES)",
                             "while (at + size + 4096 <= GUEST_DEVICES)"),
    "pages are not whole": ("at = (next + PAGE - 1) & ~(PAGE - 1)", "at = next"),
    "the first piece only": ("i = 0; /* another may continue it */", "i++;"),
    "what lies high is kept": ("s.first < GUEST_RAM_SIZE || s.end > GUEST_DEVICES",
                               "s.first < GUEST_RAM_SIZE"),
    "overlapping modules": ("if (overlap (s[i], s[j]))", "if (0)"),
}  # fmt: skip


@pytest.mark.parametrize("mutant", MUTANTS)
def test_a_mistake_is_found(mutant: str, tmp_path: Path) -> None:
    """Each of these mistakes in boot/keep.c makes a layout come out wrong, or crash."""
    before, after = MUTANTS[mutant]
    text = KEEP.read_text()
    assert text.count(before) == 1, "the source changed: change the mutant as well"
    source = tmp_path / "keep.c"
    source.write_text(text.replace(before, after))
    flags = ["-Wno-error"]
    started = Harness(compile_harness(tmp_path, "gcc", flags, source))
    asked = [*CASES.values(), *(random_layout(random.Random(s), True) for s in range(200))]
    try:
        assert any(_differs(started, case) for case in asked)
    finally:
        started.close()


def _differs(started: Harness, asked: Layout) -> bool:
    wanted = expected(asked)
    try:
        found = started.run(asked)
    except AssertionError:
        return True  # it crashed
    if found.error or wanted.error:
        return found.error != wanted.error
    return (found.places, found.memory) != (wanted.places, wanted.memory)
