# SPDX-License-Identifier: MIT
"""Boots: what the harness adds to plain QEMU, and what the trace plugin adds to a boot.

``make bench`` measures the embedded hypervisor. Another one: ``python -m tests.bench.boots
--config CONFIG --scenario NAME --set NAME=VALUE``, in the folder where it was analysed. Pairs are
interleaved, since a machine's speed drifts; the medians of the pairs' differences are printed.
"""

from __future__ import annotations

import argparse
import statistics
import subprocess
import tempfile
import time
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

import msgspec

from tcbsplit.config.load import load
from tcbsplit.config.scenario import Scenario
from tcbsplit.config.settings import Settings
from tcbsplit.model.accelerator import Mode
from tcbsplit.model.result import BootResult
from tcbsplit.pipeline.analyze import analyze
from tcbsplit.pipeline.boot import ONCE, bench, chosen_scenarios
from tcbsplit.pipeline.build import build as run_build
from tcbsplit.pipeline.capture import capture_copy
from tcbsplit.pipeline.split import split as split_trees
from tcbsplit.pipeline.workspace import Workspace
from tcbsplit.validate.boot import Bench, boot
from tcbsplit.validate.evidence.watching import Tracer
from tests.conftest import REPOSITORY


def minivisor(folder: Path, rounds: int) -> None:
    """The embedded hypervisor's original, whose target ends the machine by itself."""
    settings = load(REPOSITORY / "configs/minivisor.yaml")
    space = Workspace(folder / "boots")
    capture_copy(settings, space)
    analyze(settings, space)
    split_trees(settings, space, space.split)
    run_build(settings, space, space.split)
    for name in ("tampered", "read"):  # the first needs nobody to type
        boots(settings, space, name, "original", rounds)


def boots(settings: Settings, space: Workspace, name: str, build: str, rounds: int) -> None:
    """Print the harness' overhead in seconds and the plugin's in percent."""
    scenario = msgspec.structs.replace(
        chosen_scenarios(settings, [name])[name], builds=(build,), compare=None
    )
    with tempfile.TemporaryDirectory(prefix="tcbsplit-bench-") as scratch:
        how = replace(ONCE, mode=Mode.TCG, jobs=1)
        base = bench(settings, space, space.split, how, Path(scratch) / "runs")
        watched = replace(base, watcher=Tracer(Path(scratch)))
        _booted(scenario, watched)  # builds the plugin
        print(f"boots of {settings.name} {name} ({build}), {rounds} pairs each:")
        if scenario.exit is not None and not scenario.type:
            _harness(scenario, base, rounds)
        else:
            print("  harness: not measured here, plain QEMU does not end without us")
        pairs = [(_booted(scenario, base), _booted(scenario, watched)) for _ in range(rounds)]
        plain, traced = (statistics.median(p[n] for p in pairs) for n in (0, 1))
        change = statistics.median(t / p - 1 for p, t in pairs)
        print(f"  plugin: {change:+.1%} (median of pairs; medians {plain:.2f} s, {traced:.2f} s)")


def _harness(scenario: Scenario, base: Bench, rounds: int) -> None:
    """Against the very command line of the boot."""
    differences = []
    for _ in range(rounds):
        began = time.monotonic()
        command = _result(scenario, base).command
        ours = time.monotonic() - began
        began = time.monotonic()
        # In the folder of the boot, where its media are.
        subprocess.run(
            command, shell=True, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL, check=False,
        )  # fmt: skip
        differences.append(ours - (time.monotonic() - began))
    print(
        f"  harness: {statistics.median(differences):+.2f} s over plain QEMU "
        f"(median of pairs; {min(differences):+.2f} to {max(differences):+.2f})"
    )


def _booted(scenario: Scenario, base: Bench) -> float:
    return _result(scenario, base).seconds


def _result(scenario: Scenario, base: Bench) -> BootResult:
    (result,) = boot({"measured": scenario}, base)
    if result.verdict != "pass":
        raise RuntimeError(f"{result.verdict}: {result.cause}")
    return result


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m tests.bench.boots", description=__doc__)
    parser.add_argument("--config", type=Path, help="configuration; default: minivisor's")
    parser.add_argument("--source", type=Path, help="the tree, instead of the configuration's")
    parser.add_argument("--out", type=Path, help="where it was analysed")
    parser.add_argument("--scenario", default="read")
    parser.add_argument("--build", default="original")
    parser.add_argument("--rounds", type=int, default=15)
    parser.add_argument("--set", action="append", default=[], metavar="NAME=VALUE")
    options = parser.parse_args()
    if options.config is None:
        with tempfile.TemporaryDirectory(prefix="tcbsplit-bench-") as scratch:
            minivisor(Path(scratch), options.rounds)
        return
    given: Mapping[str, str] = dict(word.split("=", 1) for word in options.set)
    settings = load(options.config, source=options.source, given=given)
    space = Workspace(options.out or settings.artifacts)
    boots(settings, space, options.scenario, options.build, options.rounds)


if __name__ == "__main__":
    main()
