# SPDX-License-Identifier: MIT
"""``status`` names the stages that are stale, and why; ``run`` continues where it stopped."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import pytest

from tcbsplit.split.prove.recheck import check
from tests.support.cli import edit, tcbsplit, tcbsplit_process

DATABASE = "compile_commands.json"


def states(tiny: Path) -> dict[str, tuple[str, str]]:
    done = tcbsplit("status", tiny / "tiny.yaml", "--json", cwd=tiny.parent)
    assert done.returncode == 0, done.stderr
    told = json.loads(done.stdout)
    found = {s["stage"]: (s["state"], "; ".join(s.get("reasons", ()))) for s in told["stages"]}
    return {**found, "next": (told["next"], "")}


def run(tiny: Path, *words: object) -> str:
    done = tcbsplit("run", tiny / "tiny.yaml", "--compdb", tiny / DATABASE, *words, cwd=tiny.parent)
    assert done.returncode == 0, done.stderr
    return done.stdout


def settled(tiny: Path) -> None:
    run(tiny, "--until", "split")


def test_files_written_a_moment_before_count_as_read(tiny: Path) -> None:
    for _ in range(5):
        for path in (tiny / DATABASE, tiny / "main.c"):
            path.write_bytes(path.read_bytes())
        run(tiny, "--until", "analyze", "--anew")
        assert states(tiny)["analyze"] == ("up to date", "")


def test_artifacts_do_not_depend_on_the_seed_of_hashing(tiny: Path, tmp_path: Path) -> None:
    made = []
    for seed in ("1", "2"):
        out = tmp_path / "kept"
        words = ("run", str(tiny / "tiny.yaml"), "--compdb", str(tiny / DATABASE))
        done = tcbsplit_process(
            *words, "--until", "split", "--artifacts", str(out), "--trees", str(tmp_path / "trees"),
            cwd=tiny.parent, PYTHONHASHSEED=seed,
        )  # fmt: skip
        assert done.returncode == 0, done.stderr
        files = [p for p in out.rglob("*") if p.is_file() and p.suffix != ".stamp"]
        made.append({p.relative_to(out): p.read_bytes() for p in files})
        out.rename(tmp_path / seed)
    assert len(made[0]) > 5
    assert [str(p) for p in made[0] if made[0][p] != made[1][p]] == []


def test_before_anything(tiny: Path) -> None:
    found = states(tiny)
    assert found["capture"][0] == found["analyze"][0] == "not run yet"
    assert found["build"] == ("not configured", "build: there is no original, guest, thin")
    assert found["boot"][0] == "not configured"


def test_what_changed_is_named_and_what_follows_is_stale(tiny: Path) -> None:
    settled(tiny)
    found = states(tiny)
    assert found["analyze"] == found["split"] == ("up to date", "")
    assert found["next"][0].startswith("tcbsplit run ")
    with (tiny / "adapter.c").open("a") as stream:
        stream.write("/* later */\n")
    found = states(tiny)
    assert found["analyze"][0] == "up to date"
    assert found["split"][0] == "stale"
    assert "the adapter adapter.c changed" in found["split"][1]
    with (tiny / "main.c").open("a") as stream:
        stream.write("/* later */\n")
    found = states(tiny)
    assert found["analyze"] == ("stale", f"{tiny / 'main.c'} has changed")
    assert found["next"][0].endswith("--until analyze")


def test_what_changed_while_the_trees_were_written_is_stale(
    tiny: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tiny / "notes.txt").write_text("as read")

    def changed(*words: Any) -> None:
        (tiny / "notes.txt").write_text("changed")
        check(*words)

    with monkeypatch.context() as patch:
        patch.setattr("tcbsplit.pipeline.split.check", changed)
        settled(tiny)
    assert (tiny / "notes.txt").read_text() == "changed"
    assert states(tiny)["split"] == ("stale", "the source tree changed")
    (tiny / "notes.txt").write_text("as read")
    assert states(tiny)["split"][0] == "up to date"


def test_settings_make_stale_what_depends_on_them(tiny: Path) -> None:
    settled(tiny)
    edit(tiny / "tiny.yaml", "secret: [key]", "secret: []")
    assert states(tiny)["split"][0] == "stale"
    edit(tiny / "tiny.yaml", "secret: []", "secret: [key]")
    assert states(tiny)["split"][0] == "up to date"
    (tiny / "reports/tiny/split/manifest.json").write_text("{}")
    assert "manifest.json was changed" in states(tiny)["split"][1]


def test_a_run_does_only_what_is_due(tiny: Path) -> None:
    settled(tiny)
    manifest = tiny / "reports/tiny/split/manifest.json"
    before = manifest.stat().st_mtime_ns
    assert "split: up to date" in run(tiny, "--until", "split")
    assert manifest.stat().st_mtime_ns == before
    assert "values handed over" in run(tiny, "--until", "split", "--anew")
    assert manifest.stat().st_mtime_ns > before
    shutil.rmtree(manifest.parent)
    assert "values handed over" in run(tiny, "--until", "split")
    assert "values handed over" in run(tiny, "--until", "split", "--style", "guard")
