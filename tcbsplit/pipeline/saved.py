# SPDX-License-Identifier: MIT
"""Load a saved analysis together with its current configuration."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from pathlib import Path

from tcbsplit.callgraph import entries
from tcbsplit.config.settings import Settings
from tcbsplit.errors import SourceError
from tcbsplit.files import read_file
from tcbsplit.model.graph import ReferenceGraph
from tcbsplit.model.phase import Classification
from tcbsplit.model.program import Program
from tcbsplit.model.result import BuildResult
from tcbsplit.model.vocabulary import BuildName
from tcbsplit.phases import Directory, Request
from tcbsplit.phases.measure import Scale
from tcbsplit.phases.request import Resolved, resolve
from tcbsplit.pipeline.machine_code import linked_path
from tcbsplit.pipeline.workspace import Workspace, load, saved
from tcbsplit.validate.build.image import read_image


def load_classes(space: Workspace) -> tuple[ReferenceGraph, Classification]:
    """Load the graph and the classes; raise ``SourceError`` if there are none."""
    return load(space.graph, ReferenceGraph), load(space.classes, Classification)


def load_analysis(space: Workspace) -> tuple[Program, ReferenceGraph, Classification]:
    """Load the program, the graph and the classes; raise ``SourceError`` if there are none."""
    return (load(space.program, Program), *load_classes(space))


def load_builds(space: Workspace) -> list[BuildResult]:
    """Load what was built; raise ``SourceError`` where the images are not those of this folder."""
    results = load(space.builds, list[BuildResult])
    for result in results:
        image = Path(result.image.path)
        ours = image.parent.resolve().is_relative_to(space.original.resolve())
        if result.name == BuildName.ORIGINAL and not ours:
            raise SourceError(
                f"{space.folder}: was moved or copied; its builds are at {image.parent}: "
                "run tcbsplit build again"
            )
        try:
            same = hashlib.sha256(read_file(image)).hexdigest() == result.image.digest
        except OSError:
            raise SourceError(
                f"{image}: the image of the {result.name} build is gone; run tcbsplit build again"
            ) from None
        if not same:
            raise SourceError(
                f"{image}: is not what the {result.name} build made; run tcbsplit build again"
            )
    return results


def check_place(program: Program, settings: Settings, space: Workspace) -> None:
    """Raise ``SourceError`` if the analysis is of a source tree in another place."""
    if program.root != str(settings.source):
        raise SourceError(
            f"{space.program}: is the analysis of {program.root}, and the source tree is "
            f"{settings.source} now; analyze again"
        )


def directory_of(settings: Settings, program: Program) -> Directory:
    """Return all symbols that a pattern of the settings may match."""
    return Directory(program, {r.name: tuple(entries(program, r)) for r in settings.registries})


def request_of(settings: Settings) -> Request:
    """Return the request of the settings: roots, cuts and designations."""
    guest = settings.split.guest if settings.split else None
    return Request(
        boot=settings.roots.boot,
        runtime=settings.roots.runtime,
        boot_only=settings.roots.boot_only,
        launch=settings.launch,
        preprocess=settings.preprocess,
        cuts=settings.cuts,
        phase_variables=settings.phase_variables,
        provided=guest.provides if guest else (),
        used=guest.uses if guest else (),
    )


@dataclass(frozen=True)
class Analysed:
    """A saved analysis with its current configuration."""

    settings: Settings
    space: Workspace
    program: Program
    graph: ReferenceGraph
    directory: Directory

    @classmethod
    def of(cls, settings: Settings, space: Workspace) -> Analysed:
        """Load it; raise ``SourceError`` if there is none."""
        program = load(space.program, Program)
        check_place(program, settings, space)
        graph = load(space.graph, ReferenceGraph)
        return cls(settings, space, program, graph, directory_of(settings, program))

    def request(self) -> Resolved:
        """Return the request of the configuration with all patterns resolved."""
        return resolve(self.graph, self.directory, request_of(self.settings))

    def scale(self, image: Path | None) -> Scale:
        """Return the sizes of functions, with bytes if there is an image."""
        sizes = text_sizes(self.settings, self.space, image)
        return Scale(self.program, self.graph, sizes)


def text_sizes(settings: Settings, space: Workspace, image: Path | None) -> dict[str, int] | None:
    """Return bytes by function of the given, configured or built linked image, or None."""
    linked = image or linked_path(settings, space)
    if linked is not None and linked.is_file() and linked.read_bytes()[:4] == b"\x7fELF":
        found = read_image(linked)
    elif saved(space.builds):
        builds = load(space.builds, list[BuildResult])
        original = next((b for b in builds if b.name == BuildName.ORIGINAL), None)
        if original is None:
            return None
        found = original.image
    else:
        return None
    return {s.name: s.size for s in found.functions}
