# SPDX-License-Identifier: MIT
"""Every scenario in both styles, with both compilers, with and without optimisation, -Werror."""

from __future__ import annotations

from pathlib import Path

import msgspec
import pytest

from tcbsplit.model.vocabulary import Style
from tcbsplit.pipeline.boot import boot as run_boot
from tests.support.minivisor import Minivisor

pytestmark = pytest.mark.long


@pytest.mark.parametrize("level", ["-O0", "-O2"])
@pytest.mark.parametrize("compiler", ["gcc", "clang"])
@pytest.mark.parametrize("style", list(Style))
def test_every_scenario(
    style: Style, compiler: str, level: str, minivisor: Minivisor, tmp_path: Path
) -> None:
    settings, space = minivisor.built(tmp_path, style, compiler, level)
    if style is not Style.EXCISE:  # the original is the same in both styles: it boots once
        scenarios = {
            name: msgspec.structs.replace(scenario, builds=("split",))
            for name, scenario in settings.scenarios.items()
            if "split" in scenario.builds
        }
        settings = msgspec.structs.replace(settings, scenarios=scenarios)
    results = run_boot(settings, space, space.split)
    wanted = {(n, b) for n, scenario in settings.scenarios.items() for b in scenario.builds}
    assert {(r.scenario, r.build) for r in results} == wanted
    assert [(r.scenario, r.build, r.cause) for r in results if r.verdict != "pass"] == []
