# SPDX-License-Identifier: MIT
"""Name, save and load the artifacts of a configuration."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol, TypeVar

import msgspec

from tcbsplit import artifacts
from tcbsplit.errors import SourceError
from tcbsplit.files import decode, read_file

T = TypeVar("T")


class Progress(Protocol):
    """A callback for the progress of a stage; ``note`` names the cause of a long wait."""

    def __call__(self, stage: str, done: int, total: int, note: str = "", /) -> None: ...


def quiet(stage: str, done: int, total: int, note: str = "") -> None:
    """Ignore the progress."""


@dataclass(frozen=True)
class Workspace:
    """The paths of the artifacts of one configuration."""

    folder: Path

    @property
    def compdb(self) -> Path:
        """The compile database made by ``capture``."""
        return self.folder / "compile_commands.json"

    @property
    def program(self) -> Path:
        """The linked program."""
        return self.folder / "program.msgpack"

    @property
    def graph(self) -> Path:
        """The reference graph."""
        return self.folder / "graph.msgpack"

    @property
    def classes(self) -> Path:
        """Phases and classes with their chains."""
        return self.folder / "classes.msgpack"

    @property
    def machine(self) -> Path:
        """Findings of comparing machine code with graph and classes, by build."""
        return self.folder / "machine.json"

    @property
    def degraded(self) -> Path:
        """Files to reproduce parse errors, a folder for each unit."""
        return self.folder / "degraded"

    @property
    def agreed(self) -> Path:
        """Digests of the units that agreed with their compilers."""
        return self.folder / "agreed.msgpack"

    @property
    def stamp(self) -> Path:
        """The inputs and outputs of the analysis (``uptodate.Stamp``)."""
        return self.folder / "analysis.stamp"

    @property
    def stages(self) -> Path:
        """What the later stages were made of (``pipeline.stages``)."""
        return self.folder / "stages.msgpack"

    @property
    def analysis(self) -> Path:
        """The analysis in the stable format for other tools."""
        return self.folder / "analysis.json"

    @property
    def plan(self) -> Path:
        """The plan of the last split."""
        return self.folder / "split.msgpack"

    @property
    def split(self) -> Path:
        """OUT of the split, unless the user chose another."""
        return self.folder / "split"

    @property
    def original(self) -> Path:
        """A copy of the input tree, in which it is built."""
        return self.folder / "original"

    @property
    def unfinished(self) -> Path:
        """There while a build in the copy has not ended (``pipeline.original``)."""
        return self.folder / "original.unfinished"

    @property
    def logs(self) -> Path:
        """Logs of builds."""
        return self.folder / "logs"

    @property
    def builds(self) -> Path:
        """The results of the builds."""
        return self.folder / "builds.msgpack"

    @property
    def assets(self) -> Path:
        """Files for the boots."""
        return self.folder / "assets"

    @property
    def boots(self) -> Path:
        """The boots, a folder each, and their verdicts."""
        return self.folder / "boots"

    @property
    def traces(self) -> Path:
        """Boots under the trace plugin, a folder each, with their traces."""
        return self.folder / "traces"

    @property
    def audit(self) -> Path:
        """The comparison of executed functions with the analysis."""
        return self.folder / "audit.json"

    @property
    def verdicts(self) -> Path:
        """The verdicts of all boots of the last run."""
        return self.folder / "boots.json"


def save(path: Path, value: object) -> None:
    """Save an artifact; the suffix selects the format (.json or .msgpack)."""
    save_all((path, value))


def save_all(*values: tuple[Path, object]) -> None:
    """Save artifacts of one folder that belong together.

    Their digests are written last: until then none of them can be loaded.
    """

    def written() -> Iterator[tuple[str, bytes]]:
        for path, value in values:  # one at a time: each is tens of MB for a large hypervisor
            content = encoded(path, value)
            artifacts.write_atomically(path, content)
            yield path.name, content

    artifacts.vouch(values[0][0].parent, written())


def encoded(path: Path, value: object) -> bytes:
    """Return the content of a file that holds ``value``, in the format of its suffix."""
    if path.suffix == ".json":
        return msgspec.json.format(msgspec.json.encode(value), indent=1) + b"\n"
    return msgspec.msgpack.encode(value, order="deterministic")


def load(path: Path, kind: type[T]) -> T:
    """Load an artifact; raise ``SourceError`` unless it is there as it was saved last.

    A damaged one, one that was put there by somebody else, and one whose companions were not
    written to the end are refused.
    """
    try:
        content = read_file(path)
    except FileNotFoundError:
        raise SourceError(
            f"{path}: not there yet; run the stage before it (tcbsplit run CONFIG)"
        ) from None
    except OSError as error:
        raise SourceError(f"{path}: cannot be read: {error.strerror}") from None
    try:
        if not artifacts.vouched(path, content):
            raise ValueError
        return decode(path, content, kind)
    except ValueError:
        raise SourceError(
            f"{path}: written by another version of tcbsplit, or damaged, or by a run that did not "
            "end; run it again"
        ) from None


def saved(path: Path) -> bool:
    """Return whether an artifact was saved, even if it is gone: then it cannot be loaded."""
    return artifacts.recorded(path)


def sound(path: Path) -> bool:
    """Return whether an artifact is there as it was saved last."""
    try:
        return artifacts.vouched(path, read_file(path))
    except OSError:
        return False
