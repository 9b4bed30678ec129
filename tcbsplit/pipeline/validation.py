"""build, boot: from trees to images and verdicts."""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import msgspec

from tcbsplit import artifacts
from tcbsplit.config.scenario import Scenario, ScenarioFile
from tcbsplit.config.settings import Recipe, Settings
from tcbsplit.errors import ConfigError, SourceError, UnknownNameError, near
from tcbsplit.frontend.cache import default_path
from tcbsplit.model.accelerator import Mode
from tcbsplit.model.machine import Findings
from tcbsplit.model.program import Program
from tcbsplit.model.result import BootResult, BuildResult
from tcbsplit.pipeline import oracle
from tcbsplit.pipeline.analysis import directory_of, request_of
from tcbsplit.pipeline.capturing import tree_files
from tcbsplit.pipeline.workspace import Progress, Workspace, load, quiet, save
from tcbsplit.split.write.manifest import read_manifest
from tcbsplit.validate import Bench, boot_all, make_assets, replay_log
from tcbsplit.validate import boot as boot_scenarios
from tcbsplit.validate import build as build_tree
from tcbsplit.validate import replay as replay_scenario
from tcbsplit.validate.record import RESULT

BUILDS = ("original", "guest", "thin")


@dataclass(frozen=True)
class Booting:
    """How boots run."""

    mode: Mode = Mode.AUTO
    repeat: int = 1
    seed: int = 0  # of the first repetition; 0: none
    compare: bool = False
    jobs: int = 0  # at the same time; 0: as many as there are processors


ONCE = Booting()


def build(
    settings: Settings, space: Workspace, out: Path, progress: Progress = quiet
) -> list[BuildResult]:
    """Build original (in a copy, never in the input tree), guest and thin."""
    trees = {"original": space.original, "guest": out / "guest", "thin": out / "thin"}
    missing = [name for name in BUILDS if name not in settings.build]
    if missing:
        raise ConfigError(f"{settings.path}: build: missing {', '.join(missing)}")
    style = read_manifest(out).emission.style
    artifacts.copy_tree(settings.source, tree_files(settings), space.original)
    results = []
    for number, name in enumerate(BUILDS):
        progress("build", number, len(BUILDS))
        log = space.logs / f"build-{name}.log"
        guard = style == "guard" and name != "original"
        results.append(build_tree(name, trees[name], settings.build[name], log, guard=guard))
    progress("build", len(BUILDS), len(BUILDS))
    save(space.builds, results)
    hold_builds(settings, space, [b for b in results if b.name != "original"])
    return results


def hold_builds(
    settings: Settings, space: Workspace, builds: Sequence[BuildResult]
) -> dict[str, Findings]:
    """Hold the images of builds against the saved analysis, if there is one."""
    if not builds or not space.graph.is_file():
        return {}
    directory = directory_of(settings, load(space.program, Program))
    images = {b.name: Path(b.image.path) for b in builds}
    return oracle.hold(space, directory, request_of(settings), images)


def build_trees(
    out: Path, command: Sequence[str], image: str = "", progress: Progress = quiet
) -> list[BuildResult]:
    """Build the trees in ``out``: the guest by its own Makefile, thin by ``command``.

    ``image`` is what the command makes, below ``thin``; if not given, a file named like the image.
    Logs lie in ``out``. In the guard style the command has to define ``TCBSPLIT_THIN``.
    """
    made = read_manifest(out)
    if not command:
        raise ConfigError(f"{out}: give the command that builds thin: tcbsplit build OUT -- make")
    thin = out / "thin"
    progress("build", 0, 2)
    guest = Recipe(command=("make", "-j{jobs}"), image="guest.elf")
    results = [build_tree("guest", out / "guest", guest, out / "build-guest.log")]
    progress("build", 1, 2)
    words = tuple(w.replace("{", "{{").replace("}", "}}") for w in command)
    name = image or next(
        (n for n in (made.image, f"{made.image}.elf") if (thin / n).is_file()), f"{made.image}.elf"
    )
    recipe = Recipe(command=words, image=name)
    results.append(build_tree("thin", thin, recipe, out / "build-thin.log"))
    progress("build", 2, 2)
    return results


def boot(
    settings: Settings,
    space: Workspace,
    out: Path,
    names: Sequence[str] = (),
    *,
    how: Booting = ONCE,
    progress: Progress = quiet,
) -> list[BootResult]:
    """Boot the scenarios ``names`` (all, if none is named) and save the verdicts."""
    chosen = chosen_scenarios(settings, names)
    run = boot_all if how.mode is Mode.ALL else boot_scenarios
    results = run(chosen, bench(settings, space, out, how, space.boots), progress)
    save(space.verdicts, results)
    return results


def bench(settings: Settings, space: Workspace, out: Path, how: Booting, folder: Path) -> Bench:
    """Where the things are that boots need: what was built, or was given by ``--set``."""
    if settings.assets is not None:
        make_assets(settings.assets, settings.source, space.assets, space.logs / "assets.log")
    trees = {"original": space.original, "split": out / "thin", "guest": out / "guest"}
    images = {n: Path(settings.given[n]).absolute() for n in trees if n in settings.given}
    trees.update({n: image.parent for n, image in images.items()})
    if not images or space.builds.is_file():
        built = {b.name: Path(b.image.path) for b in load(space.builds, list[BuildResult])}
        names = {"original": "original", "split": "thin", "guest": "guest"}
        images = {**{n: built[b] for n, b in names.items() if b in built}, **images}
    return Bench(
        folder=folder,
        base=settings.path.parent,
        places={
            "assets": str(space.assets),
            "guest": str(images.get("guest", "")),
            "split": str(out),
            "source": str(settings.source),
        },
        builds={n: (trees[n], images[n]) for n in ("original", "split") if n in images},
        mode=how.mode,
        cache=default_path().parent,
        jobs=how.jobs or os.cpu_count() or 1,
        repeat=how.repeat,
        seed=how.seed,
        compare=how.compare,
    )


def replay(
    settings: Settings, path: Path, names: Sequence[str] = (), *, compare: bool = False
) -> list[BootResult]:
    """Judge recorded boots again, without QEMU.

    ``path`` is the folder of one boot, a file in it, or a folder of such folders.
    """
    if not path.exists():
        raise SourceError(f"{path}: no such record")
    if path.is_file() or (path / RESULT).is_file():
        return [replay_log(path, settings.scenarios)]
    results = []
    for name, scenario in chosen_scenarios(settings, names, values=False).items():
        results += replay_scenario(name, scenario, path, compare=compare)
    return results


def scenario_schema() -> dict[str, Any]:
    """The JSON Schema of a file of scenarios."""
    found = msgspec.json.schema(ScenarioFile)
    for name in ("Scenario",):
        # Templates lack keys, and both may name what they start from.
        part = found["$defs"][name]
        part["properties"]["base"] = {"type": "string"}
        part.pop("required", None)
    for part in found["$defs"].values():
        part["additionalProperties"] = False
    return found


def chosen_scenarios(
    settings: Settings, names: Sequence[str], *, values: bool = True
) -> dict[str, Scenario]:
    """The scenarios of these names; with ``values``, their parameters must have values."""
    if not settings.scenarios:
        raise ConfigError(f"{settings.path}: no scenarios to boot")
    unknown = [
        f"no scenario {n}{near(n, settings.scenarios)}; there are: {', '.join(settings.scenarios)}"
        for n in names
        if n not in settings.scenarios
    ]
    if unknown:
        raise UnknownNameError("\n".join(unknown))
    chosen = {n: settings.scenarios[n] for n in (names or settings.scenarios)}
    lacking = [
        f"scenario {name}: parameter {p} has no value; give --set {p}=… "
        f"({settings.parameters[p].about})"
        for name, scenario in chosen.items()
        for p in scenario.lacking
    ]
    if lacking and values:
        raise ConfigError("\n".join(lacking))
    return chosen
