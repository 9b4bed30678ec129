# SPDX-License-Identifier: MIT
"""``init`` on the embedded hypervisor, against the configuration that was written by hand."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest

from tcbsplit.config.load import load
from tcbsplit.pipeline.analyze import analyze as run_analyze
from tcbsplit.pipeline.workspace import Workspace
from tests.support.cli import refused, tcbsplit
from tests.support.minivisor import CONFIG, Minivisor

REGISTRY = "name: unit\nrecord: struct unit\nkey: id\nfunction: init\ndispatch: units_call\n"


@pytest.fixture(scope="module")
def tree(minivisor: Minivisor, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The embedded hypervisor, built in its tree, with its compile database."""
    folder = tmp_path_factory.mktemp("init") / "a tree"
    shutil.copytree(minivisor.original(), folder, symlinks=True)
    database = minivisor.analysed().compdb.read_text()
    source = str(minivisor.settings.source)
    (folder / "compile_commands.json").write_text(database.replace(source, str(folder)))
    return folder


@pytest.fixture(scope="module")
def written(tree: Path) -> tuple[Path, str]:
    """The configuration, and what ``init`` says."""
    done = tcbsplit("init", tree, "-o", "mine.yaml", cwd=tree.parent)
    assert done.returncode == 0, done.stderr
    return tree.parent / "mine.yaml", done.stdout


def classes(config: Path, space: Workspace) -> dict[str, bool]:
    settings = load(config)
    run_analyze(settings, space)
    found = json.loads(space.analysis.read_bytes())["functions"]
    return {f["id"]: "runtime" in f["phases"] for f in found}


def test_roots_and_launch_are_those_written_by_hand(written: tuple[Path, str]) -> None:
    mine, hand = load(written[0]), load(CONFIG)
    assert set(hand.roots.boot) <= set(mine.roots.boot)
    assert set(hand.roots.runtime) <= set(mine.roots.runtime)
    assert set(hand.launch) == set(mine.launch)
    assert mine.linked == "minivisor.elf"


def test_classes_are_those_of_the_configuration_written_by_hand(
    written: tuple[Path, str], minivisor: Minivisor, tmp_path: Path
) -> None:
    mine = classes(written[0], Workspace(tmp_path / "mine"))
    found = json.loads(minivisor.analysed().analysis.read_bytes())["functions"]
    hand = {f["id"]: "runtime" in f["phases"] for f in found}
    differ = {i for i in mine.keys() | hand.keys() if mine.get(i) != hand.get(i)}
    assert len(differ) < 0.05 * len(hand), sorted(differ)


def test_everything_is_said_with_its_evidence(written: tuple[Path, str]) -> None:
    text = written[0].read_text()
    for evidence in (
        "- entry # the entry address of the ELF header",
        "- svm_vmexit # svm_run_loop calls it behind VMRUN",
        "which holds VMRUN",
        "cut up into struct gate",
        "QUESTION: Is another image meant?",
        "an object for another kind of machine",
        "#   - ed25519_verify # tcbsplit suggest: of lib/crypto, frees",
    ):
        assert evidence in text
    uncommented = "\n".join(line.lstrip("# -") for line in text.splitlines())
    assert REGISTRY in "\n".join(line.split(" #")[0].strip() for line in uncommented.splitlines())
    assert "yaml-language-server" in text.splitlines()[0]


def test_the_analysis_is_there_and_up_to_date(written: tuple[Path, str]) -> None:
    config, said = written
    assert "functions:" in said
    again = tcbsplit("explain", config, "svm_vmexit", cwd=config.parent)
    assert again.returncode == 0
    assert tcbsplit("config", "check", config, cwd=config.parent).returncode == 0


def test_nothing_is_overwritten(written: tuple[Path, str], tree: Path) -> None:
    before = written[0].read_bytes()
    refused(tcbsplit("init", tree, "-o", "mine.yaml", cwd=tree.parent), "is there already")
    assert written[0].read_bytes() == before
