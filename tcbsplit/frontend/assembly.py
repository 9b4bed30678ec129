"""Assembly sources -> facts: labels with code, and the symbols that each of them refers to.

The source is assembled with its recorded command into a scratch folder, and the object is read
(``frontend.machine.objects``): what its instructions and words lead to are references. A source
that does not assemble is degraded, not dropped.
"""

from __future__ import annotations

import re
import tempfile
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, NamedTuple

import msgspec
from elftools.common.exceptions import ELFError
from elftools.elf.elffile import ELFFile

from tcbsplit import process
from tcbsplit.frontend.code_lines import file_lines
from tcbsplit.frontend.machine.elf import Elf, Label, Place
from tcbsplit.frontend.machine.objects import Lead, Object
from tcbsplit.frontend.machine.order import Ordered, orders
from tcbsplit.model.unit import (
    CompileCommand,
    Diagnostic,
    Extent,
    Facts,
    FlowFact,
    FunctionFact,
    ReferenceFact,
    UnitFacts,
    VariableFact,
)
from tcbsplit.model.vocabulary import BranchKind, EdgeKind, Language, SymbolId, symbol_id

_INCLUDED = re.compile(r'^\s*\.inc(?:lude|bin)\s+"([^"]+)"', re.MULTILINE)
_RULES = {
    BranchKind.BRANCH: "branch",
    BranchKind.FALL: "falls through",
    BranchKind.ADDRESS: "relocation",
}
_TIMEOUT = 3600.0  # seconds; whoever watches this process ends it earlier


def extract_assembly(command: CompileCommand, root: Path) -> UnitFacts:
    """Assemble the source of ``command`` and return its facts."""
    with tempfile.TemporaryDirectory(prefix="tcbsplit-asm-") as scratch:
        process.passing(Path(scratch))
        target = Path(scratch) / "unit.o"
        headers = Path(scratch) / "unit.d"
        argv = [
            *command.arguments, "-MD", "-MF", str(headers), "-c",
            str(root / command.file), "-o", str(target),
        ]  # fmt: skip
        done = process.run(argv, cwd=Path(command.directory), timeout=_TIMEOUT, check=False)
        if done.status != 0 or not target.is_file():
            first = done.output.strip().splitlines()[:1] or ["the assembler failed"]
            return UnitFacts(
                file=command.file,
                language=Language.ASSEMBLY,
                dependencies=(command.file,),
                diagnostics=(Diagnostic(command.file, 0, first[0]),),
            )
        with target.open("rb") as stream:
            facts = _read(command, root, ELFFile(stream))
        dependencies = _dependencies(headers, command)
        dependencies += _included(root / command.file, command, set(dependencies))
        inside = [str(d.relative_to(root)) for d in dependencies if d.is_relative_to(root)]
        return UnitFacts(
            file=command.file,
            language=Language.ASSEMBLY,
            facts=facts,
            headers=tuple(f for f in inside if f != command.file),
            dependencies=tuple(
                str(d.relative_to(root)) if d.is_relative_to(root) else str(d) for d in dependencies
            ),
        )


def extract_object(command: CompileCommand) -> UnitFacts:
    """Return the facts of a unit in another language: what the object at ``command.output`` says.

    Nothing is run; an object that is not there leaves the unit degraded.
    """
    try:
        with Path(command.output).open("rb") as stream:
            found = Object(Elf(ELFFile(stream)), assembly=False)
    except (OSError, ELFError) as error:
        reason = getattr(error, "strerror", "") or str(error)
        diagnostic = Diagnostic(command.file, 0, f"neither C nor assembly, and no object: {reason}")
        return UnitFacts(
            file=command.file,
            language=command.language,
            dependencies=(command.file,),
            diagnostics=(diagnostic,),
        )
    return UnitFacts(
        file=command.file,
        language=command.language,
        facts=_facts(found, _Source(command.file, [], [])),
        dependencies=(command.file, command.output),
    )


def _dependencies(path: Path, command: CompileCommand) -> tuple[Path, ...]:
    if not path.is_file():
        return ()
    words = path.read_text(encoding="utf-8").replace("\\\n", " ").split(":", 1)[-1]
    found = (
        (Path(command.directory) / word.replace("\\ ", " ")).resolve()
        for word in re.split(r"(?<!\\)\s+", words.strip())
    )
    return tuple(dict.fromkeys(found))


def _included(source: Path, command: CompileCommand, known: set[Path]) -> tuple[Path, ...]:
    """Files of .include and .incbin, which the preprocessor does not list (GNU as, 7)."""
    words = [w for a in command.arguments for w in re.split(r"^-Wa,|,", a)]
    folders = [Path(command.directory), source.parent]
    folders += [Path(command.directory) / w[2:] for w in words if w.startswith("-I") and w[2:]]
    found: dict[Path, None] = {}
    work = [source]
    while work:
        text = work.pop().read_text(encoding="utf-8", errors="replace")
        for name in _INCLUDED.findall(text):
            path = next((p for f in folders if (p := (f / name).resolve()).is_file()), None)
            if path is not None and path not in known and path not in found:
                found[path] = None
                work.append(path)
    return tuple(found)


def _read(command: CompileCommand, root: Path, elf: Any) -> Facts:
    content = (root / command.file).read_bytes()
    lines = content.decode("utf-8", "replace").splitlines(True)
    source = _Source(command.file, lines, _labels(lines))
    facts = _facts(Object(Elf(elf), assembly=True), source)
    return msgspec.structs.replace(facts, lines=(file_lines(command.file, content),))


def _facts(found: Object, source: _Source) -> Facts:
    file = source.file
    functions: list[FunctionFact] = []
    variables: list[VariableFact] = []
    order = orders(found) if found.assembly else {}
    for piece in found.pieces.values():
        first = _identity(file, piece.labels[0])
        for label in piece.labels:
            if not piece.code:
                variables.append(source.variable(label))
                continue
            identity = _identity(file, label)
            functions.append(
                FunctionFact(
                    id=identity,
                    name=label.name,
                    static=label.local,
                    extent=source.extent(label.name),
                    weak=label.weak,
                    alias=first if identity != first else "",
                    section=found.elf.sections[piece.place[0]].name,
                    privileged=True,
                    assembly=True,
                    body=order[piece.place].body if piece.place in order else None,
                )
            )
    # Variables in sections that the file does not hold (.bss).
    zeroed = (i for i in found.elf.labels if i not in found.elf.sections)
    variables += [source.variable(label) for i in zeroed for label in found.elf.labels[i]]
    references = tuple(_references(file, found, order))
    return Facts(
        functions=tuple(functions),
        variables=tuple(variables),
        references=references,
        # A table of code pointers in assembly holds what its relocations name.
        flows=tuple(
            FlowFact(f"v:{r.source}", f"f:{r.target}", r.source)
            for r in references
            if r.kind is EdgeKind.INIT
        ),
    )


def _identity(file: str, label: Label) -> SymbolId:
    return symbol_id(label.name, file if label.local else "")


class _Source(NamedTuple):
    """The text of an assembly source, for where labels stand in it."""

    file: str
    lines: list[str]
    labels: list[tuple[int, str]]

    def extent(self, name: str) -> Extent:
        """From the label to the next label that is not local to the assembler."""
        named = [(line, label) for line, label in self.labels if not label.startswith(".L")]
        for i, (line, label) in enumerate(named):
            if label == name:
                last = named[i + 1][0] - 1 if i + 1 < len(named) else len(self.lines)
                start = len("".join(self.lines[: line - 1]).encode())
                end = len("".join(self.lines[:last]).encode())
                return Extent(self.file, start, end, line, last)
        return Extent(self.file, 0, 0, 1, 1)

    def variable(self, label: Label) -> VariableFact:
        """The fact of a label with data."""
        return VariableFact(
            id=_identity(self.file, label),
            name=label.name,
            static=label.local,
            extent=self.extent(label.name),
            size=label.size,
            weak=label.weak,
            assembly=True,
        )


def _labels(lines: list[str]) -> list[tuple[int, str]]:
    """(line, name) of every label, in order."""
    found = []
    for number, line in enumerate(lines, 1):
        if match := re.match(r"\s*([A-Za-z_.$][\w.$]*)\s*:", line):
            found.append((number, match.group(1)))
    return found


def _references(
    file: str, found: Object, order: Mapping[Place, Ordered]
) -> Iterator[ReferenceFact]:
    """What every function calls or mentions, and what every variable is initialised with."""
    known: dict[tuple[SymbolId, SymbolId, EdgeKind, str], dict[int, None]] = {}
    for lead in found.leads:
        owner = found.owner(lead.at)
        if owner is None:
            continue
        source = _identity(file, owner.labels[0])
        kind, rule = (
            (EdgeKind.CALL, _RULES[lead.kind])
            if owner.code
            else (EdgeKind.INIT, _RULES[BranchKind.ADDRESS])
        )
        for target in _targets(file, found, lead):
            if target != source:
                place = order.get(owner.place)
                steps = place.steps(lead) if place is not None else ()
                known.setdefault((source, target, kind, rule), {}).update(dict.fromkeys(steps))
    for (source, target, kind, rule), steps_of in known.items():
        yield ReferenceFact(source, target, kind, file, 0, -1, rule, tuple(steps_of))


def _targets(file: str, found: Object, lead: Lead) -> Iterator[SymbolId]:
    """What a lead means: a symbol, the piece at a place, or what a table without a name holds."""
    if lead.name:
        yield symbol_id(lead.name)
    elif piece := found.owner(lead.place):
        yield _identity(file, piece.labels[0])
    else:
        for word in found.words(lead.place):
            yield from _targets(file, found, word)
