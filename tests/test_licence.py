# SPDX-License-Identifier: MIT
"""Every source file says its licence, those of emitted splits included."""

from __future__ import annotations

import subprocess
import tomllib
from pathlib import Path

import pytest

from tcbsplit.config.load import load
from tcbsplit.model.edit import Emission
from tcbsplit.model.vocabulary import Style
from tcbsplit.pipeline.analyze import analyze
from tcbsplit.pipeline.split import split
from tcbsplit.pipeline.workspace import Workspace
from tests.conftest import REPOSITORY

LINE = "SPDX-License-Identifier: MIT"
SOURCES = {".py", ".c", ".h", ".S", ".lds", ".j2", ".sh", ".yaml", ".toml"}


def says_so(path: Path) -> bool:
    return LINE in "".join(path.read_text(errors="replace").splitlines(keepends=True)[:2])


def without(root: Path, paths: list[str]) -> list[str]:
    """The sources among ``paths`` that do not say their licence in the first two lines."""
    return [
        p for p in paths
        if (Path(p).suffix in SOURCES or Path(p).name == "Makefile")
        and not says_so(root / p)
    ]  # fmt: skip


def test_every_source_says_its_licence() -> None:
    listed = subprocess.run(
        ["git", "ls-files"], cwd=REPOSITORY, check=True, capture_output=True, text=True
    ).stdout.splitlines()
    inputs = [p for p in listed if p.startswith("tests/") and not p.endswith(".py")]
    sources = [p for p in listed if p not in set(inputs) and (REPOSITORY / p).is_file()]
    assert len(sources) > 500
    assert [p for p in without(REPOSITORY, sources) if p != "REUSE.toml"] == []
    # Inputs of tests cannot have the line: REUSE.toml has it for them.
    table = tomllib.loads((REPOSITORY / "REUSE.toml").read_text())
    (rule,) = table["annotations"]
    assert "tests/**" in rule["path"]
    assert rule["SPDX-License-Identifier"] == "MIT"


def test_a_source_without_its_line_is_found(tmp_path: Path) -> None:
    (tmp_path / "a.c").write_text("int a;\n")
    (tmp_path / "b.c").write_text(f"/* {LINE} */\nint b;\n")
    assert without(tmp_path, ["a.c", "b.c"]) == ["a.c"]


@pytest.mark.parametrize("style", Style)
def test_generated_files_say_their_licence(tiny: Path, tmp_path: Path, style: Style) -> None:
    settings = load(tiny / "tiny.yaml", compdb=tiny / "compile_commands.json")
    space = Workspace(tmp_path / "artifacts")
    analyze(settings, space)
    out = tmp_path / "split"
    split(settings, space, out, emission=Emission(style=style))
    originals = {p.relative_to(tiny) for p in tiny.rglob("*")}
    adapters = {"adapter.c"}  # the user's own
    generated = [
        str(p.relative_to(out))
        for p in [*out.rglob("*.[chS]"), *out.rglob("*.lds"), out / "guest/Makefile"]
        if not {p.relative_to(out / "thin") if p.is_relative_to(out / "thin") else None,
                p.relative_to(out / "guest/src") if p.is_relative_to(out / "guest/src") else None}
        & originals
        and p.name not in adapters
    ]  # fmt: skip
    assert len(generated) > 10
    assert without(out, generated) == []
