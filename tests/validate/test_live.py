# SPDX-License-Identifier: MIT
"""minivisor's own boots on the real QEMU: verdicts hold, and they fail when they should."""

from __future__ import annotations

import json
import re
import shutil
from pathlib import Path

import msgspec
import pytest

from tcbsplit.config.scenario import Marker, Scenario, Typed
from tcbsplit.config.settings import Settings
from tcbsplit.model.vocabulary import BuildName
from tcbsplit.validate.boot import Bench, boot
from tcbsplit.validate.build.trees import build, make_assets
from tcbsplit.validate.replay import replay
from tests.support.minivisor import Minivisor

REPOSITORY = Path(__file__).resolve().parents[2]
pytestmark = [pytest.mark.live, pytest.mark.xdist_group("live")]


@pytest.fixture(scope="module")
def settings(minivisor: Minivisor) -> Settings:
    return minivisor.settings


@pytest.fixture(scope="module")
def bench(
    minivisor: Minivisor, settings: Settings, tmp_path_factory: pytest.TempPathFactory
) -> Bench:
    """The original, in a copy whose path has a space and a comma."""
    folder = tmp_path_factory.mktemp("live, here")
    tree, assets = folder / "original", folder / "assets"
    shutil.copytree(minivisor.original(), tree)
    result = build("original", tree, settings.build[BuildName.ORIGINAL], folder / "build.log")
    assert settings.assets is not None
    make_assets(settings.assets, settings.source, assets, folder / "assets.log")
    return Bench(
        folder=folder / "boots",
        base=settings.path.parent,
        places={"assets": str(assets), "guest": "", "split": "", "source": str(settings.source)},
        builds={"original": (tree, Path(result.image.path))},
        jobs=2,
    )


def original(scenario: Scenario) -> Scenario:
    return msgspec.structs.replace(scenario, builds=("original",))


def test_the_original_holds_its_scenarios(settings: Settings, bench: Bench) -> None:
    ours = {n: original(s) for n, s in settings.scenarios.items() if "original" in s.builds}
    assert {"read", "wrong_pin", "tampered"} <= set(ours)
    results = boot(ours, bench)
    assert [(r.scenario, r.verdict, r.cause) for r in results] == [(n, "pass", "") for n in ours]
    assert all(r.accelerator_reason for r in results)
    for name, scenario in ours.items():
        assert [r.verdict for r in replay(name, scenario, bench.folder)] == ["pass"]


def test_the_target_sees_the_plain_sectors(settings: Settings, bench: Bench) -> None:
    (result,) = boot({"plain": original(settings.scenarios["read"])}, bench)
    printed = dict(
        re.findall(r"^target: sector (\d+) sha256 ([0-9a-f]{64})\r?$",
                   Path(result.log).read_bytes().decode().replace("\r\n", "\n"), re.MULTILINE)
    )  # fmt: skip
    expected = json.loads((Path(bench.places["assets"]) / "expected.json").read_text())
    assert printed == expected["sectors"]


def test_a_hanging_guest_is_a_failure_with_a_cause(settings: Settings, bench: Bench) -> None:
    silent = msgspec.structs.replace(
        original(settings.scenarios["read"]),
        type=(),
        expect=(Marker(text="idman: PIN: "), Marker(text="target: started", within=2)),
    )
    (result,) = boot({"silent": silent}, bench)
    assert result.verdict == "fail"
    assert result.cause == (
        "no 'target: started' within 2 s after 'idman: PIN: '; the last line was 'idman: PIN: '"
    )


def test_a_wrong_pin_does_not_pass_as_the_right_one(settings: Settings, bench: Bench) -> None:
    wrong = tuple(Typed(after="idman: PIN: ", line=str(n)) for n in range(3))
    scenario = msgspec.structs.replace(original(settings.scenarios["read"]), type=wrong)
    (result,) = boot({"wrong": scenario}, bench)
    assert result.verdict == "fail"
    assert "panic" in result.cause


def test_qemu_that_refuses_its_arguments_is_an_error(settings: Settings, bench: Bench) -> None:
    scenario = original(settings.scenarios["read"])
    machine = msgspec.structs.replace(scenario.machine, cpu="no-such-cpu")
    (result,) = boot({"cpu": msgspec.structs.replace(scenario, machine=machine)}, bench)
    assert result.verdict == "error"
    assert re.search("QEMU could not run the machine: .*no-such-cpu", result.cause)


def test_the_original_cannot_be_sealed(settings: Settings, bench: Bench) -> None:
    image = bench.builds["original"][1]
    split = Bench(**{**vars(bench), "builds": {"split": (image.parent, image)}})
    scenario = msgspec.structs.replace(
        settings.scenarios["read"], builds=("split",), modules=(), seal=str(image)
    )
    (result,) = boot({"seal": scenario}, split)
    assert result.verdict == "error"
    assert "has 0 symbols tcbsplit_guest_digest" in result.cause
