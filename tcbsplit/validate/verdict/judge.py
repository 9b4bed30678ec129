# SPDX-License-Identifier: MIT
"""Judge a console: markers in order with deadlines, forbidden text, prompts, captured lines.

The same judge reads a running machine and a recording, so a saved log gets the verdict of the live
boot. It does no input or output.
"""

from __future__ import annotations

import codecs
import re
from collections.abc import Iterable
from dataclasses import dataclass

from tcbsplit.model.result import MarkerResult
from tcbsplit.model.vocabulary import StepKind, StepVerdict
from tcbsplit.validate.conversation.console import Console
from tcbsplit.validate.conversation.record import Chunk

_LONGEST_LINE = 4096  # characters; a longer one counts as several
_SHOWN = 120  # characters of a line that a cause quotes
_REST_OF_LINE = 0.5  # seconds to wait for the end of a line that holds forbidden text


@dataclass(frozen=True)
class Judgement:
    """The judgement of a console. ``captured`` are the lines that both builds must print alike."""

    cause: str  # why it fails; empty for a pass
    markers: tuple[MarkerResult, ...]
    captured: tuple[str, ...]
    missing: bool = False  # an expected marker did not come
    silent: bool = False  # nothing came at all


@dataclass
class _Sighting:
    seconds: float
    late: bool
    line: str


class Judge:
    """A ``console.Listener`` that judges a console piece by piece."""

    def __init__(self, wanted: Console) -> None:
        self._wanted = wanted
        self._decoder = codecs.getincrementaldecoder("utf-8")("replace")
        self._line = ""
        self._last = ""  # the last line that was not empty
        self._expected: list[_Sighting] = []
        self._forbidden: dict[str, _Sighting] = {}
        self._typed = 0
        self._column = 0  # of the current line, where the next marker may begin
        self._prompt_column = 0
        self._open: list[_Sighting] = []  # sightings whose line is not complete
        self._captured: list[str] = []
        self._heard = False
        self._pattern = re.compile(wanted.capture) if wanted.capture else None

    def feed(self, chunk: bytes, seconds: float) -> list[str]:
        """Take ``chunk``, which came ``seconds`` after the start; return lines to type now."""
        text = self._decoder.decode(chunk).replace("\r", "")
        self._heard = self._heard or bool(text)
        lines: list[str] = []
        for piece in re.split(r"(\n)", text):
            if piece == "\n":
                self._end_line()
            elif piece:
                self._line += piece
                self._look(seconds)
                lines += self._answer()
                if len(self._line) > _LONGEST_LINE:
                    self._end_line()
        return lines

    @property
    def complete(self) -> bool:
        """Whether all expected markers were seen."""
        return len(self._expected) == len(self._wanted.expect)

    @property
    def doomed(self) -> bool:
        """Whether a forbidden text was seen."""
        return bool(self._forbidden)

    @property
    def deadline(self) -> float:
        """The time to stop waiting, in seconds since the start."""
        wanted, seen = self._wanted, self._expected
        since = seen[-1].seconds if seen else 0.0
        if self._forbidden:
            return min(s.seconds for s in self._forbidden.values()) + _REST_OF_LINE
        if len(seen) < len(wanted.expect):
            return since + wanted.expect[len(seen)].within
        if wanted.exit is not None:
            return since + wanted.expect[-1].within
        return since + wanted.settle

    def judgement(self, status: int | None) -> Judgement:
        """Return the judgement; ``status`` is QEMU's, ``None`` if it had to be ended."""
        self._end_line()
        return Judgement(
            cause=self._cause(status),
            markers=self._markers(),
            captured=tuple(self._captured),
            missing=not self._forbidden and not self.complete,
            silent=not self._heard,
        )

    def _look(self, seconds: float) -> None:
        for text in self._wanted.forbid:
            if text not in self._forbidden and text in self._line:
                self._forbidden[text] = self._sighting(seconds, late=False)
        expect = self._wanted.expect
        while len(self._expected) < len(expect):
            marker = expect[len(self._expected)]
            at = self._line.find(marker.text, self._column)
            if at < 0:
                break
            self._column = at + len(marker.text)
            since = self._expected[-1].seconds if self._expected else 0.0
            self._expected.append(self._sighting(seconds, late=seconds - since > marker.within))

    def _sighting(self, seconds: float, late: bool) -> _Sighting:
        found = _Sighting(seconds, late, self._line)
        self._open.append(found)
        return found

    def _answer(self) -> list[str]:
        lines = []
        while self._typed < len(self._wanted.type):
            entry = self._wanted.type[self._typed]
            at = self._line.find(entry.after, self._prompt_column)
            if at < 0:
                break
            self._prompt_column = at + len(entry.after)
            self._typed += 1
            lines.append(entry.line)
        return lines

    def _end_line(self) -> None:
        line = self._line
        for sighting in self._open:
            sighting.line = line
        if line.strip():
            self._last = line
        if self._pattern and self._pattern.search(line):
            self._captured.append(line)
        self._open, self._line, self._column, self._prompt_column = [], "", 0, 0

    def _markers(self) -> tuple[MarkerResult, ...]:
        results = []
        for number, marker in enumerate(self._wanted.expect):
            found = self._expected[number] if number < len(self._expected) else None
            results.append(
                _result(
                    marker.text,
                    StepKind.EXPECT,
                    found,
                    StepVerdict.LATE if found.late else StepVerdict.SEEN,
                )
                if found
                else MarkerResult(
                    text=marker.text, kind=StepKind.EXPECT, verdict=StepVerdict.MISSING
                )
            )
        for text in self._wanted.forbid:
            found = self._forbidden.get(text)
            results.append(
                _result(text, StepKind.FORBID, found, StepVerdict.VIOLATED)
                if found
                else MarkerResult(text=text, kind=StepKind.FORBID, verdict=StepVerdict.ABSENT)
            )
        return tuple(results)

    def _cause(self, status: int | None) -> str:
        return (
            self._forbidden_cause()
            or self._missing_cause(status)
            or self._late_cause()
            or self._exit_cause(status)
            or self._other_cause()
        )

    def _forbidden_cause(self) -> str:
        for text, found in self._forbidden.items():
            return f"forbidden {text!r} on the console: {_short(found.line)}"
        return ""

    def _missing_cause(self, status: int | None) -> str:
        expect, seen = self._wanted.expect, len(self._expected)
        if seen == len(expect):
            return ""
        last = f"the last line was {_short(self._last)}" if self._last else "the console is empty"
        if status is not None:
            return f"QEMU ended with status {status} before {expect[seen].text!r}; {last}"
        after = f"after {expect[seen - 1].text!r}" if seen else "after the start"
        within = expect[seen].within
        return f"no {expect[seen].text!r} within {within} s {after}; {last}"

    def _late_cause(self) -> str:
        before = 0.0
        for marker, found in zip(self._wanted.expect, self._expected, strict=True):
            if found.late:
                took = found.seconds - before
                return f"{marker.text!r} took {took:.1f} s, wanted within {marker.within} s"
            before = found.seconds
        return ""

    def _exit_cause(self, status: int | None) -> str:
        wanted = self._wanted.exit
        if wanted is None or status == wanted:
            return ""
        if status is None:
            last = self._wanted.expect[-1]
            return (
                f"QEMU did not end within {last.within} s after {last.text!r}, "
                f"wanted exit status {wanted}"
            )
        return f"QEMU ended with status {status}, wanted {wanted}"

    def _other_cause(self) -> str:
        if self._typed < len(self._wanted.type):
            prompt = self._wanted.type[self._typed].after
            return f"the prompt {prompt!r} (number {self._typed + 1}) did not appear"
        if self._pattern and not self._captured:
            return f"no line matches {self._wanted.capture!r}: nothing to compare"
        return ""


def judge(recording: Iterable[Chunk], wanted: Console, status: int | None) -> Judgement:
    """Judge a recorded console; ``status`` is what QEMU ended with, ``None`` if it was ended."""
    hearing = Judge(wanted)
    for seconds, chunk in recording:
        hearing.feed(chunk, seconds)
    return hearing.judgement(status)


def difference(original: tuple[str, ...], split: tuple[str, ...]) -> str:
    """Return how the captured lines of two builds differ; empty if they do not."""
    for number, (one, other) in enumerate(zip(original, split, strict=False), 1):
        if one != other:
            return f"captured line {number} differs: original {_short(one)}, split {_short(other)}"
    if len(original) != len(split):
        return f"original printed {len(original)} captured lines, split {len(split)}"
    return ""


def _result(text: str, kind: StepKind, found: _Sighting, verdict: StepVerdict) -> MarkerResult:
    seconds = round(found.seconds, 3)
    return MarkerResult(text=text, kind=kind, verdict=verdict, seconds=seconds, line=found.line)


def _short(line: str) -> str:
    return repr(line if len(line) <= _SHOWN else line[: _SHOWN - 1] + "…")
