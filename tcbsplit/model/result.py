# SPDX-License-Identifier: MIT
"""Results of builds and boots, and the line table."""

from __future__ import annotations

import msgspec

from tcbsplit.model.base import Record
from tcbsplit.model.vocabulary import StepKind, StepVerdict, Verdict


class Offer(Record, frozen=True, kw_only=True):
    """An accelerator of a host: whether it can be used, and what it is or what is missing."""

    name: str
    there: bool
    text: str


class Symbol(Record, frozen=True, kw_only=True):
    """A function symbol of a linked image."""

    name: str
    file: str  # base name from the symbol table's file entry for local symbols, else ""
    address: int
    size: int  # bytes


class ImageFacts(Record, frozen=True, kw_only=True):
    """The facts read from a built ELF file."""

    path: str
    text_bytes: int  # of all executable sections
    functions: tuple[Symbol, ...]
    digest: str  # SHA-256 of the file


class BuildResult(Record, frozen=True, kw_only=True):
    """One build: name (original, thin, guest …), outcome, and the image if there is one."""

    name: str
    command: tuple[str, ...]
    log: str  # path of the build log
    image: ImageFacts
    anew: str = ""  # why products of an earlier build were removed


class MarkerResult(Record, frozen=True, kw_only=True):
    """One expected or forbidden marker of a scenario and what became of it."""

    text: str
    kind: StepKind
    verdict: StepVerdict
    seconds: float | None = None  # since the start of the machine
    line: str = ""  # the console line that holds it


class DiskResult(Record, frozen=True, kw_only=True):
    """A disk after a boot."""

    name: str  # of the copy in the folder of the boot
    sha256: str
    problem: str = ""  # what the scenario wanted otherwise


class RunResult(Record, frozen=True, kw_only=True):
    """One repetition of a boot."""

    seed: int
    verdict: Verdict
    cause: str
    log: str
    seconds: float


class BootResult(Record, frozen=True, kw_only=True):
    """The verdict of one scenario on one build.

    ``error``: nothing can be said of the build (QEMU failed, a file is missing, the machine was
    silent or kept resetting). ``flaky``: repetitions disagree; of the fields, those of the first
    one that did not pass are shown.
    """

    scenario: str
    build: str
    verdict: Verdict
    cause: str  # empty for pass
    accelerator: str
    accelerator_reason: str  # why this one
    machine: str = ""  # what the accelerator is here: "nested: kvm_amd 6.1.0 on TCG"
    evidence: dict[str, str] = msgspec.field(default_factory=dict)  # what the machine tells
    unchecked: tuple[str, ...] = ()  # what the scenario wants and the accelerator cannot show
    command: str  # exact, quoted for a shell
    again: str = ""  # the script that holds it, in a report
    log: str  # path of the serial log
    seconds: float
    exit_status: int | None
    markers: tuple[MarkerResult, ...]
    disks: tuple[DiskResult, ...] = ()
    resets: int = 0  # of the machine by its guest
    ended: str = ""  # why the machine stopped, in QEMU's words: guest-shutdown, guest-reset …
    seed: int = 0
    divergence: tuple[str, ...] = ()  # where a split left the original's way, in context
    runs: tuple[RunResult, ...] = ()  # all repetitions, if there are several


class Figures(Record, frozen=True, kw_only=True):
    """Lines, functions, decisions, indirect call sites and bytes of one cell of the report."""

    lines: int = 0
    functions: int = 0
    complexity: int = 0  # sum of McCabe numbers
    indirect: int = 0
    text_bytes: int = 0


class ComponentRow(Record, frozen=True, kw_only=True):
    """One component (or the total) over the columns of the report."""

    component: str
    original: Figures
    kept: Figures  # thin without glue
    glue: Figures  # generated code and adapter on the thin side: counts as TCB
    guest: Figures
    shared: Figures
    unreached: Figures


class LocTable(Record, frozen=True, kw_only=True):
    """The line table: rows per component, the total, complexity ranks, the reduction."""

    rows: tuple[ComponentRow, ...]
    total: ComponentRow
    ranks: dict[str, dict[str, int]]  # column -> radon rank A..F -> functions
    reduction_lines: float  # share of original lines that left: 1 - (kept + glue) / original
    reduction_text: float
