# SPDX-License-Identifier: MIT
"""The embedded hypervisor captured, analysed, split and built: each once a session."""

from __future__ import annotations

import shutil
from functools import cached_property
from pathlib import Path

import msgspec

from tcbsplit import artifacts
from tcbsplit.config.load import load
from tcbsplit.config.settings import Settings
from tcbsplit.model.edit import Emission
from tcbsplit.model.vocabulary import BuildName, Style
from tcbsplit.pipeline.analyze import analyze as run_analyze
from tcbsplit.pipeline.build import hold_builds
from tcbsplit.pipeline.capture import capture_copy
from tcbsplit.pipeline.extraction import Extraction
from tcbsplit.pipeline.split import split as run_split
from tcbsplit.pipeline.workspace import Workspace, save
from tcbsplit.validate.build.trees import build
from tests.support.shared import Shared

CONFIG = Path(__file__).resolve().parents[2] / "configs/minivisor.yaml"


class Minivisor:
    """Stages of minivisor that tests start from. What it returns is not to be written to."""

    def __init__(self, shared: Shared) -> None:
        self._shared = shared
        self.settings = load(CONFIG)

    @cached_property
    def how(self) -> Extraction:
        """Units are read once a session."""
        return Extraction(cache=self._shared("minivisor facts", lambda _: None) / "facts.sqlite")

    def analysed(self) -> Workspace:
        """The artifacts of ``capture`` and ``analyze``."""

        def make(folder: Path) -> None:
            space = Workspace(folder)
            capture_copy(self.settings, space)
            shutil.rmtree(space.original)
            run_analyze(self.settings, space, how=self.how)

        return Workspace(self._shared("minivisor analysed", make))

    def divided(self, style: Style, *, retire: bool = True) -> Path:
        """The emitted trees; unless ``retire``, of a split that erases nothing."""

        def make(folder: Path) -> None:
            space = self.copied(folder / "artifacts")
            emission = Emission(style=style)
            out = folder / "split"
            settings = self.settings if retire else lasting(self.settings)
            run_split(settings, space, out, how=self.how, emission=emission)

        name = f"minivisor {style}" if retire else f"minivisor {style}, lasting"
        return self._shared(name, make) / "split"

    def original(self, compiler: str = "gcc", level: str = "-O2") -> Path:
        """The original's tree, built."""

        def make(folder: Path) -> None:
            source = self.settings.source
            artifacts.copy_tree(source, artifacts.source_files(source), folder / "a tree")
            recipe = built_by(self.settings, compiler, level).build[BuildName.ORIGINAL]
            build(BuildName.ORIGINAL, folder / "a tree", recipe, folder / "build.log")

        return self._shared(f"minivisor by {compiler} {level}", make) / "a tree"

    def copied(self, folder: Path) -> Workspace:
        """A workspace of the caller's own, analysed."""
        shutil.copytree(self.analysed().folder, folder, dirs_exist_ok=True)
        return Workspace(folder)

    def built(
        self, folder: Path, style: Style, compiler: str = "gcc", level: str = "-O2",
        *, retire: bool = True,
    ) -> tuple[Settings, Workspace]:  # fmt: skip
        """A workspace of the caller's own, with all three builds, and the settings they have."""
        space = self.copied(folder)
        shutil.copytree(self.divided(style, retire=retire), space.split, symlinks=True)
        settings = built_by(self.settings if retire else lasting(self.settings), compiler, level)
        build_all(settings, space, style, self.original(compiler, level))
        return settings, space


def build_all(settings: Settings, space: Workspace, style: Style, original: Path) -> None:
    """Do what ``run_build`` does, with an original that is built already."""
    shutil.copytree(original, space.original, symlinks=True)
    trees = {
        BuildName.ORIGINAL: space.original,
        BuildName.GUEST: space.split / "guest",
        BuildName.THIN: space.split / "thin",
    }
    results = [
        build(
            name, tree, settings.build[name], space.logs / f"build-{name}.log",
            guard=style is Style.GUARD and name is not BuildName.ORIGINAL,
        )
        for name, tree in trees.items()
    ]  # fmt: skip
    save(space.builds, results)
    hold_builds(settings, space, results[1:])


def lasting(settings: Settings) -> Settings:
    """The settings of a split that erases nothing."""
    assert settings.split is not None
    return msgspec.structs.replace(
        settings, split=msgspec.structs.replace(settings.split, retire=None)
    )


def built_by(settings: Settings, compiler: str, level: str) -> Settings:
    """The settings with builds by ``compiler`` at ``level``."""
    words = (f"CC={compiler}", f"CFLAGS_EXTRA={level}")
    builds = {}
    for name, recipe in settings.build.items():
        guard = (f"CFLAGS_EXTRA={level} -DTCBSPLIT_THIN",) if name is BuildName.THIN else ()
        builds[name] = msgspec.structs.replace(
            recipe, command=(*recipe.command, *words), guard=guard
        )
    return msgspec.structs.replace(settings, build=builds)
