# SPDX-License-Identifier: MIT
"""Run builds and read their images."""

from __future__ import annotations

import os
import sys
from pathlib import Path

from tcbsplit import process
from tcbsplit.config.placeholders import fill_all
from tcbsplit.config.settings import Assets, Recipe
from tcbsplit.errors import BuildError
from tcbsplit.model.result import BuildResult
from tcbsplit.validate.build.image import read_image


def build(name: str, tree: Path, recipe: Recipe, log: Path, *, guard: bool = False) -> BuildResult:
    """Build ``tree`` as ``recipe`` says; the output goes to ``log``.

    With ``guard`` the tree is in the guard style: the recipe says how to define the macro.

    Raise ``BuildError`` if the command fails or makes no image.
    """
    places = {"jobs": str(os.cpu_count() or 1)}
    command = fill_all((*recipe.command, *(recipe.guard if guard else ())), places)
    if not tree.is_dir():
        raise BuildError(f"{tree}: there is no tree of the {name} build; run the stage before it")
    try:
        if recipe.clean:
            process.run(fill_all(recipe.clean, places), cwd=tree, timeout=recipe.timeout, log=log)
        process.run(command, cwd=tree, timeout=recipe.timeout, log=log)
    except BuildError as error:
        raise BuildError(f"the {name} build failed: {error}") from None
    image = tree / recipe.image
    if not image.is_file():
        raise BuildError(
            f"the {name} build made no {recipe.image}; see {log} and build.{name}.image"
        )
    return BuildResult(name=name, command=command, log=str(log), image=read_image(image))


def make_assets(assets: Assets, source: Path, folder: Path, log: Path) -> None:
    """Make the files that boots need (disk, configuration, token …) in ``folder``."""
    folder.mkdir(parents=True, exist_ok=True)
    places = {"python": sys.executable, "source": str(source), "assets": str(folder)}
    try:
        process.run(fill_all(assets.command, places), cwd=folder, timeout=assets.timeout, log=log)
    except BuildError as error:
        raise BuildError(f"the assets could not be made: {error}") from None
