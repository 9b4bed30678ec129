# SPDX-License-Identifier: MIT
"""Bad input: one or two lines that say what is wrong, where, and what to do; exit status 2."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Generator
from functools import partial
from pathlib import Path

import pytest

from tcbsplit.config.load import load
from tcbsplit.errors import UnknownNameError
from tcbsplit.frontend.pool import News
from tcbsplit.frontend.worker import Items
from tcbsplit.pipeline.analyze import analyze as run_analyze
from tcbsplit.pipeline.extraction import Extraction
from tcbsplit.pipeline.workspace import Workspace
from tests.support.cli import analyze, edit, refused, tcbsplit, tcbsplit_process

REPOSITORY = Path(__file__).resolve().parent.parent.parent


def test_no_configuration(tmp_path: Path) -> None:
    refused(tcbsplit("analyze", "none.yaml", cwd=tmp_path), "none.yaml: no such configuration")


def test_all_mistakes_at_once(tiny: Path, tmp_path: Path) -> None:
    edit(tiny / "tiny.yaml", "launch:", "lanch:")
    edit(
        tiny / "tiny.yaml",
        "policy: handoff\n    reason: the key",
        "policy: hand\n    reason: the key",
    )
    refused(
        analyze(tiny, tmp_path),
        "unknown key; did you mean launch?",
        "none of: handoff, elide, stub, panic",
        "tiny.yaml:",
    )


def test_unknown_root_and_cut(tiny: Path, tmp_path: Path) -> None:
    edit(tiny / "tiny.yaml", "boot: [main]", "boot: [man]")
    edit(tiny / "tiny.yaml", "callee: key_init", "callee: key_innit")
    refused(
        analyze(tiny, tmp_path),
        "roots.boot: no function man; did you mean",
        "no function key_innit; did you mean key_init",
    )


def test_a_cut_that_cuts_nothing(tiny: Path, tmp_path: Path) -> None:
    edit(
        tiny / "tiny.yaml", 'caller: "*"\n    callee: key_init', "caller: run\n    callee: key_init"
    )
    refused(analyze(tiny, tmp_path), "cut run -> key_init: no such edge in the graph")


def test_an_optional_cut_may_cut_nothing(tiny: Path, tmp_path: Path) -> None:
    edit(
        tiny / "tiny.yaml",
        "cuts:",
        "cuts:\n  - {caller: run, callee: key_init, optional: true, policy: elide, reason: rare}",
    )
    assert analyze(tiny, tmp_path).returncode == 0


def test_a_registry_that_matches_nothing(tiny: Path, tmp_path: Path) -> None:
    edit(tiny / "tiny.yaml", "function: init", "function: inti")
    edit(tiny / "tiny.yaml", "key: id", "key: idd")
    edit(tiny / "tiny.yaml", "boot: [main]", "boot: [man]")
    edit(tiny / "tiny.yaml", "secret: [key]", "secret: [kee]")
    edit(tiny / "tiny.yaml", "entries: [settings_init", "entries: [settings_inti")
    refused(
        analyze(tiny, tmp_path),
        "tiny.yaml:6: roots.boot: no function man",
        "tiny.yaml:10: registry units: function: struct unit has no field inti; did you mean init",
        "tiny.yaml:10: registry units: key: struct unit has no field idd; did you mean id?",
        "handoff.secret: no variable kee; did you mean key",
        "split.guest.entries: no function settings_inti; did you mean settings_init",
    )
    assert not (tmp_path / "out/analysis.json").exists()


def test_an_optional_name_may_mean_nothing(tiny: Path, tmp_path: Path) -> None:
    edit(tiny / "tiny.yaml", "boot: [main]", "boot: [main, {name: arm_entry, optional: true}]")
    edit(tiny / "tiny.yaml", "launch: [run]", "launch: [run, {name: 'file:arm/*', optional: true}]")
    edit(tiny / "tiny.yaml", "secret: [key]", "secret: ['k?y', {name: pin, optional: true}]")
    done = analyze(tiny, tmp_path)
    assert done.returncode == 0, done.stderr
    # Once it is not optional, what was analysed before does not hide the mistake.
    edit(tiny / "tiny.yaml", "{name: arm_entry, optional: true}", "arm_entry")
    refused(analyze(tiny, tmp_path), "roots.boot: no function arm_entry")


def test_a_wrong_file_pattern_is_told_before_a_unit_is_read(tiny: Path, tmp_path: Path) -> None:
    edit(tiny / "tiny.yaml", "boot: [main]", "boot: [main, 'file:boot/*.S']")
    (tiny / "unit.c").write_text("this is no C\n")

    def unwanted(items: Items, root: Path) -> Generator[News, None, None]:
        raise AssertionError("a unit was read")

    settings = load(tiny / "tiny.yaml", compdb=tiny / "compile_commands.json")
    how = Extraction(executor=unwanted)
    with pytest.raises(
        UnknownNameError, match=r"tiny\.yaml:6: roots\.boot: file:boot/\*\.S: no file"
    ):
        run_analyze(settings, Workspace(tmp_path / "out"), how=how)
    edit(tiny / "tiny.yaml", "'file:boot/*.S'", "'file:unit.c'")
    settings = load(tiny / "tiny.yaml", compdb=tiny / "compile_commands.json")
    with pytest.raises(AssertionError, match="a unit was read"):
        run_analyze(settings, Workspace(tmp_path / "out"), how=how)


def test_split_before_analyze(tiny: Path, tmp_path: Path) -> None:
    done = tcbsplit("split", tiny / "tiny.yaml", "--trees", tmp_path / "o", cwd=tmp_path)
    refused(done, "not there yet", "run the stage before it")


def test_split_after_the_source_changed(tiny: Path, tmp_path: Path) -> None:
    done = tcbsplit(
        "analyze", tiny / "tiny.yaml", "--compdb", tiny / "compile_commands.json", cwd=tmp_path
    )
    assert done.returncode == 0, done.stderr
    with (tiny / "main.c").open("a") as stream:
        stream.write("/* later */\n")
    done = tcbsplit("split", tiny / "tiny.yaml", "--trees", tmp_path / "o", cwd=tmp_path)
    refused(done, "has changed since it was analysed; analyze again")
    assert not (tmp_path / "o").exists()


def test_object_files_in_the_source_tree(tiny: Path, tmp_path: Path) -> None:
    done = tcbsplit(
        "analyze", tiny / "tiny.yaml", "--compdb", tiny / "compile_commands.json", cwd=tmp_path
    )
    assert done.returncode == 0, done.stderr
    subprocess.run(["make", "main.o"], cwd=tiny, check=True, capture_output=True)
    (tiny / "older.c").write_text("int older;\n")
    subprocess.run(["gcc", "-c", "older.c"], cwd=tiny, check=True)
    (tiny / "older.c").unlink()
    done = tcbsplit("split", tiny / "tiny.yaml", "--trees", tmp_path / "o", cwd=tmp_path)
    refused(done, "older.o: object files lie in the source tree; clean it")


@pytest.mark.parametrize("named", [True, False])
def test_what_a_build_in_the_tree_compiled_is_no_source(
    tiny: Path, tmp_path: Path, named: bool
) -> None:
    database = tiny / "compile_commands.json"
    entries = json.loads(database.read_bytes())
    if not named:  # the compiler chooses the name, in the folder of the command
        for entry in entries:
            at = entry["arguments"].index("-o")
            del entry["arguments"][at : at + 2]
            entry.pop("output", None)
        database.write_text(json.dumps(entries))
    subprocess.run(["make", "main.o"], cwd=tiny, check=True, capture_output=True)
    subprocess.run(["ld", "-r", "-o", "part.o", "main.o"], cwd=tiny, check=True)
    done = tcbsplit("analyze", tiny / "tiny.yaml", "--compdb", database, cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    words = ("split", tiny / "tiny.yaml", "--compdb", database, "--trees", tmp_path / "o")
    done = tcbsplit(*words, cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    assert not list((tmp_path / "o").rglob("*.o"))


def test_explain_gives_the_chain_with_places(tiny: Path, tmp_path: Path) -> None:
    assert analyze(tiny, tmp_path).returncode == 0
    done = tcbsplit("explain", tiny / "tiny.yaml", "on_exit_key", "--artifacts", tmp_path / "out",
                    cwd=tmp_path)  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert "main.c:on_exit_key: runtime" in done.stdout
    assert "run (root)" in done.stdout
    assert "[main.c:56: indirect, resolved" in done.stdout
    done = tcbsplit("explain", tiny / "tiny.yaml", "on_exit_kee", "--artifacts", tmp_path / "out",
                    cwd=tmp_path)  # fmt: skip
    refused(done, "no function on_exit_kee; did you mean main.c:on_exit_key")


def test_json_is_all_there_is_on_stdout(tiny: Path, tmp_path: Path) -> None:
    done = tcbsplit_process(
        "analyze", tiny / "tiny.yaml", "--compdb", tiny / "compile_commands.json",
        "--artifacts", tmp_path / "out", "--json", cwd=tmp_path,
    )  # fmt: skip
    analysis = json.loads(done.stdout)
    assert analysis["version"] == 2
    function = next(f for f in analysis["functions"] if f["id"] == "secret.c:derive")
    assert function["class"] == "preprocess"
    assert function["why"] == ["key_init", "secret.c:derive"]
    assert {"caller", "callee", "kind", "confidence", "file", "line", "rule"} <= set(
        analysis["edges"][0]
    )


def test_debug_shows_the_traceback(tmp_path: Path) -> None:
    done = tcbsplit_process("--debug", "analyze", "none.yaml", cwd=tmp_path)
    assert done.returncode == 2
    assert "Traceback" in done.stderr


@pytest.mark.live
def test_interrupt_leaves_no_process(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "tcbsplit", "run", str(REPOSITORY / "configs/minivisor.yaml"),
               "--artifacts", str(tmp_path / "out")]  # fmt: skip
    child = subprocess.Popen(
        command, cwd=REPOSITORY, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
        text=True, start_new_session=True,
    )  # fmt: skip
    time.sleep(2)
    os.kill(child.pid, signal.SIGINT)
    _, errors = child.communicate(timeout=30)
    assert child.returncode == 130
    assert "interrupted" in errors
    left = subprocess.run(["pgrep", "-af", str(tmp_path)], capture_output=True, text=True).stdout
    assert not [line for line in left.splitlines() if "pgrep" not in line]


def test_cache_and_executor_options(
    tiny: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TCBSPLIT_CACHE", str(tmp_path / "a cache" / "facts.sqlite"))
    run = partial(tcbsplit, cwd=tmp_path)
    out = ("--compdb", str(tiny / "compile_commands.json"), "--artifacts", str(tmp_path / "out"))
    config = str(tiny / "tiny.yaml")
    first = run("analyze", config, *out, "--json")
    assert first.returncode == 0, first.stderr
    stamp = (tmp_path / "out/analysis.json").stat().st_mtime_ns
    assert run("analyze", config, *out, "--json").stdout == first.stdout
    assert (tmp_path / "out/analysis.json").stat().st_mtime_ns == stamp, "was up to date"
    assert run("analyze", config, *out, "--no-cache", "--json").stdout == first.stdout
    assert (tmp_path / "out/analysis.json").stat().st_mtime_ns > stamp
    (tmp_path / "out/graph.msgpack").unlink()
    assert run("analyze", config, *out).returncode == 0
    assert (tmp_path / "out/graph.msgpack").is_file(), "made again: it was gone"
    info = json.loads(run("cache", "info", "--json").stdout)
    assert info["units"] == 3
    assert "3 units and" in run("cache", "clear").stdout
    assert json.loads(run("cache", "info", "--json").stdout)["units"] == 0
    wrong = run("analyze", config, *out, "--no-cache", "--executor", "nowhere")
    assert wrong.returncode == 2
    assert "dask://HOST:PORT" in wrong.stderr
