"""Every scenario in both styles, with both compilers, with and without optimisation, -Werror."""

from __future__ import annotations

from pathlib import Path

import msgspec
import pytest

from tcbsplit.config import Settings, load
from tcbsplit.model.edit import Emission
from tcbsplit.model.vocabulary import Style
from tcbsplit.pipeline.analyze import analyze
from tcbsplit.pipeline.boot import boot
from tcbsplit.pipeline.build import build as run_build
from tcbsplit.pipeline.capture import capture_copy
from tcbsplit.pipeline.split import split as split_trees
from tcbsplit.pipeline.workspace import Workspace
from tests.conftest import REPOSITORY


def settings_for(compiler: str, level: str, style: str) -> Settings:
    """minivisor's settings, built by ``compiler`` at ``level``."""
    settings = load(REPOSITORY / "configs/minivisor.yaml")
    builds = {}
    for name, recipe in settings.build.items():
        macro = " -DTCBSPLIT_THIN" if style == "guard" and name == "thin" else ""
        words = (f"CC={compiler}", f"CFLAGS_EXTRA={level}{macro}")
        builds[name] = msgspec.structs.replace(
            recipe, command=(*recipe.command, *words), guard=()
        )  # the words hold what guard would add
    return msgspec.structs.replace(settings, build=builds)


@pytest.mark.parametrize("level", ["-O0", "-O2"])
@pytest.mark.parametrize("compiler", ["gcc", "clang"])
@pytest.mark.parametrize("style", ["excise", "guard"])
def test_every_scenario(style: str, compiler: str, level: str, tmp_path: Path) -> None:
    settings = settings_for(compiler, level, style)
    space = Workspace(tmp_path)
    capture_copy(settings, space)
    analyze(settings, space)
    split_trees(settings, space, space.split, emission=Emission(style=Style(style)))
    run_build(settings, space, space.split)
    results = boot(settings, space, space.split)
    assert {r.scenario for r in results} == set(settings.scenarios)
    assert [(r.scenario, r.build, r.cause) for r in results if r.verdict != "pass"] == []
