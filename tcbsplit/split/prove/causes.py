# SPDX-License-Identifier: MIT
"""Says why an emitted tree does not compile, in terms of the input: what, where, what to do."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from functools import cached_property
from pathlib import Path

from tcbsplit.model.program import Program
from tcbsplit.model.split import Split, Stub
from tcbsplit.model.unit import Diagnostic, FunctionFact, VariableFact
from tcbsplit.model.vocabulary import CutPolicy, Side, Style, SymbolId, bare_name
from tcbsplit.split.edit.apply import by_file
from tcbsplit.split.edit.conditionals import conditionals
from tcbsplit.split.edit.sourcefile import Sources
from tcbsplit.split.prove.origins import Origin, Origins, line_of, touching

_QUOTED = re.compile(r"'([A-Za-z_]\w*)'")
_WORD = re.compile(r"[A-Za-z_]\w*")
_UNBALANCED = re.compile(r"#(else|endif|elif)|conditional directive|unterminated")


class Causes:
    """The causes of what is wrong with one side.

    ``adapters`` maps files of the emitted tree to the user's files that they are copies of.
    """

    def __init__(
        self,
        original: Program,
        emitted: Program,
        split: Split,
        side: Side,
        adapters: Mapping[str, Path],
    ) -> None:
        self._original, self._split, self._side = original, split, side
        self._emitted, self._adapters = emitted, adapters
        self._sources = Sources(Path(original.root))
        plan = split.plan
        self._guard = plan.emission.style is Style.GUARD
        edits = plan.thin_edits if side is Side.THIN else plan.guest_edits
        if self._guard:  # one tree has the edits of both
            edits = (*plan.thin_edits, *plan.guest_edits)
        self._edits = by_file(edits)
        self._origins: dict[str, Origins] = {}

    def of_diagnostic(self, found: Diagnostic) -> str:
        """Return the cause of a parse error in the emitted tree; empty if it is not known."""
        if found.file not in self._original.files:
            return self._in_new_file(found)
        return next(self._of_original(found, self._origin(found)), "")

    def of_definition(self, identity: SymbolId) -> str:
        """Return why a definition is not as it should be; empty if that is not known."""
        definition = self._original.definition(identity)
        assert definition is not None  # the plan holds definitions of the original only
        return self._straddles(definition.extent.file, definition, 0)

    def place(self, found: Diagnostic) -> str:
        """Return the place of a parse error: in the input tree, with the edit, and as emitted."""
        emitted = f"{self._side}: {found.file}:{found.line}"
        if found.file not in self._original.files or found.file not in self._edits:
            return emitted
        origin = self._origin(found)
        why = f", {origin.edit.reason}" if origin.edit else ""
        return f"{found.file}:{origin.line}{why} ({emitted})"

    def _origin(self, found: Diagnostic) -> Origin:
        return self._of_file(found.file).of(found.line)

    def _of_file(self, file: str) -> Origins:
        if file not in self._origins:
            after = (Path(self._emitted.root) / file).read_bytes()
            edits = self._edits.get(file, ())
            self._origins[file] = Origins(self._sources[file].content, after, edits)
        return self._origins[file]

    def _in_new_file(self, found: Diagnostic) -> str:
        if found.file in self._adapters:
            # In the guard style, the copy has a line more.
            line = found.line - (1 if self._guard else 0)
            return f"{self._adapters[found.file]}:{line}: the adapter does not compile in thin"
        for name in _QUOTED.findall(found.message):
            for d in self._named.get(name, ()):
                return (
                    f"{d.extent.file}:{d.extent.line}: {d.id} has a name that tcbsplit's glue "
                    "defines, too; have the glue join the build by split.glue.list, or in another "
                    "file by split.glue.include_in"
                )
        for unit in self._emitted.units:
            if found.file in unit.headers:
                return (
                    f"{unit.command.file}: includes tcbsplit's glue (split.glue.include_in), which "
                    "does not compile behind what is declared there; have the glue join the build "
                    "by split.glue.list, or in another file"
                )
        return ""

    def _of_original(self, found: Diagnostic, origin: Origin) -> Iterator[str]:
        """Yield the causes that are known, the likeliest first."""
        text = self._of_file(found.file).text(found.line).decode(errors="replace")
        for stub in self._split.stubs:
            lines = stub.cut.expression.strip().splitlines()
            if stub.cut.policy is CutPolicy.STUB and stub.file == found.file and lines[0] in text:
                yield self._expression(stub, found)
        for name in _QUOTED.findall(found.message):
            for d in self._named.get(name, ()):
                if d.extent.file == found.file and (cause := self._straddles(found.file, d, 0)):
                    yield cause
        for d in self._original.definitions:
            if d.extent.file == found.file:
                upto = 0 if _UNBALANCED.search(found.message) else origin.line
                if cause := self._straddles(found.file, d, upto):
                    yield cause
        for name in _QUOTED.findall(found.message):
            yield from self._left(name, found, origin)
        yield from self._handed_over(found.file, text)

    @cached_property
    def _named(self) -> dict[str, list[FunctionFact | VariableFact]]:
        named: dict[str, list[FunctionFact | VariableFact]] = {}
        for d in self._original.definitions:
            named.setdefault(d.name, []).append(d)
        return named

    def _expression(self, stub: Stub, found: Diagnostic) -> str:
        callee = self._original.functions[stub.callee]
        begin = f"{stub.cut.where}: the expression of the stub for {stub.callee}"
        known = {p.name for p in callee.parameters}
        words = set(_WORD.findall(stub.cut.expression)) - known
        for name in _QUOTED.findall(found.message):
            if name not in words:
                continue
            for d in self._named.get(name, ()):
                place = f"{d.extent.file}:{d.extent.line}"
                if d.static and d.extent.file != callee.extent.file:
                    return (
                        f"{begin} names {d.id}, which is static in another file ({place}); name "
                        f"what is visible at {callee.extent.file}:{callee.extent.line}"
                    )
                return (
                    f"{begin} names {d.id}, which {place} defines; declare it before "
                    f"{callee.extent.file}:{callee.extent.line}"
                )
            parameters = ", ".join(p.name for p in callee.parameters if p.name) or "none"
            return (
                f"{begin} names {name}, which is not declared at "
                f"{callee.extent.file}:{callee.extent.line}; its parameters: {parameters}"
            )
        return (
            f"{begin} does not compile in its place ({callee.extent.file}:{callee.extent.line}): "
            f"{stub.cut.expression}"
        )

    def _straddles(self, file: str, d: FunctionFact | VariableFact, line: int) -> str:
        """Return the cause if an edit takes a definition that straddles a conditional.

        With a ``line`` of the original only if it is among those of both.
        """
        source, extent = self._sources[file], d.extent
        if not touching(self._edits.get(file, ()), extent.start, extent.end):
            return ""
        for group in conditionals(source):
            if not group.cut_by(extent.start, extent.end):
                continue
            first = line_of(source.content, min(group.start, extent.start))
            last = line_of(source.content, max(group.end, extent.end))
            if line and not first <= line <= last:
                continue
            body = getattr(d, "body_start", -1)
            inside = [a for a, _ in group.directives if extent.start <= a < extent.end]
            part = "head" if body > 0 and inside[0] < body else "definition"
            begins = line_of(source.content, group.start)
            return (
                f"{file}:{extent.line}: the {part} of {d.id} straddles a conditional "
                f"({file}:{begins}); put all of it in each branch, or the conditional inside of "
                "it, or cut its callers instead"
            )
        return ""

    def _left(self, name: str, found: Diagnostic, origin: Origin) -> Iterator[str]:
        """Yield the cause if a text names a definition that this side does not have."""
        held = self._split.sides.of(self._side)
        candidates = self._named.get(name, [])
        if any(d.id in held and not d.static for d in candidates):
            return
        for d in candidates:
            if d.id in held or (d.static and d.extent.file != found.file):
                continue
            place = f"{d.extent.file}:{d.extent.line}"
            how = (
                "write there what it stands for, or leave it out of what moves"
                if self._side is Side.THIN
                else f"write there what it stands for, or add {name} to split.guest.uses"
            )
            yield (
                f"{found.file}:{origin.line}: names {d.id} ({place}), which {self._side} does not "
                f"have; {how}"
            )

    def _handed_over(self, file: str, text: str) -> Iterator[str]:
        words = _WORD.findall(text)
        for e in self._split.plan.entries:
            if e.file == file and f"tcbsplit_address_{e.id}" in words:
                d = self._original.definition(e.name)
                at = f"{file}:{d.extent.line}" if d else file
                yield (
                    f"{at}: {e.name} is in the handoff, and its description does not compile; "
                    f'exclude it (handoff: {{exclude: [{{name: "{e.name}", reason: …}}]}}), or '
                    f"leave {', '.join(map(bare_name, e.writers))} out of what moves"
                )
