# SPDX-License-Identifier: MIT
"""What minivisor's boots ran, held against its classes: none too many, in either style."""

from __future__ import annotations

import json
from pathlib import Path

import msgspec
import pytest
from typer.testing import CliRunner

from tcbsplit.cli.app import app
from tcbsplit.config.settings import OrderSettings
from tcbsplit.model.vocabulary import Style
from tcbsplit.pipeline.analyze import analyze as run_analyze
from tcbsplit.pipeline.audit import audit as run_audit
from tcbsplit.pipeline.split import split as run_split
from tcbsplit.pipeline.trace import trace as run_trace
from tests.support.minivisor import CONFIG, Minivisor, build_all

pytestmark = [pytest.mark.live, pytest.mark.xdist_group("audit")]


@pytest.mark.parametrize("style", list(Style))
def test_nothing_runs_that_may_not(style: Style, minivisor: Minivisor, tmp_path: Path) -> None:
    settings, space = minivisor.built(tmp_path, style)
    # The original is the same in both styles.
    done = CliRunner().invoke(
        app,
        ["audit", str(CONFIG), "--artifacts", str(tmp_path), "--json"]
        + (["--build", "split"] if style is Style.GUARD else []),
    )
    assert done.exit_code == 0, done.output
    found = json.loads(done.stdout)
    assert found["violations"] == []
    booted = {(t["scenario"], t["build"]) for t in found["traces"]}
    wanted = {
        (name, build)
        for name, scenario in settings.scenarios.items()
        for build in scenario.builds
        if style is Style.EXCISE or build == "split"
    }
    assert booted == wanted, "a boot was not audited"
    # The target was really reached: it asks for sectors and nothing before it does.
    read = next(t for t in found["traces"] if (t["scenario"], t["build"]) == ("read", "split"))
    assert read["reached"] == ["start", "runtime"]
    ran = {f["name"]: {e["phase"] for e in f["entered"]} for f in read["functions"]}
    assert ran["svm_vmexit"] == {"start", "runtime"}
    assert ran["config_init"] == {"start"}  # its stub
    assert "config_parse" not in ran
    # What was saved says the same again.
    again = CliRunner().invoke(
        app, ["audit", str(CONFIG), "--artifacts", str(tmp_path), "--recorded", "--never"]
    )
    assert again.exit_code == 0, again.output
    assert "a lower bound of what can run" in again.output
    assert "never exercised: core/hypercall.c:hypercall_putc" in again.output
    assert [p.name for p in space.traces.iterdir() if p.name.startswith(".")] == []


def test_a_wrong_statement_about_the_boundary_is_refuted(
    minivisor: Minivisor, tmp_path: Path
) -> None:
    settings = minivisor.settings
    # Somebody believes that the target does not use these.
    roots = msgspec.structs.replace(settings.roots, boot_only=("ioport_dispatch", "cpuid_dispatch"))
    wrong = msgspec.structs.replace(settings, roots=roots, order=OrderSettings())
    space = minivisor.copied(tmp_path)
    run_analyze(wrong, space, how=minivisor.how)
    run_split(wrong, space, space.split, how=minivisor.how)
    build_all(wrong, space, Style.EXCISE, minivisor.original())
    _, traces = run_trace(wrong, space, space.split, ["read"], ["original"])
    found = run_audit(wrong, space, space.split, traces)
    violations = {v.function: v for v in found.violations}
    assert {"ioport_dispatch", "cpuid_dispatch", "exit_cpuid"} & set(violations)
    assert {v.kind for v in found.violations} <= {"not-runtime", "unreached"}
    assert all(v.phase == "runtime" and v.reason and v.caller for v in found.violations)
