# SPDX-License-Identifier: MIT
"""Minivisor with retired code: what a wrong class, a wrong place and a wrong eraser come to."""

from __future__ import annotations

import shutil
from pathlib import Path

import msgspec
import pytest

from tcbsplit.config.settings import Settings
from tcbsplit.model.accelerator import Mode
from tcbsplit.model.phase import Cut
from tcbsplit.model.result import BootResult
from tcbsplit.model.retire import RETIRED
from tcbsplit.model.vocabulary import BuildName, CutPolicy, Style, Verdict, ViolationKind
from tcbsplit.pipeline.analyze import analyze
from tcbsplit.pipeline.audit import audit as run_audit
from tcbsplit.pipeline.boot import Booting, boot
from tcbsplit.pipeline.split import split
from tcbsplit.pipeline.trace import trace
from tcbsplit.pipeline.workspace import Workspace, save
from tcbsplit.validate.build.trees import build
from tests.support.counting import before_the_target
from tests.support.minivisor import Minivisor, build_all
from tests.support.shared import Shared

pytestmark = [pytest.mark.live, pytest.mark.xdist_group("retired")]
ERASE = "(tcbsplit_retire (), vcpu_run ())"


@pytest.fixture(scope="module")
def built(shared: Shared, minivisor: Minivisor) -> Path:
    def make(folder: Path) -> None:
        minivisor.built(folder / "space", Style.EXCISE)

    return shared("minivisor retired", make) / "space"


class Changed:
    """The builds, with thin's sources changed."""

    def __init__(self, settings: Settings, built: Path, folder: Path) -> None:
        self.settings = settings
        shutil.copytree(built, folder, symlinks=True, dirs_exist_ok=True)
        self.space = Workspace(folder)
        save(self.space.builds, [])  # those were of another place
        self.thin = self.space.split / "thin"

    def change(self, file: str, old: str, new: str) -> None:
        text = (self.thin / file).read_text()
        assert old in text
        (self.thin / file).write_text(text.replace(old, new))

    def boot(self, scenario: str = "read") -> BootResult:
        recipe = self.settings.build[BuildName.THIN]
        build(BuildName.THIN, self.thin, recipe, self.space.logs / "again.log")
        given = {
            "split": str(self.thin / recipe.image),
            "guest": str(self.space.split / "guest/guest.elf"),
        }
        chosen = self.settings.scenarios[scenario]
        settings = msgspec.structs.replace(
            self.settings,
            given=given,
            scenarios={scenario: msgspec.structs.replace(chosen, builds=("split",))},
        )
        how = Booting(mode=Mode.TCG)
        (result,) = boot(settings, self.space, self.space.split, how=how)
        return result


@pytest.fixture
def changed(minivisor: Minivisor, built: Path, tmp_path: Path) -> Changed:
    return Changed(minivisor.settings, built, tmp_path / "space")


def test_it_is_erased_and_nothing_else_changes(changed: Changed) -> None:
    for scenario, state in ("read", "erased"), ("wrong_pin", "not erased"):
        result = changed.boot(scenario)
        assert (result.verdict, result.cause) == (Verdict.PASS, "")
        assert result.evidence[RETIRED] == state


def test_a_boot_takes_no_longer(minivisor: Minivisor, tmp_path: Path) -> None:
    """By instructions: of seconds, hosts spend more on starting QEMU than on a boot."""
    counts = []
    for name, retire in ("thin", False), ("retired", True):
        folder = tmp_path / name
        settings, space = minivisor.built(folder, Style.EXCISE, retire=retire)
        counts.append(before_the_target(settings, space, folder))
    thin, retired = counts
    assert 1_000_000 < thin < retired * 1.005
    assert retired < thin * 1.005, counts


def test_erasing_too_early_is_refused(changed: Changed) -> None:
    early = 'extern int tcbsplit_retire (void);\n\tunits_call ("arch");\n\ttcbsplit_retire ();'
    changed.change("core/main.c", 'units_call ("arch");', early)
    result = changed.boot()
    assert result.verdict is Verdict.FAIL
    said = Path(result.log).read_text()
    assert "panic: tcbsplit: nothing is handed over yet: refusing to erase what does it" in said


def test_erasing_twice_is_refused(changed: Changed) -> None:
    changed.change("core/main.c", ERASE, "(tcbsplit_retire (), tcbsplit_retire (), vcpu_run ())")
    result = changed.boot()
    assert (result.verdict, result.evidence[RETIRED]) == (Verdict.PASS, "erased")
    assert "tcbsplit: erased already\n" in Path(result.log).read_text().replace("\r", "")


def test_what_is_not_erased_is_told(changed: Changed) -> None:
    changed.change("core/main.c", ERASE, "vcpu_run ()")
    result = changed.boot()
    assert (result.verdict, result.cause) == (
        Verdict.FAIL, "the target ran, and what is retired was not erased before",
    )  # fmt: skip


def test_what_is_left_is_told(changed: Changed) -> None:
    last = '"+c" (words) : "a" (value) : "memory");'
    changed.change("tcbsplit/retire.c", last, f"{last} if (value) first[64] = 0x90;")
    result = changed.boot()
    assert result.verdict is Verdict.FAIL
    assert "what is retired was erased, and is not gone: left: 1 bytes of .tcbsplit.text" in (
        result.cause
    )


def test_an_erasure_without_a_launch_is_told(changed: Changed) -> None:
    stop = 'panic ((tcbsplit_retire (), "%s"), line);'
    changed.change("tcbsplit/adapter.c", 'panic ("%s", line);', stop)
    changed.change(
        "tcbsplit/adapter.c",
        '#include "adapter.h"',
        '#include "adapter.h"\nint tcbsplit_retire (void);',
    )
    changed.change("tcbsplit/retire.c", "if (!tcbsplit_sealed ())", "if (0)")
    result = changed.boot("corrupt_handoff")
    assert result.verdict is Verdict.FAIL
    assert "the target was to be launched, and must not be" in result.cause


def other(minivisor: Minivisor, folder: Path, settings: Settings, built: Path) -> Changed:
    """The builds of another configuration of the same source."""
    space = minivisor.copied(folder)
    analyze(settings, space, how=minivisor.how)
    split(settings, space, space.split, how=minivisor.how)
    build_all(settings, space, Style.EXCISE, built / "original")
    made = Changed.__new__(Changed)
    made.settings, made.space, made.thin = settings, space, space.split / "thin"
    return made


def test_an_edge_that_a_cut_hides_traps(minivisor: Minivisor, built: Path, tmp_path: Path) -> None:
    cut = Cut(
        caller="arch/svm/exit.c:exit_cpuid", callee="cpuid_dispatch", policy=CutPolicy.ELIDE,
        reason="a mistake", where="minivisor.yaml:7",
    )  # fmt: skip
    settings = msgspec.structs.replace(minivisor.settings, cuts=(*minivisor.settings.cuts, cut))
    made = other(minivisor, tmp_path / "space", settings, built)
    result = made.boot()
    assert result.verdict is Verdict.FAIL
    first = result.cause.splitlines()[0]
    assert first.startswith("erased code was run from exit_cpuid: cpuid_dispatch (trap at 0x80"), (
        first
    )
    assert "class unreached" in first
    assert "the cut minivisor.yaml:7 severs arch/svm/exit.c:exit_cpuid -> cpuid_dispatch" in first
    # The trace says the same of what ran.
    _, (found,) = trace(made.settings, made.space, made.space.split, ["read"], ["split"])
    violations = run_audit(made.settings, made.space, made.space.split, [found]).violations
    assert [(v.function, v.caller) for v in violations if v.kind is ViolationKind.ERASED] == [
        ("cpuid_dispatch", "exit_cpuid")
    ]


def test_a_root_that_is_left_out_traps(minivisor: Minivisor, built: Path, tmp_path: Path) -> None:
    """A hypercall of the target, declared to come before the boundary only."""
    roots = msgspec.structs.replace(
        minivisor.settings.roots, boot_only=("core/hypercall.c:hypercall_version",)
    )
    settings = msgspec.structs.replace(minivisor.settings, roots=roots)
    result = other(minivisor, tmp_path / "space", settings, built).boot()
    assert result.verdict is Verdict.FAIL
    first = result.cause.splitlines()[0]
    assert "core/hypercall.c:hypercall_version (trap at 0x80" in first
    assert "class boot: reached only so: core/hypercall.c:hypercall_version" in first
