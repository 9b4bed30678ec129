# SPDX-License-Identifier: MIT
"""Boot scenarios, or judge recorded boots again."""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from tcbsplit.config.scenario import Scenario
from tcbsplit.config.settings import Settings
from tcbsplit.errors import ConfigError, SourceError, UnknownNameError, near
from tcbsplit.frontend.cache import default_path
from tcbsplit.model.accelerator import Mode
from tcbsplit.model.result import BootResult
from tcbsplit.model.vocabulary import Stage
from tcbsplit.pipeline import stages
from tcbsplit.pipeline.holding import alone
from tcbsplit.pipeline.retire import retires, trap_teller
from tcbsplit.pipeline.saved import load_builds
from tcbsplit.pipeline.workspace import Progress, Workspace, quiet, save, saved
from tcbsplit.validate.across import boot_all
from tcbsplit.validate.boot import Bench
from tcbsplit.validate.boot import boot as boot_scenarios
from tcbsplit.validate.build.trees import make_assets
from tcbsplit.validate.conversation.record import RESULT
from tcbsplit.validate.replay import replay as replay_scenario
from tcbsplit.validate.replay import replay_log


@dataclass(frozen=True)
class Booting:
    """Options of boots."""

    mode: Mode = Mode.AUTO
    repeat: int = 1
    seed: int = 0  # of the first repetition; 0: none
    compare: bool = False
    jobs: int = 0  # in parallel; 0: the number of processors


ONCE = Booting()


@alone
def boot(
    settings: Settings,
    space: Workspace,
    out: Path,
    names: Sequence[str] = (),
    *,
    how: Booting = ONCE,
    progress: Progress = quiet,
) -> list[BootResult]:
    """Boot the scenarios ``names`` (by default all) and save the verdicts."""
    chosen = chosen_scenarios(settings, names)
    run = boot_all if how.mode is Mode.ALL else boot_scenarios
    results = run(chosen, bench(settings, space, out, how, space.boots), progress)
    save(space.verdicts, results)
    if not names and not settings.given:
        stages.remember(
            space, Stage.BOOT, stages.boot_inputs(settings, space, how.mode), space.verdicts
        )
    return results


def bench(settings: Settings, space: Workspace, out: Path, how: Booting, folder: Path) -> Bench:
    """Return the files for boots: those that were built, or given by ``--set``."""
    if settings.assets is not None:
        make_assets(settings.assets, settings.source, space.assets, space.logs / "assets.log")
    trees = {"original": space.original, "split": out / "thin", "guest": out / "guest"}
    images = {n: Path(settings.given[n]).absolute() for n in trees if n in settings.given}
    trees.update({n: image.parent for n, image in images.items()})
    if not images or saved(space.builds):
        built = {b.name: Path(b.image.path) for b in load_builds(space)}
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
        explain=trap_teller(settings, space) if retires(settings) else None,
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


def chosen_scenarios(
    settings: Settings, names: Sequence[str], *, values: bool = True
) -> dict[str, Scenario]:
    """Return the scenarios of these names; with ``values``, their parameters must have values."""
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
