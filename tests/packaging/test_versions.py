# SPDX-License-Identifier: MIT
"""The oldest and the newest allowed versions of the dependencies: all stages of a small program."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import msgspec
import pytest

from tests.support.made import BUILD

REPOSITORY = Path(__file__).resolve().parents[2]
# What is imported on demand, too: exports, tables, pictures.
STAGES = (
    ["--version"], ["--help"], ["help", "first-hour"], ["config", "schema"],
    ["run", "tiny.yaml", "--until", "build"], ["report", "tiny.yaml", "--json"],
    ["bom", "reports/tiny/split"], ["suggest", "tiny.yaml"], ["bounds", "tiny.yaml"],
    ["check", "tiny.yaml", "--baseline", "tcb.lock", "--update"],
    ["check", "tiny.yaml", "--baseline", "tcb.lock", "--format", "junit"],
    ["verify", "reports/tiny/split"], ["audit", "tiny.yaml", "--no-boot"],
)  # fmt: skip


def test_records_check_what_is_replaced() -> None:
    """Older versions of msgspec make a changed copy of a record without its checks."""

    class Even(msgspec.Struct, frozen=True):
        number: int

        def __post_init__(self) -> None:
            if self.number % 2:
                raise ValueError

    with pytest.raises(ValueError):
        msgspec.structs.replace(Even(2), number=3)


@pytest.mark.long
@pytest.mark.timeout(600)
@pytest.mark.parametrize("resolution", ["lowest-direct", "highest"])
def test_versions_of_dependencies(resolution: str, tiny: Path, tmp_path: Path) -> None:
    place = tmp_path / "environment"
    subprocess.run([sys.executable, "-m", "venv", place], check=True)
    python = place / "bin/python"
    certificates = {"SSL_CERT_FILE": os.environ.get("PIP_CERT", "")}
    environment = {**os.environ, **{k: v for k, v in certificates.items() if v}}
    environment.pop("PYTHONPATH", None)
    done = subprocess.run(
        [python, "-m", "pip", "install", "-q", "uv"],
        env=environment,
        capture_output=True,
        text=True,
    )
    if done.returncode:
        pytest.skip(f"uv cannot be installed here: {done.stderr.strip().splitlines()[-1]}")
    # The oldest that this Python has wheels of: others may need an older compiler.
    words = ["pip", "install", "-q", "--python", str(python), "--resolution", resolution,
             "--only-binary", ":all:"]  # fmt: skip
    done = subprocess.run(
        [place / "bin/uv", *words, "-r", str(REPOSITORY / "pyproject.toml")],
        env=environment, capture_output=True, text=True,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    (tiny / "compile_commands.json").unlink()
    with (tiny / "tiny.yaml").open("a") as config:
        config.write(BUILD)
    for stage in STAGES:
        done = subprocess.run(
            [python, "-m", "tcbsplit", *stage], cwd=tiny, capture_output=True, text=True,
            env={**environment, "PYTHONPATH": str(REPOSITORY)}, timeout=200,
        )  # fmt: skip
        assert done.returncode == 0, (stage, done.stderr)
        assert "Warning" not in done.stderr, (stage, done.stderr)
