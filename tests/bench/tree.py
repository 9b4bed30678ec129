# SPDX-License-Identifier: MIT
"""A real tree: analysis cold and warm, relative to compilers over the same units."""

from __future__ import annotations

import json
import shutil
import subprocess
import time
from functools import partial
from pathlib import Path

import yaml

from tcbsplit.config.load import load
from tcbsplit.frontend import compiledb, toolchain
from tcbsplit.frontend.extract.arguments import parse_arguments
from tcbsplit.frontend.membership import members
from tcbsplit.model.unit import CompileCommand
from tcbsplit.pipeline.capture import capture_copy
from tcbsplit.pipeline.workspace import Workspace
from tests.bench.measure import Cost, median, tcbsplit

REPOSITORY = Path(__file__).resolve().parent.parent.parent
ROUNDS = 3


def minivisor(folder: Path) -> None:
    """The embedded hypervisor, captured first."""
    settings = load(REPOSITORY / "configs/minivisor.yaml")
    space = Workspace(folder / "capture")
    capture_copy(settings, space)
    tree(settings.path, space.compdb, folder)


def tree(config: Path, database: Path, folder: Path, source: Path | None = None) -> None:
    """Measure ``config`` on a copy of its tree and print the ratios."""
    settings = load(config, source=source)
    copy = folder / "tree"
    shutil.copytree(settings.source, copy, symlinks=True)
    own = folder / "compile_commands.json"
    shutil.copy(database, own)
    compiledb.relocate(own, settings.source, copy)
    reduced = _reduced(config, copy, folder / "bench.yaml")
    whole = compiledb.Database(own, copy).commands(settings.exclude, outside=bool(settings.linked))
    linked = members(copy / settings.linked, whole) if settings.linked else whole
    commands = [c for c in linked if c.language == "c"]
    changed = copy / commands[len(commands) // 2].file
    cache = folder / "cache.sqlite"

    def analyze() -> Cost:
        kept = ("--artifacts", folder / "out")
        return tcbsplit("analyze", reduced, "--compdb", own, *kept, cwd=folder, cache=cache)

    def cold() -> Cost:
        for file in folder.glob("cache.sqlite*"):
            file.unlink()
        shutil.rmtree(folder / "out", ignore_errors=True)
        return analyze()

    def one_changed() -> Cost:
        with changed.open("a") as stream:
            stream.write("/* changed */\n")
        time.sleep(0.05)
        return analyze()

    clang = _over(copy, [(c, _syntax(c, copy)) for c in commands])
    output = str(folder / "unit.o")
    made = ["-w", "-O0", "-fcallgraph-info", "-S", "-o", output]
    gcc = _over(copy, [(c, [*c.arguments, *made]) for c in commands])
    first = median(cold, ROUNDS)
    again = median(analyze, ROUNDS)
    edited = median(one_changed, ROUNDS)
    print(f"{settings.name}: {len(commands)} C units, median of {ROUNDS}")
    functions = json.loads((folder / "out/analysis.json").read_text())["functions"]
    roots = {*settings.roots.boot, *settings.roots.runtime, *settings.launch}
    name = next(f["id"] for f in functions if f["id"] not in roots)
    questions = _questions(name, reduced, folder, cache)
    # What reading machine code takes is the difference to a tree that was not built.
    built = [p for p in copy.rglob("*") if p.is_file() and p.read_bytes()[:4] == b"\x7fELF"]
    for path in built if not settings.linked else ():
        path.unlink()
    costs = [
        (f"cold, {len(built)} ELF files" if built else "cold", first),
        *([("cold, not built", median(cold, ROUNDS))] if built and not settings.linked else []),
        ("one changed", edited),
        ("nothing changed", again),
        *questions,
    ]
    _print(costs, clang, gcc)


def _questions(function: str, config: Path, folder: Path, cache: Path) -> list[tuple[str, Cost]]:
    """What questions to the saved analysis cost."""
    asked: dict[str, tuple[str, ...]] = {
        "explain": (function,), "conflicts": (), "what-if": ("--preprocess", function),
        "suggest": (),
    }  # fmt: skip

    def ask(command: str) -> Cost:
        out = ("--artifacts", folder / "out")
        return tcbsplit(command, config, *asked[command], *out, cwd=folder, cache=cache)

    return [(command, median(partial(ask, command), ROUNDS)) for command in asked]


def _reduced(config: Path, source: Path, path: Path) -> Path:
    """Write what ``config`` says of the analysis, for another source tree."""
    document = yaml.safe_load(config.read_text())
    kept = {"version", "name", "image", "linked", "roots", "exclude", "launch", "registries"}
    kept.add("bridges")
    path.write_text(
        yaml.safe_dump({**{k: document[k] for k in document if k in kept}, "source": str(source)})
    )
    return path


def _print(costs: list[tuple[str, Cost]], clang: float, gcc: float) -> None:
    print("wall time relative to serial clang -fsyntax-only / gcc -fcallgraph-info")
    for name, found in costs:
        print(
            f"  {name:20}{found.wall / clang:6.3f} / {found.wall / gcc:6.3f}"
            f"   processor time {found.cpu / clang:6.3f}   {found.memory:5.0f} MiB"
        )


def _syntax(command: CompileCommand, root: Path) -> list[str]:
    """Return clang's command with the words that libclang gets: it knows all of these."""
    told = parse_arguments(command, toolchain.compiler_of(command, root))
    return ["clang", "-fsyntax-only", *told]


def _over(root: Path, work: list[tuple[CompileCommand, list[str]]]) -> float:
    """Seconds that a compiler takes over all units, one after the other; errors do not count."""
    began = time.perf_counter()
    for c, argv in work:
        subprocess.run(
            [*argv, str(root / c.file)], cwd=c.directory, check=False, capture_output=True
        )
    return time.perf_counter() - began
