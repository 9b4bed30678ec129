# SPDX-License-Identifier: MIT
"""Mutated configurations: settings or an error of the configuration, never anything else."""

from __future__ import annotations

import copy
import datetime
import random
import tempfile
from pathlib import Path
from typing import Any

import yaml

from tcbsplit.config.load import load
from tcbsplit.errors import ConfigError
from tests.conftest import REPOSITORY
from tests.soak.tally import Tally

MODELS = ("configs/minivisor.yaml", "tests/data/tiny/tiny.yaml")
_ODD: tuple[Any, ...] = (
    None, True, False, 0, -1, 1 << 70, 1.5, float("nan"), float("inf"), "", " ", "\0", "a\nb",
    "x" * 3000, "*", "**", "[", "file:", "file:*", "{", "}", "{source}", "{nothing}", "%s", "../..",
    "/", "~", "-", "null", "ö樹", "\ud7ff", b"bytes", datetime.date(2020, 2, 30 - 1),
    datetime.datetime(2020, 1, 1, 1, 1), [], {}, [[]], [None], {"": ""}, {1: 2}, {None: None},
    ["main", "main"], [{"name": "main"}], {"name": "main", "optional": "yes"},
)  # fmt: skip
# What people, editors and other tools do to the text.
_TEXTS = (
    ("\n", "\r\n"), ("  ", "\t"), (": ", ":"), ("- ", "-"), ("{", ""), ("]", ""), ('"', "'"),
    ("version: 1", "version: 1\nversion: 1"), ("version: 1", "--- \nversion: 1\n---\nversion: 1"),
    ("version: 1", "version: &a 1\nx: *a"), ("version: 1", "<<: {version: 1}"),
    ("name:", "? name\n:"),
    ("version: 1", "version: 1\n<<: *nothing"), ("version: 1", "version: 1 # \x85 \u2028"),
    ("version: 1", "version: !!python/object:os.system 1"), ("version: 1", "version: !!int '1'"),
    ("version: 1", "\ufeffversion: 1"), ("version: 1", "%YAML 1.3\n---\nversion: 1"),
    ("version: 1", "version: 1\na: &a [*a]"), ("version: 1", "version: 1\n\x07"), ("1", "0o1"),
    ("version: 1", "version: 1\nx: &x {y: &y [1], z: [*y, *y]}"), ("version: 1", "version: 1_0"),
)  # fmt: skip


def mutated(text: str, dice: random.Random) -> bytes:
    """Return a configuration with one to three changes of its values, keys or text."""
    value = yaml.safe_load(text)
    for _ in range(dice.choice((1, 1, 2, 3))):
        if dice.random() < 0.75:
            _change(value, dice)
    try:
        found = yaml.safe_dump(value, sort_keys=False, allow_unicode=True)
    except yaml.YAMLError:
        found = text
    if dice.random() < 0.4:
        old, new = dice.choice(_TEXTS)
        found = found.replace(old, new, dice.choice((1, -1)))
    content = found.encode("utf-8", "surrogatepass")
    if dice.random() < 0.1:
        content = content[: dice.randrange(len(content) + 1)]
    if dice.random() < 0.1:
        at = dice.randrange(len(content) + 1)
        content = (
            content[:at] + dice.choice((b"\xff", b"\xc3", b"\0", b"\xed\xa0\x80")) + content[at:]
        )
    return content


def _change(top: Any, dice: random.Random) -> None:
    """Change one value or key somewhere below ``top``, in place."""
    holders = [h for h in _holders(top) if h]
    holder = dice.choice(holders)
    key = dice.choice(list(holder)) if isinstance(holder, dict) else dice.randrange(len(holder))
    odd = copy.deepcopy(dice.choice(_ODD))
    way = dice.randrange(6)
    if way == 0:
        del holder[key]
    elif way == 1:
        holder[key] = [holder[key]]
    elif way == 2:
        holder[key] = {"name": holder[key]}
    elif way == 3 and isinstance(holder, dict):
        named = odd if isinstance(odd, (str, int, float, type(None))) else "other"
        holder[named] = holder.pop(key)
    elif way == 4:
        donor = dice.choice(holders)
        holder[key] = copy.deepcopy(
            dice.choice(list(donor.values() if isinstance(donor, dict) else donor))
        )
    else:
        holder[key] = odd


def _holders(value: Any) -> list[Any]:
    inside = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
    own = [value] if isinstance(value, (dict, list)) else []
    return own + [h for item in inside for h in _holders(item)]


def complaint(content: bytes, path: Path) -> str:
    """Load a configuration from ``path``; what was wrong about how it ended."""
    path.write_bytes(content)
    try:
        load(path)
    except ConfigError as error:
        lines = str(error).splitlines()
        if not lines or not all(lines):
            return f"an error with an empty line: {error!r}"
        if any(len(line) > 2000 for line in lines):
            return f"a line of {max(map(len, lines))} characters"
    except Exception as error:  # whatever it is
        return f"{type(error).__name__}: {str(error)[:300]}"
    return ""


def configurations(number: int, seed: int) -> int:
    """Load ``number`` mutated configurations; return how many ended in something else."""
    base = Path(tempfile.mkdtemp(prefix="tcbsplit-configurations-"))
    tally = Tally(number, base)
    for at in range(number):
        dice = random.Random(f"{seed}:{at}")
        model = REPOSITORY / dice.choice(MODELS)
        folder = base / str(at)
        folder.mkdir()
        told = complaint(mutated(model.read_text(), dice), folder / "c.yaml")
        tally.add(model.name, f"{at}: {model.name}", folder, [told] if told else [])
        if at % 100 == 99:
            tally.progress(at + 1)
    return tally.end("configurations", seed)
