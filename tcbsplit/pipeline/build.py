# SPDX-License-Identifier: MIT
"""Build the original, the guest and the thin hypervisor, and compare their machine code."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import nullcontext
from pathlib import Path

from msgspec.structs import replace

from tcbsplit.artifacts import relocatable
from tcbsplit.config.settings import Recipe, Settings
from tcbsplit.errors import BrokenContract, ConfigError
from tcbsplit.model.machine import Findings
from tcbsplit.model.manifest import Manifest
from tcbsplit.model.program import Program
from tcbsplit.model.result import BuildResult
from tcbsplit.model.vocabulary import BuildName, Side, Stage, Style
from tcbsplit.pipeline import machine_code, stages
from tcbsplit.pipeline.capture import database_of, tree_files
from tcbsplit.pipeline.holding import alone
from tcbsplit.pipeline.original import copied
from tcbsplit.pipeline.saved import directory_of, request_of
from tcbsplit.pipeline.workspace import Progress, Workspace, load, quiet, save
from tcbsplit.split.write.manifest import read_manifest
from tcbsplit.validate.build.contents import compare_symbols
from tcbsplit.validate.build.products import read_record, recorded
from tcbsplit.validate.build.trees import build as build_tree


@alone
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
    manifest = read_manifest(out)
    style = manifest.emission.style
    files = tree_files(settings, database_of(settings, space))
    results = []
    with recorded(out, manifest) as anew:
        for number, name in enumerate(BuildName):
            progress("build", number, len(BuildName))
            log, recipe = space.logs / f"build-{name}.log", settings.build[name]
            original = name is BuildName.ORIGINAL
            guard = style is Style.GUARD and not original
            with copied(settings.source, files, space) if original else nullcontext():
                results.append(build_tree(name, trees[name], recipe, log, guard=guard))
    progress("build", len(BuildName), len(BuildName))
    results = [replace(r, anew=anew) if r.name != BuildName.ORIGINAL else r for r in results]
    save(space.builds, results)
    _hold(out, manifest, results)
    hold_builds(settings, space, [b for b in results if b.name != BuildName.ORIGINAL])
    inputs = stages.build_inputs(settings, space, out)
    stages.remember(space, Stage.BUILD, inputs, *stages.images(space), space.builds)
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
    with recorded(out, made) as anew:
        progress("build", 0, 2)
        guest = Recipe(command=("make", "-j{jobs}"), image="guest.elf")
        results = [build_tree("guest", out / "guest", guest, out / "build-guest.log")]
        progress("build", 1, 2)
        words = tuple(w.replace("{", "{{").replace("}", "}}") for w in command)
        name = image or next(
            (n for n in (made.image, f"{made.image}.elf") if (thin / n).is_file()),
            f"{made.image}.elf",
        )
        recipe = Recipe(command=words, image=name)
        results.append(build_tree("thin", thin, recipe, out / "build-thin.log"))
        progress("build", 2, 2)
    results = [replace(r, anew=anew) for r in results]
    _hold(out, made, results)
    return results


def _hold(out: Path, manifest: Manifest, results: Sequence[BuildResult]) -> None:
    """Hold the symbols of what was built against the manifest; a difference breaks the contract."""
    images = {r.name: Path(r.image.path) for r in results}
    products = [p for p, state in read_record(out).products.items() if state.digest]
    objects = {
        side: [out / p for p in products if p.startswith(f"{side}/") and relocatable(out / p)]
        for side in Side
    }
    found = compare_symbols(manifest, images[BuildName.THIN], images[BuildName.GUEST], objects)
    if found:
        raise BrokenContract("\n".join(("the builds are not what the manifest says:", *found)))
