"""conflicts, explain, what-if: questions to a saved analysis; nothing is written."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from tcbsplit.config import Settings
from tcbsplit.model.graph import ReferenceGraph
from tcbsplit.model.phase import Classification, Cut
from tcbsplit.model.program import Program
from tcbsplit.model.result import BuildResult
from tcbsplit.phases import Directory, whatif
from tcbsplit.phases import conflicts as conflicting
from tcbsplit.phases import explain as explaining
from tcbsplit.phases import suggest as suggesting
from tcbsplit.phases.classify import resolve
from tcbsplit.phases.directory import complain
from tcbsplit.phases.measure import Scale
from tcbsplit.pipeline.analysis import directory_of, load_analysis, request_of
from tcbsplit.pipeline.oracle import linked_path
from tcbsplit.pipeline.workspace import Workspace, load
from tcbsplit.validate.image import read_image


@dataclass(frozen=True)
class Analysed:
    """A saved analysis with what its configuration says now."""

    settings: Settings
    space: Workspace
    program: Program
    graph: ReferenceGraph
    directory: Directory

    @classmethod
    def of(cls, settings: Settings, space: Workspace) -> Analysed:
        """Load it; raises ``SourceError`` when there is none."""
        program = load(space.program, Program)
        graph = load(space.graph, ReferenceGraph)
        return cls(settings, space, program, graph, directory_of(settings, program))

    def scale(self, image: Path | None) -> Scale:
        """Sizes of functions; bytes too where an image is there."""
        sizes = text_sizes(self.settings, self.space, image)
        return Scale(self.program, self.graph, sizes)


def conflicts(settings: Settings, space: Workspace) -> tuple[conflicting.Conflict, ...]:
    """What stays and mentions designated code without a cut."""
    analysed = Analysed.of(settings, space)
    request = resolve(analysed.graph, analysed.directory, request_of(settings))
    return conflicting.conflicts(analysed.program, analysed.graph, request)


def explain(space: Workspace, function: str) -> explaining.Explanation:
    """Why a function is in its class."""
    return explaining.explain(*load_analysis(space), function)


def between(space: Workspace, start: str, end: str) -> explaining.Between:
    """All chains from one function to another."""
    graph, classes = _classified(space)
    return explaining.between(graph, classes, start, end)


def what_if(
    settings: Settings,
    space: Workspace,
    cuts: Sequence[Cut],
    preprocess: Sequence[str],
    image: Path | None = None,
) -> whatif.Outcome:
    """What other cuts and designations would change; ``image`` is the linked ELF."""
    analysed = Analysed.of(settings, space)
    return whatif.what_if(
        analysed.graph,
        analysed.directory,
        request_of(settings),
        analysed.scale(image),
        cuts,
        preprocess,
    )


def suggest(
    settings: Settings,
    space: Workspace,
    weights: suggesting.Weights,
    budget: int = 0,
    image: Path | None = None,
) -> tuple[suggesting.Proposal, ...]:
    """What could leave beside what is designated already, best first."""
    analysed = Analysed.of(settings, space)
    request = resolve(analysed.graph, analysed.directory, request_of(settings))
    pinned, wrong = analysed.directory.resolve(settings.pinned, "pinned")
    complain(wrong)
    market = suggesting.Market(
        analysed.program, analysed.graph, request, analysed.scale(image), pinned, weights
    )
    return suggesting.suggest(market, budget)


def _classified(space: Workspace) -> tuple[ReferenceGraph, Classification]:
    return load(space.graph, ReferenceGraph), load(space.classes, Classification)


def text_sizes(settings: Settings, space: Workspace, image: Path | None) -> dict[str, int] | None:
    """Bytes by function of the linked image: the one given, configured, or built; else None."""
    linked = image or linked_path(settings, space)
    if linked is not None and linked.is_file() and linked.read_bytes()[:4] == b"\x7fELF":
        found = read_image(linked)
    elif space.builds.is_file():
        builds = load(space.builds, list[BuildResult])
        original = next((b for b in builds if b.name == "original"), None)
        if original is None:
            return None
        found = original.image
    else:
        return None
    return {s.name: s.size for s in found.functions}
