# SPDX-License-Identifier: MIT
"""Excuses for code that the analysis does not know: through the pipeline, with a saved trace."""

from __future__ import annotations

import json
from pathlib import Path

import msgspec
import pytest

from tcbsplit.config.load import load
from tcbsplit.config.settings import AuditSettings, Excuse, Settings
from tcbsplit.errors import SourceError, UnknownNameError
from tcbsplit.model.trace import Entered, ExecutedFunction, Trace
from tcbsplit.model.vocabulary import BootedBuild
from tcbsplit.pipeline.analyze import analyze
from tcbsplit.pipeline.audit import audit as run_audit
from tcbsplit.pipeline.workspace import Workspace
from tcbsplit.validate.build.image import read_image
from tests.support.linked import linked

CONFIG = """\
version: 1
name: case
source: .
image: case
roots: {boot: [start], runtime: [handler]}
launch: [run_guest]
scenarios:
  s: {summary: s, builds: [original], expect: [{text: x}],
      boundaries: [{phase: runtime, symbol: run_guest}]}
"""


@pytest.fixture
def traced(tmp_path: Path) -> tuple[Settings, Workspace, Trace]:
    """An image with code of an unknown source, and a trace in which that ran."""
    it = linked(tmp_path, "", ".globl blob\nblob: nop; ret\n")
    (tmp_path / "x.yaml").write_text(CONFIG)
    database = [{"directory": str(tmp_path), "file": "c.c", "arguments": ["gcc", "-c", "c.c"]}]
    (tmp_path / "compile_commands.json").write_text(json.dumps(database))
    settings = load(tmp_path / "x.yaml", compdb=tmp_path / "compile_commands.json")
    space = Workspace(tmp_path / "out")
    analyze(settings, space)
    ran = ExecutedFunction(
        name="blob", file="", address=it.place("blob"), entered=(Entered(phase="runtime"),)
    )
    trace = Trace(
        scenario="s", build=BootedBuild.ORIGINAL, image=str(it.image),
        digest=read_image(it.image).digest, phases=("start", "runtime"),
        reached=("start", "runtime"), functions=(ran,), blocks=1, foreign=0, outside=0,
    )  # fmt: skip
    return settings, space, trace


def excusing(settings: Settings, *names: str) -> Settings:
    excuses = tuple(Excuse(name=n, reason="the vendor's") for n in names)
    return msgspec.structs.replace(settings, audit=AuditSettings(excuse=excuses))


def test_an_excuse_says_why_code_may_run(traced: tuple[Settings, Workspace, Trace]) -> None:
    settings, space, trace = traced
    (violation,) = run_audit(settings, space, space.split, [trace]).violations
    assert (violation.kind, violation.function) == ("unknown", "blob")
    found = run_audit(excusing(settings, "bl?b"), space, space.split, [trace])
    assert (found.violations, found.excused) == ((), {"blob": "the vendor's"})


# Nothing is called so; the analysis knows it, which no excuse changes.
@pytest.mark.parametrize("name", ["blub", "handler"])
def test_an_excuse_for_nothing_is_an_error(
    traced: tuple[Settings, Workspace, Trace], name: str
) -> None:
    settings, space, trace = traced
    with pytest.raises(UnknownNameError, match=rf"audit\.excuse {name}: no code of original"):
        run_audit(excusing(settings, "blob", name), space, space.split, [trace])


def test_an_image_that_was_built_anew_was_not_traced(
    traced: tuple[Settings, Workspace, Trace],
) -> None:
    settings, space, trace = traced
    other = msgspec.structs.replace(trace, digest="0" * 64)
    with pytest.raises(SourceError, match="trace again"):
        run_audit(settings, space, space.split, [other])
