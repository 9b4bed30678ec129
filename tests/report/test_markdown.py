# SPDX-License-Identifier: MIT
"""REPORT.md: it fits a comment, names no place of the machine, and says what grew."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
from pathlib import Path

import msgspec
import pytest

from tcbsplit.model.graph import IndirectSite
from tcbsplit.model.phase import WrittenCut
from tcbsplit.model.report import Report
from tcbsplit.model.result import BootResult
from tcbsplit.model.vocabulary import CutPolicy, IndirectStatus, SymbolId, Verdict
from tcbsplit.pipeline.report import report
from tcbsplit.pipeline.workspace import save
from tcbsplit.report.markdown import markdown
from tcbsplit.report.portable import portable
from tcbsplit.validate.boot import Bench, boot
from tests.support.boots import wanted, with_kernel
from tests.support.cli import tcbsplit
from tests.support.made import Made
from tests.support.pages import HOSTILE, contents

MOST = 65_536  # characters of a comment on a pull request


@pytest.fixture
def made(tiny: Path, tmp_path: Path) -> Made:
    return Made(tiny, tmp_path)


def test_a_large_report_fits_a_comment() -> None:
    cut = WrittenCut(
        callee=SymbolId("a" * 60), sites=("x.c:1",) * 90, policy=CutPolicy.PANIC, reason="r" * 900
    )
    site = IndirectSite(
        caller=SymbolId("f"), file="x.c", line=1, text="p ()", type="", targets=0, reason="b" * 99,
        status=IndirectStatus.UNRESOLVED,
    )  # fmt: skip
    small = contents(30).report
    large = msgspec.structs.replace(
        small, cuts=(cut,) * 500, boots=small.boots * 500, unresolved=(site,) * 5000
    )
    text = markdown(large)
    assert len(text) < MOST
    assert "and 460 more: report.json" in text
    assert text.count("<details>") == text.count("</details>") > 5


def test_markup_of_names_ends_no_cell() -> None:
    text = markdown(contents(30).report)
    assert "<script" not in text
    assert "<img" not in text
    assert HOSTILE.replace("<", "&lt;") in text


def test_what_grew_names_the_edge(made: Made, tmp_path: Path) -> None:
    lock = tmp_path / "tcb.lock"
    words = ("--baseline", lock, "--artifacts", made.artifacts)
    done = tcbsplit("check", made.config, "--compdb", made.compdb, *words, "--update", cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    found, _ = report(made.settings, made.space, made.out, baseline=lock)
    assert "Nothing entered the run-time TCB" in markdown(found)
    text = lock.read_text()
    name = next(line for line in text.splitlines() if re.match(r"- \w+$", line.strip()))
    lock.write_text("\n".join(line for line in text.splitlines() if line != name))
    found, path = report(made.settings, made.space, made.out, baseline=lock)
    said = path.read_text()
    assert "**The run-time TCB grew:**" in said
    assert f"brings in {name.strip()[2:]}" in said
    assert "what grew is not known" in markdown(msgspec.structs.replace(found, agreed=None))


def test_places_of_the_machine_are_left_out(made: Made, tmp_path: Path) -> None:
    log = made.artifacts / "boots/x-split/serial.log"
    log.parent.mkdir(parents=True)
    log.write_text("hello <b>\n")
    log.with_name("again.sh").write_text("true\n")
    failed = BootResult(
        scenario="x", build="split", verdict=Verdict.ERROR, cause=f"{made.artifacts}/a: is missing",
        accelerator="tcg", accelerator_reason=f"{made.settings.source}/b", seconds=1, log=str(log),
        command=f"cd {log.parent} && qemu", exit_status=1, markers=(),
    )  # fmt: skip
    save(made.space.verdicts, [failed])
    report(made.settings, made.space, made.out)
    for name in ("REPORT.md", "report.json", "report.html"):
        assert str(tmp_path) not in (made.out / name).read_text(), name
    text = (made.out / "REPORT.md").read_text()
    assert "`sh boots/x-split/again.sh`" in text
    assert "| a: is missing |" in text
    page = (made.out / "report.html").read_text()
    assert "hello &lt;b&gt;" in page
    assert 'data-text="sh boots/x-split/again.sh"' in page
    saved = json.loads((made.out / "report.json").read_text())
    assert saved["boots"][0]["log"] == "boots/x-split/serial.log"


def test_only_whole_places_are_replaced() -> None:
    report = msgspec.structs.replace(
        contents(30).report, inputs=("/a/b/c", "/a/bc", "x/a/b", "/a/b")
    )
    assert portable(report, {Path("/a/b"): "", Path("/a"): "up", Path("/"): "no"}).inputs == (
        "c", "up/bc", "x/a/b", ".",
    )  # fmt: skip
    assert type(portable(report, {Path("/a"): ""})) is Report


def test_a_boot_is_repeated_from_anywhere(bench: Bench, tmp_path: Path) -> None:
    (result,) = boot({"case": wanted("ready")}, with_kernel(bench, original='say("ready\\n")'))
    assert result.verdict is Verdict.PASS, result.cause
    elsewhere = tmp_path / "another place/case"
    shutil.move(Path(result.log).parent, elsewhere)
    done = subprocess.run(
        ["sh", elsewhere / "again.sh"], cwd="/", capture_output=True, text=True, timeout=60
    )
    assert "ready" in done.stdout, done.stderr
    assert str(bench.folder) not in (elsewhere / "again.sh").read_text()


def test_the_inputs_name_the_commit_of_the_source(made: Made) -> None:
    found, _ = report(made.settings, made.space, made.out)
    assert not any("commit" in line for line in found.inputs)  # no git there

    def git(*words: str) -> None:
        words = ("git", "-c", "user.name=t", "-c", "user.email=t@t", *words)
        subprocess.run(words, cwd=made.settings.source, check=True, capture_output=True)

    git("init", "-q")
    git("add", "main.c")
    git("commit", "-qm", "one")
    found, _ = report(made.settings, made.space, made.out)
    (line,) = (line for line in found.inputs if line.startswith("source: commit "))
    assert re.fullmatch(r"source: commit [0-9a-f]{12} of 20\d\d-\d\d-\d\d", line)
    with (made.settings.source / "main.c").open("a") as file:
        file.write("// more\n")
    found, _ = report(made.settings, made.space, made.out)
    assert any(line.endswith(", and changes") for line in found.inputs)
