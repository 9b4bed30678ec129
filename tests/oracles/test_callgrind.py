# SPDX-License-Identifier: MIT
"""Every indirect call that a program makes is an edge: our own C, generated and random programs."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

import pytest

from tcbsplit.callgraph import build_graph
from tcbsplit.frontend.reading import read_program
from tcbsplit.model.unit import CompileCommand
from tcbsplit.model.vocabulary import symbol_id
from tests.oracles import callgrind
from tests.oracles.synthetic import write_program

HERE = Path(__file__).resolve().parent
CSMITH = Path("/usr/include/csmith")


def checked(folder: Path, commands: list[CompileCommand], flags: tuple[str, ...] = ()) -> int:
    """Analyse and run a program; return how many indirect calls it made."""
    program = read_program(commands, folder, "case", jobs=1)
    assert not program.degraded, program.degraded
    graph = build_graph(program, roots=[symbol_id("main")])
    binary = folder / "program"
    callgrind.build([folder / c.file for c in commands], binary, flags)
    lost, indirect = callgrind.missing(program, graph, callgrind.dynamic_calls(binary))
    assert not lost
    return indirect


@pytest.mark.parametrize("source", sorted((HERE / "programs").glob("*.c")), ids=lambda p: p.stem)
def test_our_programs(source: Path, tmp_path: Path) -> None:
    shutil.copy(source, tmp_path)
    command = CompileCommand(
        file=source.name, directory=str(tmp_path), arguments=("gcc", "-std=gnu11")
    )
    assert checked(tmp_path, [command]) >= 3


@pytest.mark.parametrize("seed", [1, 2])
def test_generated_programs(seed: int, tmp_path: Path) -> None:
    assert checked(tmp_path, write_program(tmp_path, 800, seed)) >= 100


@pytest.mark.parametrize("seed", [11, 12, 13])
def test_random_programs(seed: int, tmp_path: Path) -> None:
    """csmith makes no function pointers; its pointers and records still flow everywhere."""
    (tmp_path / "random.c").write_bytes(
        subprocess.run(
            ["csmith", "--seed", str(seed), "--max-funcs", "12", "--no-volatiles"],
            check=True, capture_output=True, timeout=60, cwd=tmp_path,
        ).stdout
    )  # fmt: skip
    flags = (f"-I{CSMITH}",)
    command = CompileCommand(
        file="random.c", directory=str(tmp_path), arguments=("gcc", "-std=gnu11", *flags)
    )
    checked(tmp_path, [command], flags)


@pytest.mark.skipif(
    "TCBSPLIT_PROGRAM" not in os.environ,
    reason="TCBSPLIT_PROGRAM is unset: the folder of any built program with a compile database",
)
def test_any_program() -> None:
    """For programs outside of the repository; TCBSPLIT_RUN is the command that is watched."""
    from tcbsplit.frontend import compiledb

    folder = Path(os.environ["TCBSPLIT_PROGRAM"]).resolve()
    words = os.environ["TCBSPLIT_RUN"].split()
    commands = compiledb.Database(folder / "compile_commands.json", folder).commands()
    program = read_program(commands, folder, "program")
    graph = build_graph(program, roots=[symbol_id("main")])
    calls = callgrind.dynamic_calls(folder / words[0], words[1:], timeout=1200)
    lost, indirect = callgrind.missing(program, graph, calls)
    print(f"{indirect} indirect calls made, {len(lost)} without an edge")
    assert not lost
