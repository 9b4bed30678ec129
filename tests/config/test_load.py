# SPDX-License-Identifier: MIT
"""Good configurations, their paths and overrides, and configurations broken at random."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tcbsplit.config.load import load
from tcbsplit.config.placeholders import fill
from tcbsplit.config.settings import Settings
from tcbsplit.errors import ConfigError

REPOSITORY = Path(__file__).resolve().parents[2]
CONFIGS = sorted((REPOSITORY / "configs").glob("*.yaml"))
SMALL = "version: 1\nname: small\nsource: .\nimage: hv\nroots: {boot: [main]}\n"
WHOLE = (REPOSITORY / "tests/data/tiny/tiny.yaml").read_text() + (
    "scenarios:\n"
    "  read:\n"
    "    summary: x\n"
    '    modules: [{file: "{assets}/a", name: a, builds: [split]}]\n'
    "    machine: {memory: 128}\n"
    "    type: [{after: p, line: 2718}]\n"
    "    expect: [{text: t, within: 3}]\n"
    "    exit: 33\n"
    "build:\n"
    "  thin: {command: [make], image: a.elf}\n"
)


@pytest.mark.parametrize("path", CONFIGS, ids=lambda p: p.stem)
def test_our_own_configurations_are_good(path: Path) -> None:
    found = load(path)
    assert found.name == path.stem
    assert found.source.is_dir()
    assert found.roots.boot


def test_little_is_needed(tmp_path: Path) -> None:
    (tmp_path / "small.yaml").write_text(SMALL)
    found = load(tmp_path / "small.yaml")
    assert (found.name, found.source, found.path) == ("small", tmp_path, tmp_path / "small.yaml")
    assert found.roots.boot == ("main",)
    assert found.split is None
    assert not found.scenarios


def test_paths_start_at_the_configuration(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "tree").mkdir()
    (tmp_path / "configs").mkdir()
    path = tmp_path / "configs/small.yaml"
    path.write_text(SMALL.replace("source: .", "source: ../tree"))
    monkeypatch.chdir(tmp_path)
    assert load(Path("configs/small.yaml")).source == tmp_path / "tree"


def test_source_and_database_can_be_overridden(tmp_path: Path) -> None:
    path = tmp_path / "small.yaml"
    path.write_text(SMALL.replace("source: .", "source: nowhere"))
    (tmp_path / "other").mkdir()
    found = load(path, source=tmp_path / "other", compdb=tmp_path / "db.json")
    assert (found.source, found.compdb) == (tmp_path / "other", tmp_path / "db.json")
    with pytest.raises(ConfigError, match=r"--source: .*none: no such folder"):
        load(path, source=tmp_path / "none")


def test_cuts_know_their_place() -> None:
    path = REPOSITORY / "tests/data/tiny/tiny.yaml"
    for cut in load(path).cuts:
        file, _, line = cut.where.partition(":")
        assert file == "tiny.yaml"
        assert path.read_text().splitlines()[int(line) - 1].strip().startswith("- caller:")


def test_scenarios_in_their_own_file_have_their_own_places(tmp_path: Path) -> None:
    (tmp_path / "small.yaml").write_text(SMALL + "scenarios: more.yaml\nnonsense: 1\n")
    more = tmp_path / "more.yaml"
    more.write_text("scenarios:\n read:\n  summary: x\n  expct: []\n")
    with pytest.raises(ConfigError) as caught:
        load(tmp_path / "small.yaml")
    text = str(caught.value)
    assert f"{more}:4: scenarios.read.expct: unknown key; did you mean expect" in text
    assert f"{tmp_path / 'small.yaml'}:7: nonsense: unknown key" in text
    more.write_text("read: [\n")
    with pytest.raises(ConfigError) as caught:
        load(tmp_path / "small.yaml")
    assert f"{more}:2: not YAML" in str(caught.value)
    assert "nonsense: unknown key" in str(caught.value)


def test_what_cannot_be_read_is_named(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"none\.yaml: no such configuration"):
        load(tmp_path / "none.yaml")
    with pytest.raises(ConfigError, match="cannot be read"):
        load(tmp_path)
    (tmp_path / "bytes.yaml").write_bytes(b"name: \xff\xfe")
    with pytest.raises(ConfigError, match="cannot be read"):
        load(tmp_path / "bytes.yaml")
    (tmp_path / "control.yaml").write_bytes(b"name: \x01\n")
    with pytest.raises(ConfigError, match="not YAML"):
        load(tmp_path / "control.yaml")


def test_placeholders() -> None:
    assert fill("{a}/{{b}}", {"a": "x{y}"}) == "x{y}/{b}"
    with pytest.raises(ConfigError, match=r"there is no \{c\} here; there is: \{a\}"):
        fill("{c}", {"a": "x"})


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    found = tmp_path_factory.mktemp("whole")
    for name in ("adapter.c", "guest.c"):
        shutil.copy(REPOSITORY / "tests/data/tiny" / name, found)
    (found / "whole.yaml").write_text(WHOLE)
    assert load(found / "whole.yaml").scenarios["read"].type[0].line == "2718"
    return found


VALUES = st.sampled_from(
    ["", "x", "1", "-1", "[]", "{}", "[x]", "{x: y}", "~", "true", "1.5", "*x", "&x [*x]",
     "{assets!z}", "!!int a", "!x y", "2001-99-99", "'", "{", "|",
     "? [a]", "<<: {a: b}", '"\\x00"', "{assets", "{}{}"]
)  # fmt: skip


@settings(max_examples=300)
@given(edits=st.lists(st.tuples(st.integers(0, 200), st.integers(0, 3), VALUES), max_size=4))
def test_no_mistake_escapes_as_another_error(
    folder: Path, edits: list[tuple[int, int, str]]
) -> None:
    lines = WHOLE.splitlines()
    for place, kind, value in edits:
        at = place % len(lines)
        key, colon, _ = lines[at].partition(":")
        if kind == 0:
            lines[at] = f"{key}{colon} {value}"
        elif kind == 1:
            lines[at] = value
        elif kind == 2:
            lines.insert(at, lines[at])
        else:
            lines[at] = lines[at][: len(lines[at]) // 2]
    path = folder / "broken.yaml"
    path.write_text("\n".join(lines))
    try:
        assert isinstance(load(path), Settings)
    except ConfigError as error:
        for line in str(error).splitlines():
            assert line.startswith(f"{path}:")
