# SPDX-License-Identifier: MIT
"""One translation unit: its compile command, and the facts that were read from it.

All paths are relative to the source root where the file lies below it, else absolute. Offsets are
bytes from the start of the file; lines count from 1; extents are half-open [start, end).

Ids are explained in ``tcbsplit.model.vocabulary``. Places of the points-to analysis are in their
spelled form, which only ``tcbsplit.model.place`` makes and reads.
"""

from __future__ import annotations

from pathlib import PurePosixPath

from tcbsplit.model.base import Record, Row
from tcbsplit.model.body import Body
from tcbsplit.model.layout import UNKNOWN, Layout
from tcbsplit.model.vocabulary import EdgeKind, Language, SymbolId, ValueKind

# The rule of a mention that may not be there: by the text of a unit that cannot be parsed.
GUESSED = "named in a unit with parse errors"
# The rule of a read that gives a variable's address to a parameter that is a pointer to const.
ADDRESS_OF_CONST = "address of const"


class CompileCommand(Record, frozen=True, kw_only=True):
    """One normalised entry of the compile database."""

    file: str  # relative to the source root; if it is named by a link, the real file
    link: str = ""  # the link, relative to the source root
    directory: str  # absolute
    arguments: tuple[str, ...]  # compiler first; no -o, -c, or dependency output
    output: str = ""
    language: Language = Language.C
    responses: tuple[str, ...] = ()  # absolute paths of @files that arguments come from

    @property
    def source(self) -> str:
        """Return the source as the command names it, relative to the source root."""
        return self.link or self.file

    @property
    def object_file(self) -> str:
        """Return the output, or what a compiler calls it by itself; relative to ``directory``."""
        return self.output or PurePosixPath(self.source).with_suffix(".o").name


class Extent(Row, frozen=True):
    """A piece of a file."""

    file: str
    start: int
    end: int
    line: int
    end_line: int


class Parameter(Row, frozen=True):
    """A parameter of a function, as its declaration spells it."""

    name: str
    type: str


class FunctionFact(Record, frozen=True, kw_only=True):
    """A function definition seen in a unit (or an assembly label with code)."""

    id: SymbolId
    name: str
    static: bool
    extent: Extent
    name_start: int = -1  # offset of the name token; -1 where a macro made the definition
    body_start: int = -1  # offset of the opening brace
    type: str = ""  # canonical type, as libclang spells it
    result: str = ""  # result type as declared
    result_kind: ValueKind = ValueKind.VOID
    parameters: tuple[Parameter, ...] = ()
    complexity: int = 1  # McCabe: 1 + decisions
    macro: bool = False  # the definition comes out of a macro expansion
    inline: bool = False
    weak: bool = False
    alias: SymbolId = SymbolId("")  # the function that this one is another name of
    constructor: bool = False
    destructor: bool = False
    section: str = ""
    used: bool = False  # attribute used or retain: it is there although nothing mentions it
    privileged: bool = False  # holds inline assembly
    assembly: bool = False
    body: Body | None = None  # None: its order is unknown


class VariableFact(Record, frozen=True, kw_only=True):
    """A global or static variable defined in a unit."""

    id: SymbolId
    name: str
    static: bool
    extent: Extent  # the whole declaration statement with its semicolon
    owner: str = ""  # id of the function that holds a static local
    type: str = ""
    size: int = 0
    layout: Layout = UNKNOWN
    const: bool = False
    declarators: int = 1  # how many names the statement declares
    tentative: bool = False
    macro: bool = False
    record: str = ""  # canonical record type, elements of arrays included
    weak: bool = False
    alias: SymbolId = SymbolId("")  # the variable that this one is another name of
    section: str = ""
    retained: bool = False  # attribute used: it is there although nothing mentions it
    thread: bool = False  # each thread has its own
    fixed: bool = False  # a type or a check at file scope names it
    assembly: bool = False  # a label with data of an assembly source
    choices: tuple[tuple[str, int], ...] = ()  # of an enumeration: its names and their values


class DeclarationFact(Row, frozen=True):
    """A declaration that is not the definition: a prototype, an extern variable.

    A tentative definition of a variable (C11 6.9.2) is one where another declaration defines it.
    """

    id: SymbolId
    extent: Extent
    static: bool
    names: int  # how many names the statement declares
    tentative: bool = False


class ReferenceFact(Row, frozen=True):
    """One mention of a function or variable."""

    source: SymbolId  # the function or variable that mentions
    target: SymbolId
    kind: EdgeKind
    file: str
    line: int
    offset: int  # of the identifier; -1 where a macro body wrote it
    rule: str
    steps: tuple[int, ...] = ()  # of the source's body, where control passes; () if unknown


class IndirectFact(Row, frozen=True):
    """A call through a pointer."""

    caller: SymbolId
    places: tuple[str, ...]  # those that the called expression comes from
    type: str  # canonical function type
    arguments: tuple[tuple[str, ...], ...]  # places of each argument; & marks an address
    result: str  # place that stands for the result of this call
    file: str
    line: int
    text: str  # the called expression
    steps: tuple[int, ...] = ()  # of the caller's body; () if unknown
    base: str = ""  # place of the pointer or array whose element's member is called


class FlowFact(Row, frozen=True):
    """The values of ``source`` may be stored in ``target``."""

    target: str
    source: str
    owner: str = ""  # function or variable in which it happens


class KeyedCallFact(Row, frozen=True):
    """A direct call with constants or functions among its arguments (for registries)."""

    caller: SymbolId
    callee: SymbolId
    keys: tuple[tuple[int, str], ...]  # (position, string literal or value of a constant)
    arguments: tuple[tuple[str, ...], ...]  # places of each argument
    file: str
    line: int
    step: int = 0  # of the caller's body; 0 if unknown


class PassedFact(Row, frozen=True):
    """Code handed to a function that this unit does not define: it may be called back."""

    caller: SymbolId
    callee: SymbolId
    places: tuple[str, ...]
    type: str  # canonical function type
    file: str
    line: int
    steps: tuple[int, ...] = ()  # of the caller's body; () if unknown


class FieldUseFact(Row, frozen=True):
    """The fields (places) of records that a function reads and writes itself."""

    owner: SymbolId
    reads: tuple[str, ...]
    writes: tuple[str, ...]


class RecordInitFact(Row, frozen=True):
    """One initialised record with its literal strings and function names by field."""

    variable: str
    record: str
    strings: tuple[tuple[str, str], ...]  # (field, literal)
    functions: tuple[tuple[str, str], ...]  # (field, function id)
    file: str
    line: int


class Diagnostic(Row, frozen=True):
    """A parse error."""

    file: str
    line: int
    message: str


class FileLines(Row, frozen=True):
    """A file below the source root as one unit compiles it."""

    path: str
    digest: str  # SHA-256 of the bytes
    total: int  # lines
    code: tuple[int, ...]  # lines that hold a token that is no comment, and are compiled


class Facts(Record, frozen=True, kw_only=True):
    """Facts of some declarations: a unit's own, or those of a header shared by many units."""

    functions: tuple[FunctionFact, ...] = ()
    variables: tuple[VariableFact, ...] = ()
    declarations: tuple[DeclarationFact, ...] = ()
    references: tuple[ReferenceFact, ...] = ()
    indirect: tuple[IndirectFact, ...] = ()
    flows: tuple[FlowFact, ...] = ()
    calls: tuple[KeyedCallFact, ...] = ()
    passed: tuple[PassedFact, ...] = ()
    records: tuple[RecordInitFact, ...] = ()
    fields: tuple[FieldUseFact, ...] = ()
    # External variables that are declared as records, numbers or arrays with bounds: no labels.
    objects: tuple[SymbolId, ...] = ()
    lines: tuple[FileLines, ...] = ()
    data: bytes = b""  # encoded ``DataFacts``: only a split needs them


# The field of each kind of mention that names the function or variable that it belongs to.
OWNERS = {
    "references": "source", "indirect": "caller", "calls": "caller", "passed": "caller",
    "flows": "owner", "fields": "owner", "records": "variable",
}  # fmt: skip


class UnitFacts(Record, frozen=True, kw_only=True):
    """All facts of one translation unit. Those of its headers are shared: see ``shared``."""

    file: str
    language: Language = Language.C
    facts: Facts = Facts()
    shared: tuple[str, ...] = ()  # digests of ``Facts`` that other units have in common
    pointer_size: int = 0  # bytes, as the target of the command has it; 0: not known
    headers: tuple[str, ...] = ()  # below the source root, in order of first inclusion
    dependencies: tuple[str, ...] = ()  # all files that were read; absolute outside the root
    diagnostics: tuple[Diagnostic, ...] = ()
    refused: tuple[str, ...] = ()  # options that libclang does not take
    abandoned: bool = False  # nothing was read, for a reason that may lie outside of the files
