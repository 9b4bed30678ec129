"""Boots scenarios and gives verdicts."""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import msgspec

from tcbsplit import process
from tcbsplit.config import Scenario, fill
from tcbsplit.errors import TcbsplitError
from tcbsplit.model.result import BootResult
from tcbsplit.validate import qemu, record
from tcbsplit.validate.accel import Mode, choose, read_host
from tcbsplit.validate.image import seal
from tcbsplit.validate.judge import Judge, difference, judge

_SLICE = 0.2  # seconds between looks at the wish to stop
_LAST_WORDS = 5.0  # seconds for QEMU to end once it closed its console


@dataclass(frozen=True)
class Bench:
    """Where the things are that boots need, and how they run.

    ``places`` holds the values of the placeholders that all builds share (assets, guest, split,
    source); ``builds`` the tree and the image of each build (original, split).
    """

    folder: Path  # each run has its own below it
    base: Path  # relative paths of scenarios start here
    places: Mapping[str, str]
    builds: Mapping[str, tuple[Path, Path]]  # name -> (tree, image)
    mode: Mode = "auto"
    program: str = qemu.PROGRAM
    jobs: int = 1  # scenarios that run at the same time
    most_console: int = 16  # MiB; more is a flood and ends the machine


@dataclass(frozen=True)
class _End:
    """How the conversation with the machine ended."""

    status: int | None  # of QEMU by itself
    error: str = ""


def boot(
    scenarios: Mapping[str, Scenario],
    bench: Bench,
    progress: Callable[[str, int, int], None] = lambda stage, done, total: None,
) -> list[BootResult]:
    """Boot every scenario on each of its builds; the results come in the order of ``scenarios``.

    Raises ``EnvironmentProblem`` without QEMU or when KVM is demanded in vain, ``SourceError``
    when something to boot is missing, ``BuildError`` when the thin image cannot be sealed. An
    unhappy boot raises nothing: it is a verdict.
    """
    process.find(bench.program)
    stop = threading.Event()
    total = sum(len(s.builds) for s in scenarios.values())
    done: list[BootResult] = []

    def one(item: tuple[str, Scenario]) -> list[BootResult]:
        results = _scenario(*item, bench, stop)
        done.extend(results)
        progress("boot", len(done), total)
        return results

    progress("boot", 0, total)
    with process.tended(), ThreadPoolExecutor(max(bench.jobs, 1)) as pool:
        try:
            return [result for results in pool.map(one, scenarios.items()) for result in results]
        except BaseException:
            # Ctrl-C or an error in one scenario: the others end their machines and return.
            stop.set()
            pool.shutdown(wait=True, cancel_futures=True)
            raise


def replay(name: str, scenario: Scenario, folder: Path) -> list[BootResult]:
    """Judge the boots of a scenario that are recorded below ``folder`` again, without QEMU.

    An error of QEMU stays what it was: the console does not show it.
    """
    results: list[BootResult] = []
    reference: tuple[str, ...] | None = None
    for build in scenario.builds:
        result, chunks = record.recorded(run_folder(folder, name, build))
        found = judge(chunks, scenario, result.exit_status)
        if result.verdict != "error":
            result = msgspec.structs.replace(
                result,
                verdict="fail" if found.cause else "pass",
                cause=found.cause,
                markers=found.markers,
            )
        results.append(_compared(result, found.captured, reference))
        reference = _reference(scenario, build, found.captured)
    return results


def run_folder(folder: Path, scenario: str, build: str) -> Path:
    """Where the boot of a scenario on a build leaves its files."""
    return folder / f"{scenario}-{build}"


def _scenario(
    name: str, scenario: Scenario, bench: Bench, stop: threading.Event
) -> list[BootResult]:
    results: list[BootResult] = []
    reference: tuple[str, ...] | None = None
    for build in scenario.builds:
        if stop.is_set():
            break
        result, captured = _boot(name, scenario, build, bench, stop)
        result = _compared(result, captured, reference)
        reference = _reference(scenario, build, captured)
        record.save(Path(result.log).parent, result)
        results.append(result)
    return results


def _reference(scenario: Scenario, build: str, captured: tuple[str, ...]) -> tuple[str, ...] | None:
    return captured if scenario.capture and build == "original" else None


def _compared(
    result: BootResult, captured: tuple[str, ...], reference: tuple[str, ...] | None
) -> BootResult:
    """The result, failed if it passed but printed other lines than the original did."""
    if reference is None or result.verdict != "pass":
        return result
    cause = difference(reference, captured)
    return msgspec.structs.replace(result, verdict="fail", cause=cause) if cause else result


def _boot(
    name: str, scenario: Scenario, build: str, bench: Bench, stop: threading.Event
) -> tuple[BootResult, tuple[str, ...]]:
    folder = run_folder(bench.folder, name, build)
    accelerator = choose(bench.mode, scenario.machine.virtualization, read_host())
    payload, guest = _payload(scenario, build, bench)
    qemu.prepare(folder, payload)
    if guest is not None:
        seal(folder / qemu.KERNEL, guest)
    argv = qemu.arguments(scenario.machine, payload, accelerator, bench.program)
    hearing = Judge(scenario)
    with record.Recorder(folder) as recorder:
        end = _converse(argv, folder, hearing, recorder, bench.most_console, stop)
        seconds = recorder.seconds
    found = hearing.judgement(end.status)
    result = BootResult(
        scenario=name,
        build=build,
        verdict="error" if end.error else "fail" if found.cause else "pass",
        cause=end.error or found.cause,
        accelerator=accelerator.name,
        accelerator_reason=accelerator.reason,
        command=process.quote(argv, folder),
        log=str(folder / record.CONSOLE),
        seconds=round(seconds, 3),
        exit_status=end.status,
        markers=found.markers,
    )
    return result, found.captured


def _payload(scenario: Scenario, build: str, bench: Bench) -> tuple[qemu.Payload, Path | None]:
    """Return what the machine boots, and the guest that the image is sealed with, if any."""
    if build not in bench.builds:
        raise TcbsplitError(f"there is no {build} build to boot; run the build first")
    tree, image = bench.builds[build]
    places = {**bench.places, "build": str(tree), "image": str(image)}

    def path(text: str) -> Path:
        return bench.base / fill(text, places)

    payload = qemu.Payload(
        kernel=path(scenario.kernel),
        modules=tuple((m.name, path(m.file)) for m in scenario.modules if build in m.builds),
        disk=path(scenario.disk) if scenario.disk else None,
    )
    sealed = build == "split" and scenario.seal
    return payload, path(scenario.seal) if sealed else None


def _converse(
    argv: list[str],
    folder: Path,
    hearing: Judge,
    recorder: record.Recorder,
    most: int,
    stop: threading.Event,
) -> _End:
    """Read the console and type until the verdict is certain; QEMU has ended on return."""
    stderr = folder / record.STDERR
    with process.running(argv, cwd=folder, stderr=stderr) as machine:
        while not stop.is_set():
            left = hearing.deadline - recorder.seconds
            if left <= 0:
                return _End(None)
            chunk = machine.read(min(left, _SLICE))
            if chunk is None:
                continue
            if not chunk:
                status = machine.wait(_LAST_WORDS)
                said = stderr.read_text(encoding="utf-8", errors="replace")
                return _End(status, qemu.environment_problem(said, status))
            for line in hearing.feed(chunk, recorder.add(chunk)):
                machine.write(line.encode() + b"\r")
            if recorder.size > most << 20:
                return _End(None, f"serial flood: more than {most} MiB of console")
    return _End(None, "interrupted")
