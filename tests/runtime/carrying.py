# SPDX-License-Identifier: MIT
"""Generates the handoff of ``carried.c`` as a split would, and builds programs with it."""

from __future__ import annotations

import subprocess
from collections.abc import Sequence
from pathlib import Path

from tcbsplit.config.name import Name
from tcbsplit.config.settings import Carry, HandoffSettings
from tcbsplit.frontend.pointees import read_layouts
from tcbsplit.frontend.reading import read_program
from tcbsplit.model.unit import CompileCommand
from tcbsplit.model.vocabulary import symbol_id
from tcbsplit.split.decide import boundary
from tcbsplit.split.decide.crossing import Crossing
from tcbsplit.split.write import handoff

HERE = Path(__file__).resolve().parent
RUNTIME = HERE.parent.parent / "tcbsplit/runtime/handoff"
SANITISERS = ("-fsanitize=address,undefined", "-fno-sanitize-recover=all")
CARRIES = (
    Carry(name="state.points", length="state.count", most=4),
    Carry(name="state.name", string=32),
    Carry(name="state.list", list="next", most=5),
    Carry(name="state.choice", tag="state.kind", members={"number": 0, "bytes": 1}),
    Carry(name="state.handle", opaque=True),
    Carry(name="state.callback", keep=True),
    Carry(name="buffer", length="length", most=24),
    Carry(name="table[]", length="1"),
)
VARIABLES = ("buffer", "length", "numbers", "state", "table")


def generate(folder: Path, carries: Sequence[Carry] = CARRIES) -> list[Path]:
    """Write what a split generates into ``folder``; return the sources to compile with it."""
    command = CompileCommand(file="carried.c", directory=str(HERE), arguments=("cc",))
    program = read_program([command], HERE, "carried")
    crossing = [
        Crossing(
            variable=symbol_id(name, "carried.c"),
            writers=(symbol_id("fill"),),
            readers=(symbol_id("same"),),
        )
        for name in VARIABLES
    ]
    pointers = [c.variable for c in crossing if not program.variables[c.variable].layout.plain]
    handed = boundary.handoff(
        program,
        crossing,
        HandoffSettings(carry=tuple(carries), secret=tuple(map(Name, VARIABLES))),
        read_layouts(program, pointers),
    )
    for name, content in handoff.table_files(handed.entries).items():
        (folder / name).write_bytes(content)
    text = (HERE / "carried.c").read_bytes()
    text += b"".join(handoff.descriptor(e, handed.layouts[e.name]) for e in handed.entries)
    (folder / "carried.c").write_bytes(text)
    runtime = [RUNTIME / n for n in ("receive.c", "send.c", "sha256.c", "wipe.c")]
    return [folder / "carried.c", folder / "table.c", *runtime]


def build(compiler: str, folder: Path, main: str, *flags: str) -> Path:
    """Build ``main`` (a file of this folder) with the generated handoff."""
    output = folder / Path(main).stem
    subprocess.run(
        [
            compiler, "-g", "-O1", "-Wall", "-Wextra", "-Werror", *flags, f"-I{folder}",
            f"-I{RUNTIME}", f"-I{HERE}", "-o", output, HERE / main, *generate(folder),
        ],
        check=True,
    )  # fmt: skip
    return output


def fuzz(folder: Path, main: str, runs: int, timeout: int) -> str:
    """Run the fuzzer ``main`` on ``runs`` inputs; return what it told. Raises without it."""
    # How the digest is computed is no news to the fuzzer, and takes most of its time.
    ignored = f"-fsanitize-coverage-ignorelist={HERE / 'fuzz.ignore'}"
    flags = [SANITISERS[0].replace("=", "=fuzzer,"), SANITISERS[1], "-O2", ignored]
    program = build("clang", folder, main, *flags)
    done = subprocess.run(
        [program, f"-runs={runs}", "-seed=1", "-max_len=2048", f"-artifact_prefix={folder}/"],
        capture_output=True, text=True, timeout=timeout, cwd=folder,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr[-4000:]
    return done.stderr
