# SPDX-License-Identifier: MIT
"""BitVisor itself, where there is a checkout: split, verified, built, against the split by hand.

``TCBSPLIT_BITVISOR`` is a configured checkout with its ``compile_commands.json`` (see README);
``TCBSPLIT_BITVISOR_BUILD`` the command that builds it. Nothing is written to the checkout.
"""

from __future__ import annotations

import os
import shlex
from pathlib import Path

import pytest

from tcbsplit.config.load import load
from tcbsplit.config.settings import Settings
from tcbsplit.model.edit import Emission
from tcbsplit.model.vocabulary import Style, bare_name
from tcbsplit.pipeline.analyze import analyze
from tcbsplit.pipeline.build import build_trees
from tcbsplit.pipeline.order import order
from tcbsplit.pipeline.split import split as split_trees
from tcbsplit.pipeline.verify import verify
from tcbsplit.pipeline.workspace import Workspace
from tests.conftest import REPOSITORY

CHECKOUT = os.environ.get("TCBSPLIT_BITVISOR", "")
BUILD = os.environ.get("TCBSPLIT_BITVISOR_BUILD", "")
# What a split by hand reached at 66559d6 with the default configuration.
MOST_FUNCTIONS = 4327

pytestmark = [
    pytest.mark.skipif(not CHECKOUT, reason="TCBSPLIT_BITVISOR is unset: a checkout of BitVisor"),
    pytest.mark.timeout(3600),
]


@pytest.fixture(scope="module")
def analysed(tmp_path_factory: pytest.TempPathFactory) -> tuple[Settings, Workspace]:
    source = Path(CHECKOUT).resolve()
    settings = load(
        REPOSITORY / "configs/bitvisor.yaml", source=source, compdb=source / "compile_commands.json"
    )
    space = Workspace(tmp_path_factory.mktemp("bitvisor") / "artifacts")
    analyze(settings, space)
    return settings, space


@pytest.mark.parametrize("style", list(Style))
@pytest.mark.parametrize("drop", [False, True])
def test_the_split_holds(
    analysed: tuple[Settings, Workspace], tmp_path: Path, style: Style, drop: bool
) -> None:
    settings, space = analysed
    emission = Emission(style=Style(style), drop_unreached=drop, series=True)
    result = split_trees(settings, space, tmp_path / "out", emission=emission)
    assert verify(tmp_path / "out").problems == ()
    moved = [p for p in result.plan.placements if p.where == ("guest",) and p.kind == "function"]
    assert len(moved) >= 232  # as many definitions as by hand
    # Callers of another image: a process that the hypervisor runs.
    assert any(e.file.startswith("process/") for s in result.stubs for e in s.sites)


def test_what_protects_devices_comes_after_the_preprocessing_guest(
    analysed: tuple[Settings, Workspace],
) -> None:
    found = order(*analysed)
    assert {bare_name(e.callee) for e in found.places} == {
        "callrealmode_startkernel32", "vmmcall_boot_continue",
    }  # fmt: skip
    assert {w.chain.root for s in found.late for w in s.ways} == {"core/x86/main.c:bsp_init_thread"}
    assert "pci_config_data_handler" in {h.function for h in found.handlers}
    assert "pci_segment_list" in {s.name for s in found.late}


@pytest.mark.skipif(not BUILD, reason="TCBSPLIT_BITVISOR_BUILD is unset: the build command")
def test_the_thin_build_is_no_larger_than_by_hand(
    analysed: tuple[Settings, Workspace], tmp_path: Path
) -> None:
    settings, space = analysed
    split_trees(settings, space, tmp_path / "out")
    guest, thin = build_trees(tmp_path / "out", shlex.split(BUILD))
    assert len(thin.image.functions) <= MOST_FUNCTIONS
    names = {s.name for s in guest.image.functions}
    assert "decryptcfg" in names
    assert "decryptcfg" not in {s.name for s in thin.image.functions}
