# SPDX-License-Identifier: MIT
"""Build the original, the guest and the thin hypervisor, and compare their machine code."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from tcbsplit import artifacts
from tcbsplit.config.settings import Recipe, Settings
from tcbsplit.errors import ConfigError
from tcbsplit.model.machine import Findings
from tcbsplit.model.program import Program
from tcbsplit.model.result import BuildResult
from tcbsplit.model.vocabulary import BuildName, Style
from tcbsplit.pipeline import machine_code
from tcbsplit.pipeline.capture import tree_files
from tcbsplit.pipeline.saved import directory_of, request_of
from tcbsplit.pipeline.workspace import Progress, Workspace, load, quiet, save
from tcbsplit.split.write.manifest import read_manifest
from tcbsplit.validate.build.trees import build as build_tree


def build(
    settings: Settings, space: Workspace, out: Path, progress: Progress = quiet
) -> list[BuildResult]:
    """Build original (in a copy, never in the input tree), guest and thin."""
    trees = {
        BuildName.ORIGINAL: space.original,
        BuildName.GUEST: out / "guest",
        BuildName.THIN: out / "thin",
    }
    missing = [name for name in BuildName if name not in settings.build]
    if missing:
        raise ConfigError(f"{settings.path}: build: missing {', '.join(missing)}")
    style = read_manifest(out).emission.style
    artifacts.copy_tree(settings.source, tree_files(settings), space.original)
    results = []
    for number, name in enumerate(BuildName):
        progress("build", number, len(BuildName))
        log = space.logs / f"build-{name}.log"
        guard = style is Style.GUARD and name is not BuildName.ORIGINAL
        results.append(build_tree(name, trees[name], settings.build[name], log, guard=guard))
    progress("build", len(BuildName), len(BuildName))
    save(space.builds, results)
    hold_builds(settings, space, [b for b in results if b.name != BuildName.ORIGINAL])
    return results


def hold_builds(
    settings: Settings, space: Workspace, builds: Sequence[BuildResult]
) -> dict[str, Findings]:
    """Compare the images of builds with the saved analysis, if there is one."""
    if not builds or not space.graph.is_file():
        return {}
    directory = directory_of(settings, load(space.program, Program))
    images = {b.name: Path(b.image.path) for b in builds}
    return machine_code.hold(space, directory, request_of(settings), images)


def build_trees(
    out: Path, command: Sequence[str], image: str = "", progress: Progress = quiet
) -> list[BuildResult]:
    """Build the trees in ``out``: the guest by its own Makefile, thin by ``command``.

    ``image`` is the result of the command, below ``thin``; by default a file with the image's name.
    Logs are in ``out``. In the guard style the command must define ``TCBSPLIT_THIN``.
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
