# SPDX-License-Identifier: MIT
"""Boot scenarios and give verdicts."""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

import msgspec

from tcbsplit import process
from tcbsplit.config.scenario import Scenario
from tcbsplit.errors import EnvironmentProblem, TcbsplitError
from tcbsplit.model.accelerator import Mode, Name
from tcbsplit.model.result import BootResult
from tcbsplit.model.retire import Trapped
from tcbsplit.model.vocabulary import Verdict
from tcbsplit.process import signals
from tcbsplit.validate.conversation import record
from tcbsplit.validate.conversation.console import consoles
from tcbsplit.validate.conversation.session import Session, converse
from tcbsplit.validate.evidence.erased import Erasing
from tcbsplit.validate.machine import folders, media, processor
from tcbsplit.validate.machine.accelerators import accelerators
from tcbsplit.validate.machine.choice import Choice, choose
from tcbsplit.validate.machine.host import read_host
from tcbsplit.validate.machine.interface import Accelerator, Boot, lacks
from tcbsplit.validate.machine.qemu import PROGRAM
from tcbsplit.validate.verdict import disks
from tcbsplit.validate.verdict.judge import Judge
from tcbsplit.validate.verdict.outcome import expected, judged
from tcbsplit.validate.verdict.repeat import compared, together


class Watcher(Protocol):
    """An observer of running machines."""

    def words(self, load: media.Payload, folder: Path, program: str) -> Sequence[str]:
        """Prepare ``folder`` and return further arguments of QEMU."""
        ...

    def heard(self, chunk: bytes, folder: Path) -> None:
        """Take a chunk of the output of the first serial port."""
        ...


@dataclass(frozen=True)
class Bench:
    """The files that boots need, and the options of running them.

    ``places`` holds the values of the placeholders that all builds share (assets, guest, split,
    source); ``builds`` the tree and the image of each build (original, split).
    """

    folder: Path  # each run has its own below it
    base: Path  # relative paths of scenarios start here
    places: Mapping[str, str]
    builds: Mapping[str, tuple[Path, Path]]  # name -> (tree, image)
    mode: str = Mode.AUTO  # not ALL: see ``across``
    cache: Path = Path()  # for data that accelerators keep between runs
    skip: bool = False  # boots that the accelerator cannot run are skipped, not errors
    program: str = PROGRAM
    jobs: int = 1  # scenarios that run at the same time
    most_console: int = 16  # MiB; more is a flood and ends the machine
    repeat: int = 1
    seed: int = 0  # of the first repetition; 0 leaves QEMU's random numbers random
    compare: bool = False  # original against split beyond the captured lines
    watcher: Watcher | None = None
    # Explains a trap in erased code; None: the split retires nothing.
    explain: Callable[[Trapped], str] | None = None


@dataclass(frozen=True)
class _Run:
    """One boot to do."""

    name: str
    scenario: Scenario
    build: str
    number: int
    seed: int


def boot(
    scenarios: Mapping[str, Scenario],
    bench: Bench,
    progress: Callable[[str, int, int], None] = lambda stage, done, total: None,
) -> list[BootResult]:
    """Boot every scenario on each of its builds; the results come in the order of ``scenarios``.

    Raise ``EnvironmentProblem`` without QEMU (Bochs needs none) or if KVM is demanded and not
    usable, ``OutputError`` if another boot uses the folder. A failed boot is a verdict, not an
    exception.
    """
    if bench.mode != Mode.BOCHS:
        process.find(bench.program)
    stop = threading.Event()
    total = sum(len(s.builds) for s in scenarios.values()) * bench.repeat
    done: list[BootResult] = []
    runs = {name: _runs(name, scenario, bench) for name, scenario in scenarios.items()}

    def one(name: str) -> list[BootResult]:
        return _scenario(name, scenarios[name], runs[name], bench, stop, count)

    def count(result: BootResult) -> None:
        done.append(result)
        progress("boot", len(done), total)

    progress("boot", 0, total)
    with (
        folders.locked(bench.folder),
        signals.tended(),
        ThreadPoolExecutor(max(bench.jobs, 1)) as pool,
    ):
        try:
            return [result for results in pool.map(one, scenarios) for result in results]
        except BaseException:
            # Ctrl-C or an error in one scenario: the others end their machines and return.
            stop.set()
            pool.shutdown(wait=True, cancel_futures=True)
            raise


def _runs(name: str, scenario: Scenario, bench: Bench) -> list[_Run]:
    for build in scenario.builds:
        if build not in bench.builds:
            raise TcbsplitError(f"there is no {build} build to boot; run the build first")
    return [
        _Run(name, scenario, build, number, bench.seed and bench.seed + number - 1)
        for number in range(1, bench.repeat + 1)
        for build in scenario.builds
    ]


def _scenario(
    name: str,
    scenario: Scenario,
    runs: Sequence[_Run],
    bench: Bench,
    stop: threading.Event,
    count: Callable[[BootResult], None],
) -> list[BootResult]:
    found: dict[str, list[BootResult]] = {}
    captured: dict[tuple[str, int], tuple[str, ...]] = {}
    for run in runs:
        if stop.is_set():
            break
        work = folders.run_folder(bench.folder, name, run.build, run.number)
        result, captured[run.build, run.number] = _boot(run, bench, stop)
        if run.build == "split" and "original" in found:
            original = found["original"][run.number - 1]
            lines = captured["original", run.number], captured["split", run.number]
            other = compared(scenario, original, result, lines, consoles=bench.compare)
            if other is not result:
                result = other
                record.save(work, result)
        found.setdefault(run.build, []).append(result)
        count(result)
    return [together(results) for results in found.values()]


def _boot(run: _Run, bench: Bench, stop: threading.Event) -> tuple[BootResult, tuple[str, ...]]:
    """Run and record one boot; after an error an earlier record stays in place."""
    load = _load(run, bench)
    choice, accelerator = _chosen(run, bench)
    blank = BootResult(
        scenario=run.name, build=run.build, verdict=Verdict.ERROR, cause="", seed=run.seed,
        accelerator=choice.name, accelerator_reason=choice.reason,
        machine=accelerator.describe(), command="", log="", seconds=0.0, exit_status=None,
        markers=(),
    )  # fmt: skip
    lacking = lacks(accelerator.abilities, run.scenario)
    problem = f"{choice.name} has no {', no '.join(lacking)}" if lacking else ""
    problem = problem or accelerator.obstacle(run.scenario)
    if bench.skip and problem:
        return msgspec.structs.replace(blank, verdict=Verdict.SKIPPED, cause=problem), ()
    place = folders.run_folder(bench.folder, run.name, run.build, run.number)
    try:
        with folders.workplace(place) as work:
            try:
                if problem:
                    raise EnvironmentProblem(problem)
                result, captured = _converse(load, accelerator, bench, work, blank, stop)
            except TcbsplitError as error:
                result, captured = msgspec.structs.replace(blank, cause=str(error)), ()
            if stop.is_set():
                return result, captured
            if result.verdict == Verdict.ERROR:
                place = folders.error_folder(place)
            result = msgspec.structs.replace(
                result,
                log=str(place / folders.CONSOLE),
                command=result.command.replace(process.place(work), process.place(place)),
            )
            record.save(work, result)
            folders.keep(work, place)
    except OSError as error:
        cause = f"{error.filename or bench.folder}: {error.strerror}"
        return msgspec.structs.replace(blank, cause=cause), ()
    return result, captured


def _chosen(run: _Run, bench: Bench) -> tuple[Choice, Accelerator]:
    machine = run.scenario.machine
    found = accelerators(bench.program, bench.cache)

    def ask(name: Name) -> str:
        return processor.obstacle(machine, name, bench.program)

    if bench.skip:
        return Choice(Name(bench.mode), "one of all"), found[Name(bench.mode)]
    choice = choose(Mode(bench.mode), machine.virtualization, read_host(), ask)
    return choice, found[choice.name]


def _load(run: _Run, bench: Bench) -> media.Payload:
    tree, image = bench.builds[run.build]
    filled = {
        **bench.places, "build": str(tree), "image": str(image), "seed": str(run.seed),
    }  # fmt: skip
    return media.payload(run.scenario, run.build, bench.base, filled)


def _converse(
    load: media.Payload,
    accelerator: Accelerator,
    bench: Bench,
    folder: Path,
    blank: BootResult,
    stop: threading.Event,
) -> tuple[BootResult, tuple[str, ...]]:
    load = accelerator.adapt(load)
    media.prepare(folder, load)
    scenario, unchecked = expected(load.scenario, accelerator.abilities)
    watcher = bench.watcher
    more = watcher.words(load, folder, bench.program) if watcher else ()
    erasing = Erasing.of(load.image) if bench.explain and blank.build == "split" else None
    if erasing and not accelerator.abilities.memory:
        unchecked = (*unchecked, "memory")
    examine = erasing.examine if erasing and accelerator.abilities.memory else None
    todo = Boot(load, folder, blank.seed, more, stop, examine)

    def heard(chunk: bytes) -> None:
        if watcher:
            watcher.heard(chunk, folder)

    command = process.quote(accelerator.command(todo), folder)
    judges = [Judge(console) for console in consoles(scenario)]
    end = converse(Session(scenario, accelerator, todo, bench.most_console, stop, heard), judges)
    found = [judge.judgement(end.status) for judge in judges]
    after = disks.look(folder, load.disks)
    verdict, cause = judged(scenario, blank.build, end, found, after)
    if erasing and verdict != Verdict.PASS:
        cause = _trapped(bench, erasing, folder, cause)
    result = msgspec.structs.replace(
        blank,
        verdict=verdict,
        cause=cause,
        command=command,
        seconds=round(end.seconds, 3),
        exit_status=end.status,
        markers=tuple(m for judgement in found for m in judgement.markers),
        disks=after,
        resets=end.story.resets,
        ended=end.story.ended,
        evidence=dict(end.evidence),
        unchecked=unchecked,
    )
    return result, found[0].captured


def _trapped(bench: Bench, erasing: Erasing, folder: Path, cause: str) -> str:
    """Return the cause of a failure, after the traps in erased code that explain it."""
    heard = (folder / folders.CONSOLE).read_text(encoding="utf-8", errors="replace")
    erasing.listen(heard)
    told = [bench.explain(trap) for trap in erasing.traps] if bench.explain else []
    return "\n".join([*dict.fromkeys(told), cause])
