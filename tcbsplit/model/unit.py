"""One translation unit: how it is compiled, and the facts that were read from it.

All paths are relative to the source root where the file lies below it, else absolute. Offsets are
bytes from the start of the file; lines count from 1; extents are half-open [start, end).

Ids: ``name`` for external linkage, ``path:name`` for static; a static local variable is
``path:function.name``. Flow nodes (function pointers, field-based) are strings:
``f:ID`` the function itself, ``v:ID`` a variable, ``m:RECORD.FIELD`` a field of every record of
that type, ``p:ID#N`` a parameter, ``r:ID`` a return value, ``l:ID:name`` a local variable.
"""

from __future__ import annotations

from tcbsplit.model.base import Record, Row


class CompileCommand(Record, frozen=True, kw_only=True):
    """One normalised entry of the compile database."""

    file: str  # relative to the source root
    directory: str  # absolute
    arguments: tuple[str, ...]  # compiler first; no -o, -c, or dependency output
    output: str = ""
    language: str = "c"  # "c" or "asm"


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

    id: str
    name: str
    static: bool
    extent: Extent
    name_start: int = -1  # offset of the name token; -1 where a macro made the definition
    body_start: int = -1  # offset of the opening brace
    type: str = ""  # canonical type, as libclang spells it
    result: str = ""  # result type as declared
    result_kind: str = "void"  # void | integer | pointer | record | other
    parameters: tuple[Parameter, ...] = ()
    complexity: int = 1  # McCabe: 1 + decisions
    macro: bool = False  # the definition comes out of a macro expansion
    inline: bool = False
    weak: bool = False
    constructor: bool = False
    privileged: bool = False  # holds inline assembly
    assembly: bool = False


class VariableFact(Record, frozen=True, kw_only=True):
    """A global or static variable defined in a unit."""

    id: str
    name: str
    static: bool
    extent: Extent  # the whole declaration statement with its semicolon
    owner: str = ""  # id of the function that holds a static local
    type: str = ""
    size: int = 0
    layout: str = ""  # canonical text of sizes, offsets and kinds of all members
    pointer: str = ""  # path of the first member that is no plain value, e.g. ".next: struct x *"
    const: bool = False
    declarators: int = 1  # how many names the statement declares
    tentative: bool = False
    macro: bool = False
    record: str = ""  # canonical record type, elements of arrays included


class DeclarationFact(Row, frozen=True):
    """A declaration that is no definition: a prototype or an extern variable."""

    id: str
    extent: Extent
    static: bool
    names: int  # how many names the statement declares


class ReferenceFact(Row, frozen=True):
    """One mention of a function or variable."""

    source: str  # id of the function or variable that mentions
    target: str
    kind: str  # call | address | init | read | write
    file: str
    line: int
    offset: int  # of the identifier; -1 where a macro body wrote it
    rule: str


class IndirectFact(Row, frozen=True):
    """A call through a pointer."""

    caller: str
    nodes: tuple[str, ...]  # flow nodes of the called expression
    type: str  # canonical function type
    arguments: tuple[tuple[str, ...], ...]  # flow nodes of each argument; & marks an address
    result: str  # flow node that stands for the result of this call
    file: str
    line: int
    text: str  # the called expression


class FlowFact(Row, frozen=True):
    """The values of ``source`` may be stored in ``target``."""

    target: str
    source: str
    owner: str = ""  # function or variable in which it happens


class LiteralCallFact(Row, frozen=True):
    """A direct call with a string literal argument (a key for registries)."""

    caller: str
    callee: str
    position: int
    text: str
    file: str
    line: int


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


class UnitFacts(Record, frozen=True, kw_only=True):
    """All facts of one translation unit."""

    file: str
    language: str = "c"
    functions: tuple[FunctionFact, ...] = ()
    variables: tuple[VariableFact, ...] = ()
    declarations: tuple[DeclarationFact, ...] = ()
    references: tuple[ReferenceFact, ...] = ()
    indirect: tuple[IndirectFact, ...] = ()
    flows: tuple[FlowFact, ...] = ()
    literals: tuple[LiteralCallFact, ...] = ()
    records: tuple[RecordInitFact, ...] = ()
    headers: tuple[str, ...] = ()  # below the source root, in order of first inclusion
    skipped: tuple[tuple[str, int, int], ...] = ()  # (file, first line, last line) not compiled
    diagnostics: tuple[Diagnostic, ...] = ()
