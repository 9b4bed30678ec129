# SPDX-License-Identifier: MIT
"""Name the artifacts of a configuration, save them and load them."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Protocol, TypeVar

import msgspec

from tcbsplit import artifacts
from tcbsplit.errors import SourceError

T = TypeVar("T")


class Progress(Protocol):
    """Is told how much of a stage is done, and what is waited for if for long."""

    def __call__(self, stage: str, done: int, total: int, note: str = "", /) -> None: ...


def quiet(stage: str, done: int, total: int, note: str = "") -> None:
    """A progress that nobody sees."""


@dataclass(frozen=True)
class Workspace:
    """Where the artifacts of one configuration lie."""

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
        """Machine code against the graph and the classes, by build."""
        return self.folder / "machine.json"

    @property
    def degraded(self) -> Path:
        """What it takes to reproduce parse errors, a folder for each unit."""
        return self.folder / "degraded"

    @property
    def agreed(self) -> Path:
        """Digests of the units that were seen to be read as their compiler reads them."""
        return self.folder / "agreed.msgpack"

    @property
    def stamp(self) -> Path:
        """What the analysis was made from."""
        return self.folder / "analysis.stamp"

    @property
    def analysis(self) -> Path:
        """The contract for other tools."""
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
        """A copy of the input tree, built there."""
        return self.folder / "original"

    @property
    def logs(self) -> Path:
        """Logs of builds."""
        return self.folder / "logs"

    @property
    def builds(self) -> Path:
        """What the builds made."""
        return self.folder / "builds.msgpack"

    @property
    def assets(self) -> Path:
        """What the boots need."""
        return self.folder / "assets"

    @property
    def boots(self) -> Path:
        """The boots, a folder each, and their verdicts."""
        return self.folder / "boots"

    @property
    def traces(self) -> Path:
        """Boots under the trace plugin, a folder each, with what they ran."""
        return self.folder / "traces"

    @property
    def audit(self) -> Path:
        """What ran against what can run."""
        return self.folder / "audit.json"

    @property
    def verdicts(self) -> Path:
        """The verdicts of all boots of the last run."""
        return self.folder / "boots.json"


def save(path: Path, value: object) -> None:
    """Save an artifact; the format follows the name (.json or .msgpack)."""
    if path.suffix == ".json":
        content = msgspec.json.format(msgspec.json.encode(value), indent=1) + b"\n"
    else:
        content = msgspec.msgpack.encode(value)
    artifacts.write_atomically(path, content)


def load(path: Path, kind: type[T]) -> T:
    """Load an artifact; raises ``SourceError`` that says which stage is missing."""
    decode = msgspec.json.decode if path.suffix == ".json" else msgspec.msgpack.decode
    try:
        return decode(path.read_bytes(), type=kind)
    except FileNotFoundError:
        raise SourceError(
            f"{path}: not there yet; run the stage before it (tcbsplit run CONFIG)"
        ) from None
    except msgspec.DecodeError:
        raise SourceError(f"{path}: written by another version of tcbsplit; run it again") from None
