# SPDX-License-Identifier: MIT
"""A handful of the soak's faults, live; and the soak notices what it is there to notice."""

from __future__ import annotations

import os
import random
import signal
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from tcbsplit import __main__, artifacts
from tcbsplit.errors import OutputError
from tcbsplit.validate.machine import folders
from tests.soak.bed import MARK, Bed
from tests.soak.images import assemble
from tests.soak.kinds import KINDS, Impossible
from tests.soak.runs import earlier_boot, harmed

live = [pytest.mark.live, pytest.mark.xdist_group("live")]
QUICK = (
    "qemu-is-killed", "tool-is-terminated", "tool-is-killed", "tool-is-killed-at-the-end",
    "full-disk", "port-in-use", "reboot-loop", "two-at-once",
)  # fmt: skip


@pytest.fixture(scope="module")
def images(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    return assemble(tmp_path_factory.mktemp("images"))


@pytest.fixture(scope="module")
def earlier(images: dict[str, Path], tmp_path_factory: pytest.TempPathFactory) -> Path:
    return earlier_boot(tmp_path_factory.mktemp("earlier"), images)


@pytest.mark.parametrize("name", [pytest.param(n, marks=live) for n in QUICK])
def test_a_fault_does_no_harm(
    name: str, images: dict[str, Path], earlier: Path, tmp_path: Path
) -> None:
    try:
        wrong = harmed(KINDS[name], name, tmp_path / "bed", random.Random(1), images, earlier)
    except Impossible as reason:
        pytest.skip(str(reason))
    assert wrong == []


@pytest.fixture
def sleeper() -> Iterator[subprocess.Popen[bytes]]:
    environment = {**os.environ, MARK: "a-mark"}
    with subprocess.Popen(["sleep", "60"], env=environment) as child:
        yield child
        child.kill()


def test_harm_is_noticed(sleeper: subprocess.Popen[bytes], tmp_path: Path) -> None:
    (tmp_path / "earlier/boots/case-original").mkdir(parents=True)
    (tmp_path / "earlier/boots/case-original/boot.json").write_text("{}")

    def careless(bed: Bed, chance: random.Random) -> list[str]:
        (bed.tmp / "scratch").write_text("x")
        (bed.out / "boots/.case-original.1.running").mkdir()
        (bed.out / "boots/case-original/boot.json").write_text("{ }")
        bed.configure()
        with bed.boot("none", "--no-such-option") as tool:
            tool.mark = "a-mark"
            outcome = tool.finish()
            return [f"status {outcome.status}", *map(str, tool.processes())]

    images = {"none": tmp_path / "none"}
    bed = tmp_path / "bed"
    wrong = harmed(careless, "careless", bed, random.Random(1), images, tmp_path / "earlier")
    assert wrong == [
        "status 2", str(sleeper.pid), "out/boots/.case-original.1.running is left",
        "tmp/scratch is left", f"the earlier record {bed}/out/boots/case-original is not as it was",
    ]  # fmt: skip
    assert sleeper.wait(10) == -signal.SIGKILL


def test_ctrl_c_before_anything_began_is_one_line(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def interrupted() -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("tcbsplit.cli.app.main", interrupted)
    with pytest.raises(SystemExit) as end:
        __main__.main()
    assert end.value.code == 130
    assert capsys.readouterr().err.startswith("tcbsplit: interrupted; ")


@pytest.mark.parametrize("exchange", [True, False])
def test_at_any_moment_there_is_a_record(
    exchange: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Where folders cannot be exchanged at once, who is killed between leaves the old aside."""
    place, work = tmp_path / "case", tmp_path / ".case.1.running"
    for folder, text in ((place, "old"), (work, "new")):
        folder.mkdir()
        (folder / "boot.json").write_text(text)
    renames: list[Path] = []
    rename = Path.rename

    def dying(path: Path, target: Path) -> Path:
        renames.append(path)
        if path == work:
            raise OutputError("killed")
        return rename(path, target)

    monkeypatch.setattr(Path, "rename", dying)
    if exchange:
        folders.keep(work, place)
        assert (renames, (work / "boot.json").read_text()) == ([], "old")
    else:
        monkeypatch.setattr(artifacts, "exchange", lambda one, other: False)
        with pytest.raises(OutputError, match="killed"):
            folders.keep(work, place)
        assert not place.exists()
    with folders.locked(tmp_path):
        assert (place / "boot.json").read_text() == ("new" if exchange else "old")
        assert [p.name for p in tmp_path.iterdir()] == ["case"]
