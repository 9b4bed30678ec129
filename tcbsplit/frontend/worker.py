# SPDX-License-Identifier: MIT
"""Extract units in one process, which parses one unit while it walks the one before."""

from __future__ import annotations

import gc
import signal
import traceback
from collections.abc import Callable, Iterator, MutableSequence, Sequence
from concurrent.futures import ThreadPoolExecutor
from multiprocessing.connection import Connection
from pathlib import Path

import msgspec

from tcbsplit import process
from tcbsplit.errors import BuildError
from tcbsplit.frontend.assembly import extract_assembly, extract_object
from tcbsplit.frontend.extract.libclang import tune_process
from tcbsplit.frontend.extract.parse import parse
from tcbsplit.frontend.extract.parsed import NoTree, Parsed
from tcbsplit.frontend.extract.shared import Shared
from tcbsplit.frontend.extract.unit import read
from tcbsplit.model.compiler import Compiler
from tcbsplit.model.unit import CompileCommand, Diagnostic, UnitFacts
from tcbsplit.model.vocabulary import Language

Item = tuple[CompileCommand, Compiler]
Items = Sequence[Item]

NOW, AHEAD = range(2)  # of the marks: the place of the unit that is read, and of the one parsed
NONE = -1

_encode = msgspec.msgpack.Encoder().encode


class Batch(msgspec.Struct, frozen=True, array_like=True):
    """Encoded facts of units at some positions, and of headers that were not sent before."""

    places: list[int]
    units: list[msgspec.Raw]
    shared: dict[str, msgspec.Raw]


class Worker:
    """An extractor of units that records the headers walked and the facts sent."""

    def __init__(self, root: Path, ahead: bool, marks: MutableSequence[int] | None = None) -> None:
        """Prepare; with ``ahead``, one unit is parsed while another is walked.

        ``marks`` (two numbers) are the positions of these units, for the parent process.
        """
        self._root = root
        self._ahead = ahead
        self._marks = [NONE, NONE] if marks is None else marks
        self._shared = Shared()
        self._sent: set[str] = set()

    def units(self, places: Sequence[int], items: Items) -> Iterator[UnitFacts]:
        """Yield the facts of the items at ``places``, in that order."""
        # Trees of millions of short-lived objects without cycles: collecting is half the time.
        enabled = gc.isenabled()
        gc.disable()
        try:
            yield from (self._both if self._ahead else self._one_by_one)(places, items)
        finally:
            self._marks[NOW] = NONE
            if enabled:
                gc.enable()

    def pack(self, places: Sequence[int], units: Sequence[UnitFacts]) -> bytes:
        """Return the encoded ``Batch`` of units with what was not sent before."""
        new = {d for u in units for d in u.shared} - self._sent
        self._sent.update(new)
        pieces = {d: msgspec.Raw(self._shared.pieces[d]) for d in sorted(new)}
        return _encode(Batch(list(places), [msgspec.Raw(_encode(u)) for u in units], pieces))

    def parse(self, item: Item) -> Parsed | None:
        """Parse a unit of C. May run in another thread than ``read``."""
        command, compiler = item
        return parse(command, self._root, compiler) if command.language is Language.C else None

    def read(self, command: CompileCommand, parsed: Parsed | None) -> UnitFacts:
        """Return the facts of a parsed unit, or of an assembly source."""
        if command.language is Language.OTHER:
            return extract_object(command)
        if parsed is None:
            return extract_assembly(command, self._root)
        return read(command, self._root, parsed, self._shared)

    def _one_by_one(self, places: Sequence[int], items: Items) -> Iterator[UnitFacts]:
        for place in places:
            self._marks[NOW] = place
            yield self._read(items[place][0], self._parse(items[place]))

    def _both(self, places: Sequence[int], items: Items) -> Iterator[UnitFacts]:
        """Walk each unit while a thread parses the next (parsing releases the GIL)."""

        def early(place: int) -> Parsed | UnitFacts | None:
            self._marks[AHEAD] = place
            try:
                return self._parse(items[place])
            finally:
                self._marks[AHEAD] = NONE

        with ThreadPoolExecutor(1) as thread:
            coming = thread.submit(early, places[0])
            for i, place in enumerate(places):
                self._marks[NOW] = place
                parsed = coming.result()
                if i + 1 < len(places):
                    coming = thread.submit(early, places[i + 1])
                yield self._read(items[place][0], parsed)

    def _parse(self, item: Item) -> Parsed | UnitFacts | None:
        try:
            return self.parse(item)
        except NoTree as error:
            return abandoned(item[0], error.why)

    def _read(self, command: CompileCommand, parsed: Parsed | UnitFacts | None) -> UnitFacts:
        if isinstance(parsed, UnitFacts):
            return parsed
        try:
            return self.read(command, parsed)
        except BuildError as error:  # an assembler that hangs
            return abandoned(command, str(error))
        except RecursionError:
            return abandoned(command, "nested too deeply to be read")
        finally:
            if parsed is not None:
                parsed.close()


def abandoned(command: CompileCommand, why: str) -> UnitFacts:
    """Return the facts of a unit of which nothing could be read."""
    return UnitFacts(
        file=command.file,
        language=command.language,
        dependencies=(command.file,),
        diagnostics=(Diagnostic(command.file, 0, why),),
        abandoned=True,
    )


Making = Callable[[Path, bool, MutableSequence[int]], Worker]


def serve(
    pipe: Connection, marks: MutableSequence[int], items: Items, root: Path, ahead: bool,
    make: Making, parent: int,
) -> None:  # fmt: skip
    """Run a worker process: read the units whose places arrive, send each when it is done.

    An empty message says that an error follows.
    """
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # the terminal sends it to us as well
    for number in (signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, signal.SIG_DFL)
    process.tie(parent)
    tune_process()
    try:
        worker = make(root, ahead, marks)
        while True:
            places = pipe.recv()
            for place, unit in zip(places, worker.units(places, items), strict=True):
                pipe.send_bytes(worker.pack([place], [unit]))
    except (EOFError, ConnectionError):
        return  # the other end of the pipe is closed
    except Exception as error:
        error.add_note(traceback.format_exc())  # tracebacks do not travel
        pipe.send_bytes(b"")
        pipe.send(error)
