"""Assembly sources -> facts: labels with code, and the symbols that each of them refers to.

The source is assembled with its recorded command into a scratch folder, and the object is read:
symbols of type FUNC, or global labels in executable sections, are functions; a relocation inside
one of them is a reference. A source that does not assemble is degraded, not dropped.
"""

from __future__ import annotations

import re
import tempfile
from bisect import bisect_right
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from elftools.elf.elffile import ELFFile

from tcbsplit import process
from tcbsplit.frontend.lines import file_lines
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

_INCLUDED = re.compile(r'^\s*\.inc(?:lude|bin)\s+"([^"]+)"', re.MULTILINE)
# R_X86_64_PC32 and PLT32, R_386_PC32 and PLT32 have the same numbers (System V ABI, both).
_RELATIVE = (2, 4)
_NEAR = (b"\xe8", b"\xe9")  # call and jmp with a displacement of 32 bits (Intel SDM 2)
_TIMEOUT = 60.0  # seconds; an assembler that needs more hangs


def extract_assembly(command: CompileCommand, root: Path) -> UnitFacts:
    """Assemble the source of ``command`` and return its facts."""
    with tempfile.TemporaryDirectory(prefix="tcbsplit-asm-") as scratch:
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
                language="asm",
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
            language="asm",
            facts=facts,
            headers=tuple(f for f in inside if f != command.file),
            dependencies=tuple(
                str(d.relative_to(root)) if d.is_relative_to(root) else str(d) for d in dependencies
            ),
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
    table = elf.get_section_by_name(".symtab")
    symbols = list(table.iter_symbols()) if table else []
    places = _Places()
    functions: list[FunctionFact] = []
    variables: list[VariableFact] = []
    labels = _labels(lines)
    heads = _heads(elf, symbols)
    callers = _callers_in_data(elf, symbols)
    for symbol in symbols:
        index = symbol["st_shndx"]
        if not symbol.name or not isinstance(index, int) or symbol.name.startswith(".L"):
            continue
        kind, binding = symbol["st_info"]["type"], symbol["st_info"]["bind"]
        static = binding == "STB_LOCAL"
        executable = bool(elf.get_section(index)["sh_flags"] & 4)
        identity = f"{command.file}:{symbol.name}" if static else str(symbol.name)
        extent = _extent(command.file, symbol.name, labels, lines)
        named = kind == "STT_FUNC" or (kind == "STT_NOTYPE" and not static)
        if (executable and (named or symbol.name in heads)) or (
            not executable and symbol.name in callers
        ):
            places.functions[index].append((symbol["st_value"], identity))
            functions.append(
                FunctionFact(
                    id=identity,
                    name=str(symbol.name),
                    static=static,
                    extent=extent,
                    weak=binding == "STB_WEAK",
                    privileged=True,
                    assembly=True,
                )
            )
        elif kind not in ("STT_SECTION", "STT_FILE") and not executable:
            places.variables[index].append((symbol["st_value"], identity))
            variables.append(
                VariableFact(
                    id=identity,
                    name=str(symbol.name),
                    static=static,
                    extent=extent,
                    size=int(symbol["st_size"]),
                    pointer=": assembly",
                    weak=binding == "STB_WEAK",
                    assembly=True,
                )
            )
    references = tuple(_references(command.file, elf, symbols, places))
    return Facts(
        functions=tuple(functions),
        variables=tuple(variables),
        references=references,
        # A table of code pointers in assembly holds what its relocations name.
        flows=tuple(
            FlowFact(f"v:{r.source}", f"f:{r.target}", r.source)
            for r in references
            if r.kind == "init"
        ),
        lines=(file_lines(command.file, content),),
    )


def _heads(elf: Any, symbols: list[Any]) -> set[str]:
    """Local labels with which an executable section begins, where no function does.

    Code that only other assembly jumps to has no global label; what it calls is called all the
    same.
    """
    first: dict[int, tuple[int, bool, str]] = {}
    for symbol in symbols:
        index, kind = symbol["st_shndx"], symbol["st_info"]["type"]
        if not isinstance(index, int) or not symbol.name or kind not in ("STT_FUNC", "STT_NOTYPE"):
            continue
        if not elf.get_section(index)["sh_flags"] & 4 or symbol.name.startswith(".L"):
            continue
        local = kind == "STT_NOTYPE" and symbol["st_info"]["bind"] == "STB_LOCAL"
        place = (symbol["st_value"], local, str(symbol.name))
        first[index] = min(first.get(index, place), place)
    return {name for _, local, name in first.values() if local}


def _callers_in_data(elf: Any, symbols: list[Any]) -> set[str]:
    """Labels outside of executable sections that call something: code all the same.

    Hypervisors keep code that is copied elsewhere, or entered before paging, among data. What only
    points to functions (a table) is relocated absolutely; a near call or jump is not.
    """
    labels: dict[int, list[tuple[int, str]]] = defaultdict(list)
    for symbol in symbols:
        index, kind = symbol["st_shndx"], symbol["st_info"]["type"]
        if isinstance(index, int) and symbol.name and kind in ("STT_FUNC", "STT_NOTYPE"):
            labels[index].append((symbol["st_value"], str(symbol.name)))
    found = set()
    for section in elf.iter_sections():
        index = section["sh_info"]
        if section["sh_type"] not in ("SHT_RELA", "SHT_REL") or index not in labels:
            continue
        target = elf.get_section(index)
        if target["sh_flags"] & 4:
            continue
        content, places = target.data(), sorted(labels[index])
        starts = [p[0] for p in places]
        for relocation in section.iter_relocations():
            at = relocation["r_offset"]
            if relocation["r_info_type"] not in _RELATIVE or content[at - 1 : at] not in _NEAR:
                continue
            inside = bisect_right(starts, at) - 1
            if inside >= 0:
                found.add(places[inside][1])
    return found


class _Places:
    """(offset, id) of the functions and variables in each section."""

    def __init__(self) -> None:
        self.functions: dict[int, list[tuple[int, str]]] = defaultdict(list)
        self.variables: dict[int, list[tuple[int, str]]] = defaultdict(list)


def _labels(lines: list[str]) -> list[tuple[int, str]]:
    """(line, name) of every label, in order."""
    found = []
    for number, line in enumerate(lines, 1):
        if match := re.match(r"\s*([A-Za-z_.$][\w.$]*)\s*:", line):
            found.append((number, match.group(1)))
    return found


def _extent(file: str, name: str, labels: list[tuple[int, str]], lines: list[str]) -> Extent:
    """From the label to the next label that is not local to the assembler."""
    named = [(line, label) for line, label in labels if not label.startswith(".L")]
    for i, (line, label) in enumerate(named):
        if label == name:
            last = named[i + 1][0] - 1 if i + 1 < len(named) else len(lines)
            start = len("".join(lines[: line - 1]).encode())
            return Extent(file, start, len("".join(lines[:last]).encode()), line, last)
    return Extent(file, 0, 0, 1, 1)


def _references(
    file: str, elf: Any, symbols: list[Any], places: _Places
) -> Iterator[ReferenceFact]:
    """What every function calls or mentions, and what every variable is initialised with."""
    found: dict[ReferenceFact, None] = {}
    for section in elf.iter_sections():
        if section["sh_type"] not in ("SHT_RELA", "SHT_REL"):
            continue
        index = section["sh_info"]
        functions = places.functions.get(index, ())
        data = places.variables.get(index, ())
        owners = sorted(
            (at, name, here is functions) for here in (functions, data) for at, name in here
        )
        starts = [p[0] for p in owners]
        for relocation in section.iter_relocations():
            at = bisect_right(starts, relocation["r_offset"]) - 1
            if at < 0:
                continue
            _, source, code = owners[at]
            target = _target(file, symbols[relocation["r_info_sym"]], places, relocation)
            if target and target != source:
                kind = "call" if code else "init"
                found[ReferenceFact(source, target, kind, file, 0, -1, "relocation")] = None
    yield from found


def _target(file: str, symbol: Any, places: _Places, relocation: Any) -> str:
    if symbol["st_info"]["type"] == "STT_SECTION":
        addend = relocation.entry.get("r_addend", 0)
        index = symbol["st_shndx"]
        # A relocation against a section: what it points into (pc-relative addends are short by the
        # four bytes of the operand).
        inside: list[tuple[int, str]] = [
            *places.functions.get(index, ()),
            *places.variables.get(index, ()),
        ]
        for start, identity in sorted(inside, reverse=True):
            if addend + 4 >= start:
                return identity
        return ""
    if not symbol.name or symbol.name.startswith(".L"):
        return ""
    if symbol["st_info"]["bind"] == "STB_LOCAL":
        return f"{file}:{symbol.name}"
    return str(symbol.name)
