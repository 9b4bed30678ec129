# SPDX-License-Identifier: MIT
"""Damaged files of every kind: an error in a line or two, or the same result; never another one."""

from __future__ import annotations

import difflib
import json
import os
import random
import shutil
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any
from unittest import mock

import msgspec

from tests.conftest import capture_tiny
from tests.soak.images import AT_1_MIB, COMES_UP, kernel, link
from tests.soak.tally import Tally
from tests.support.cli import tcbsplit
from tests.support.made import BUILD

Damage = Callable[[Path, random.Random], None]


def truncated(path: Path, dice: random.Random) -> None:
    content = path.read_bytes()
    path.write_bytes(content[: dice.randrange(len(content.rstrip()))])


def flipped(path: Path, dice: random.Random) -> None:
    """Another value in a few bytes."""
    content = bytearray(path.read_bytes())
    for at in dice.sample(range(len(content)), min(len(content), dice.choice((1, 3, 20)))):
        content[at] ^= dice.randrange(1, 256)
    path.write_bytes(content)


def bit(path: Path, dice: random.Random) -> None:
    """One bit, as failing memory or an old disk would."""
    content = bytearray(path.read_bytes())
    content[dice.randrange(len(content))] ^= 1 << dice.randrange(8)
    path.write_bytes(content)


def undecodable(path: Path, dice: random.Random) -> None:
    content = path.read_bytes()
    at = dice.randrange(len(content))
    path.write_bytes(content[:at] + b"\xff\xfe\x80" + content[at:])


def nested(path: Path, dice: random.Random) -> None:
    if path.suffix == ".msgpack":
        path.write_bytes(b"\x91" * 100_000 + b"\xc0")
    else:
        path.write_text("[" * 100_000 + "]" * dice.randrange(100_000))


def other(path: Path, dice: random.Random) -> None:
    path.write_bytes(dice.choice([b"", b"{}", b"[]", b"null", b"\xc0", b"\x90", b"version: 99\n"]))


def folder(path: Path, dice: random.Random) -> None:
    path.unlink()
    path.mkdir()


def endless(path: Path, dice: random.Random) -> None:
    path.unlink()
    path.symlink_to("/dev/zero")


def pipe(path: Path, dice: random.Random) -> None:
    path.unlink()
    os.mkfifo(path)


def missing(path: Path, dice: random.Random) -> None:
    path.unlink()


def repeated(path: Path, dice: random.Random) -> None:
    """A part of it, once more: what a copy that was begun again leaves."""
    content = path.read_bytes()
    first, last = sorted(dice.sample(range(len(content) + 1), 2))
    path.write_bytes(content[:last] + content[first:last] + content[last:])


def swapped(path: Path, dice: random.Random) -> None:
    """Another file of the same folder and format under its name."""
    others = [p for p in path.parent.iterdir() if p.is_file() and p.suffix == path.suffix]
    found = dice.choice(sorted(others)).read_bytes()
    path.write_bytes(found if found != path.read_bytes() else b"")


def restructured(path: Path, dice: random.Random) -> None:
    """A value of another type or none, a key more or less, somewhere in a record."""
    content = path.read_bytes()
    packed = path.suffix in (".msgpack", ".stamp")
    try:
        value = msgspec.msgpack.decode(content) if packed else json.loads(content)
    except ValueError:
        flipped(path, dice)  # no record: a console, an image, YAML
        return
    value = _changed(value, dice)
    path.write_bytes(msgspec.msgpack.encode(value) if packed else json.dumps(value).encode())


_ODD: tuple[Any, ...] = (
    None,
    True,
    -1,
    1 << 70,
    1e400,
    "",
    "x" * 5000,
    "../../etc",
    [],
    {},
    [[]],
    "\udc80",
    0.5,
)


def _changed(value: Any, dice: random.Random) -> Any:
    """Return a copy with one change at a random depth."""
    deeper = isinstance(value, (dict, list)) and value and dice.random() < 0.8
    if not deeper:
        found = dice.choice(_ODD)
        return "odd" if found in (1 << 70, "\udc80") else found
    if isinstance(value, dict):
        key = dice.choice(sorted(value, key=repr))
        if dice.random() < 0.2:
            return {k: v for k, v in value.items() if k != key}
        return {**value, key: _changed(value[key], dice)}
    at = dice.randrange(len(value))
    if dice.random() < 0.2:
        return [*value[:at], *value[at + 1 :]] if dice.random() < 0.5 else [*value, value[at]]
    return [*value[:at], _changed(value[at], dice), *value[at + 1 :]]


DAMAGE: tuple[Damage, ...] = (
    truncated, flipped, bit, undecodable, nested, other, folder, endless, pipe, missing, repeated,
    swapped, restructured,
)  # fmt: skip
BOOT = "tiny/reports/tiny/traces/up-original"
KEPT = "tiny/reports/tiny"
# All of the machine's code is called as a function of the program is.
BOUNDARIES = "    boundaries: [{phase: runtime, symbol: main}]\n"
_ANALYZE = ["analyze", "{config}", "--compdb", "{database}", "--verify-flags"]
_EXPLAIN = ["explain", "{config}", "main"]
_REPLAY = ["boot", "{config}", "--replay", "{boot}"]
_AUDIT = ["audit", "{config}", "--recorded"]
_REPORT = ["report", "{config}", "--trees", "{out}", "--json"]
_BUILT = ["run", "{config}", "--until", "build", "--compdb", "{database}", "--trees", "{out}"]
# Each artifact, and the command that reads it: in the folder of the program, then in the work's.
READ = {
    "configuration": ("tiny/tiny.yaml", _ANALYZE),
    "compile database": ("tiny/compile_commands.json", _ANALYZE),
    "stamp": (f"{KEPT}/analysis.stamp", _ANALYZE),
    "analysis": (f"{KEPT}/analysis.json", [*_ANALYZE, "--json"]),
    "program": (f"{KEPT}/program.msgpack", _EXPLAIN),
    "graph": (f"{KEPT}/graph.msgpack", _EXPLAIN),
    "classes": (f"{KEPT}/classes.msgpack", _EXPLAIN),
    "digests": (f"{KEPT}/sums.msgpack", _EXPLAIN),
    "plan": (f"{KEPT}/split.msgpack", _REPORT),
    "builds": (f"{KEPT}/builds.msgpack", _REPORT),
    "findings": (f"{KEPT}/machine.json", _REPORT),
    "stages": (f"{KEPT}/stages.msgpack", _BUILT),
    "built image": ("split/thin/tiny", _BUILT),
    "record of builds": ("split/build.json", _BUILT),
    "emitted source": ("split/thin/main.c", ["verify", "{out}"]),
    "manifest": ("split/manifest.json", ["verify", "{out}"]),
    "executed set": (f"{BOOT}/executed.json", _AUDIT),
    "image that ran": (f"{BOOT}/image.elf", _AUDIT),
    "audit": (f"{KEPT}/audit.json", _REPORT),
    "recorded boot": (f"{BOOT}/boot.json", _REPLAY),
    "recorded console": (f"{BOOT}/serial.log", _REPLAY),
    "times of a console": (f"{BOOT}/serial.times", _REPLAY),
    "lock": ("tcb.lock", ["check", "{config}", "--compdb", "{database}", "--baseline", "{lock}"]),
    "cache": ("facts.sqlite", [*_ANALYZE, "--artifacts", "again", "--json"]),
}
# People write these: another text may mean another thing, and be right.
WRITTEN = ("configuration", "compile database")


class Made:
    """All artifacts of the small program in a folder, and what is said of them."""

    def __init__(self, place: Path, captured: Path) -> None:
        self.place = place
        shutil.copytree(captured, place / "tiny")
        database = place / "tiny/compile_commands.json"
        database.write_text(database.read_text().replace(str(captured), str(place / "tiny")))
        config = place / "tiny/tiny.yaml"
        with config.open("a") as file:
            file.write(COMES_UP + BOUNDARIES + BUILD)
        image = link(place / "kernel.elf", kernel("main"), AT_1_MIB)
        self._names = {
            "config": config, "database": database, "out": place / "split",
            "lock": place / "tcb.lock", "boot": place / BOOT,
        }  # fmt: skip
        for words in (
            ["analyze", config, "--compdb", database],
            ["split", config, "--trees", place / "split"],
            ["build", config],
            _BUILT,
            ["check", config, "--compdb", database, "--baseline", place / "tcb.lock", "--update"],
            ["trace", config, "--set", f"original={image}"],
            _AUDIT,
            _ANALYZE,
            _BUILT,
        ):
            time.sleep(1.1)  # no stamp is written for inputs that have just changed
            done = self.run([str(w) for w in words])
            if done[0]:
                raise RuntimeError(f"{words}: {done[1]}{done[2]}")
        self._kept = place.with_name(f"{place.name} kept")
        shutil.copytree(place, self._kept, symlinks=True)
        self._wanted = {kind: self.run(words)[1] for kind, (_, words) in READ.items()}
        self.restore()

    def run(self, words: list[str]) -> tuple[int, str, str]:
        """Run a command; return its status, and what it said on stdout and stderr."""
        own = {"TCBSPLIT_CACHE": str(self.place / "facts.sqlite")}
        with mock.patch.dict(os.environ, own):
            done = tcbsplit(*(w.format(**self._names) for w in words), cwd=self.place)
        return done.returncode, done.stdout, done.stderr

    def restore(self) -> None:
        """Undo all damage."""
        shutil.rmtree(self.place)
        shutil.copytree(self._kept, self.place, symlinks=True)

    def harmed(self, kind: str, damage: Damage, dice: random.Random) -> list[str]:
        """Damage an artifact and run what reads it; what was wrong. All is restored."""
        name, words = READ[kind]
        damage(self.place / name, dice)
        status, out, errors = self.run(words)
        same = status != 0 or self._same(kind, out)
        self.restore()
        wrong = []
        if "Traceback" in errors + out or status not in (0, 1, 2):
            wrong.append(f"status {status}: {errors}")
        if status == 2 and len(errors.strip().splitlines()) > 3 and kind not in WRITTEN:
            wrong.append(f"more than a few lines: {errors}")
        if status and not (out + errors).strip():
            wrong.append(f"status {status} without a word")
        if status == 0 and kind not in WRITTEN and not same:
            wrong.append("was accepted, with another result: " + self._other(kind, out))
        return wrong

    def _other(self, kind: str, out: str) -> str:
        lines = difflib.unified_diff(self._wanted[kind].splitlines(), out.splitlines(), n=0)
        return " ".join(list(lines)[2:12])

    def _same(self, kind: str, out: str) -> bool:
        """Whether the result is that of the undamaged artifact; of builds, whether images are."""
        if READ[kind][1] is not _BUILT:
            return out == self._wanted[kind]
        images = ("split/thin/tiny", "split/guest/guest", "tiny/reports/tiny/original/tiny")
        return all((self.place / n).read_bytes() == (self._kept / n).read_bytes() for n in images)


def damaged(number: int, seed: int) -> int:
    """Damage ``number`` artifacts; return how many were accepted, or ended in a traceback."""
    base = Path(tempfile.mkdtemp(prefix="tcbsplit-damaged-"))
    capture_tiny(base)
    made, tally = Made(base / "work", base / "tiny tree"), Tally(number, base)
    for at in range(number):
        dice = random.Random(f"{seed}:{at}")
        kind, damage = dice.choice(list(READ)), dice.choice(DAMAGE)
        complaints = made.harmed(kind, damage, dice)
        kept = base / str(at)
        kept.mkdir()
        tally.add(f"{kind}", f"{at}: {kind}, {damage.__name__}", kept, complaints)
        tally.progress(at + 1)
    return tally.end("damaged", seed)
