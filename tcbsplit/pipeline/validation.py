"""build, boot: from trees to images and verdicts."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path

from tcbsplit import artifacts
from tcbsplit.config import Recipe, Scenario, Settings
from tcbsplit.errors import ConfigError, UnknownNameError, near
from tcbsplit.model.result import BootResult, BuildResult
from tcbsplit.pipeline.capturing import tree_files
from tcbsplit.pipeline.workspace import Progress, Workspace, load, quiet, save
from tcbsplit.split.manifest import read_manifest
from tcbsplit.validate import Bench, Mode, make_assets
from tcbsplit.validate import boot as boot_scenarios
from tcbsplit.validate import build as build_tree
from tcbsplit.validate import replay as replay_scenario

BUILDS = ("original", "guest", "thin")


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
    return results


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
    mode: Mode = "auto",
    progress: Progress = quiet,
) -> list[BootResult]:
    """Boot the scenarios ``names`` (all, if none is named) and save the verdicts."""
    chosen = _chosen(settings, names)
    builds = {b.name: b for b in load(space.builds, list[BuildResult])}
    if settings.assets is not None:
        make_assets(settings.assets, settings.source, space.assets, space.logs / "assets.log")
    bench = Bench(
        folder=space.boots,
        base=settings.path.parent,
        places={
            "assets": str(space.assets),
            "guest": builds["guest"].image.path,
            "split": str(out),
            "source": str(settings.source),
        },
        builds={
            "original": (space.original, Path(builds["original"].image.path)),
            "split": (out / "thin", Path(builds["thin"].image.path)),
        },
        mode=mode,
        jobs=os.cpu_count() or 1,
    )
    results = boot_scenarios(chosen, bench, progress)
    save(space.verdicts, results)
    return results


def replay(settings: Settings, space: Workspace, names: Sequence[str] = ()) -> list[BootResult]:
    """Judge recorded boots again, without QEMU."""
    results = []
    for name, scenario in _chosen(settings, names).items():
        results += replay_scenario(name, scenario, space.boots)
    return results


def _chosen(settings: Settings, names: Sequence[str]) -> dict[str, Scenario]:
    if not settings.scenarios:
        raise ConfigError(f"{settings.path}: no scenarios to boot")
    unknown = [
        f"no scenario {n}{near(n, settings.scenarios)}; there are: {', '.join(settings.scenarios)}"
        for n in names
        if n not in settings.scenarios
    ]
    if unknown:
        raise UnknownNameError("\n".join(unknown))
    return {n: settings.scenarios[n] for n in (names or settings.scenarios)}
