"""One translation unit -> ``UnitFacts``: its top-level declarations, one by one."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

from clang.cindex import Cursor, CursorKind, Diagnostic, StorageClass, TranslationUnit

from tcbsplit.frontend.extract import clang, types
from tcbsplit.frontend.extract.body import Body
from tcbsplit.frontend.extract.facts import Facts
from tcbsplit.frontend.extract.names import Names
from tcbsplit.model import unit as model
from tcbsplit.model.unit import CompileCommand, DeclarationFact, FunctionFact, Parameter, UnitFacts


def extract(command: CompileCommand, root: Path, builtin_include: str) -> UnitFacts:
    """Parse the C unit of ``command`` and return its facts.

    ``builtin_include`` is the folder of the compiler's own headers (stddef.h and the like), empty
    where the command needs none. Parse errors are facts too (``diagnostics``), never raised.
    """
    tree = clang.parse(str(root / command.file), clang.parse_arguments(command, builtin_include))
    names = Names(root, command.directory)
    reader = _Unit(names)
    for cursor in tree.cursor.get_children():
        reader.top(cursor)
    facts = reader.facts
    headers = _headers(tree, names)
    return UnitFacts(
        file=command.file,
        functions=tuple(reader.functions),
        variables=tuple(
            v if (n := reader.starts[(v.extent.file, v.extent.start)]) <= 1 else _shared(v, n)
            for v in facts.variables
        ),
        declarations=tuple(reader.declarations),
        references=tuple(facts.references),
        indirect=tuple(facts.indirect),
        flows=tuple(facts.flows),
        literals=tuple(facts.literals),
        records=tuple(facts.records),
        headers=headers,
        skipped=_skipped(tree, names, (command.file, *headers)),
        diagnostics=_diagnostics(tree, names),
    )


class _Unit:
    def __init__(self, names: Names) -> None:
        self.names = names
        self.facts = Facts(names)
        self.functions: list[FunctionFact] = []
        self.declarations: list[DeclarationFact] = []
        # Declarators by the place where their statement starts: `static int a, *b;` shares one.
        self.starts: Counter[tuple[str, int]] = Counter()

    def top(self, cursor: Cursor) -> None:
        """Read one top-level declaration, unless it comes from outside the source tree."""
        if cursor.kind not in (CursorKind.FUNCTION_DECL, CursorKind.VAR_DECL):
            return
        extent = self.names.extent(cursor)
        if not self.names.inside(extent.file):
            return
        self.starts[(extent.file, extent.start)] += 1
        if cursor.kind == CursorKind.FUNCTION_DECL:
            if cursor.is_definition():
                self._function(cursor)
            else:
                self._declaration(cursor, extent)
        elif cursor.storage_class == StorageClass.EXTERN and clang.initialiser(cursor) is None:
            self._declaration(cursor, extent)
        else:
            self._variable(cursor, "")

    def _declaration(self, cursor: Cursor, extent: model.Extent) -> None:
        static = cursor.linkage.name == "INTERNAL"
        identity = self.names.identity(cursor)
        self.declarations.append(DeclarationFact(identity, extent, static, 1))

    def _variable(self, cursor: Cursor, owner: str) -> None:
        fact = self.facts.variable(cursor, owner, 1)
        body = Body(self.facts, fact.id)
        if (value := clang.initialiser(cursor)) is not None:
            body.initialise(value, (f"v:{fact.id}",))

    def _function(self, cursor: Cursor) -> None:
        names = self.names
        identity = names.identity(cursor)
        arguments = list(cursor.get_arguments())
        body = Body(self.facts, identity, {str(a.spelling): i for i, a in enumerate(arguments)})
        path, _, offset = names.place(cursor)
        macro = not names.spelled(path, offset, str(cursor.spelling))
        body_start = -1
        attributes = set()
        for child in cursor.get_children():
            if child.kind == CursorKind.COMPOUND_STMT:
                body_start = child.extent.start.offset
                body.visit(child)
            elif child.kind.is_attribute():
                attributes.add(child.kind.name)
        for local, owner in self.facts.static_locals:
            self._variable(local, owner)
        self.facts.static_locals.clear()
        self.functions.append(
            FunctionFact(
                id=identity,
                name=str(cursor.spelling),
                static=cursor.linkage.name != "EXTERNAL",
                extent=names.extent(cursor),
                name_start=-1 if macro else offset,
                body_start=body_start,
                type=str(cursor.type.get_canonical().spelling),
                result=str(cursor.result_type.spelling),
                result_kind=types.result_kind(cursor.result_type),
                parameters=tuple(
                    Parameter(str(a.spelling), str(a.type.spelling)) for a in arguments
                ),
                complexity=body.complexity,
                macro=macro,
                inline=bool(clang.is_inline(cursor)),
                weak="WEAK" in " ".join(attributes),
                privileged=body.privileged,
            )
        )


def _shared(variable: model.VariableFact, declarators: int) -> model.VariableFact:
    fields = {name: getattr(variable, name) for name in variable.__struct_fields__}
    return model.VariableFact(**{**fields, "declarators": declarators})


def _headers(tree: TranslationUnit, names: Names) -> tuple[str, ...]:
    found = (names.relative(str(i.include.name)) for i in tree.get_includes())
    return tuple(dict.fromkeys(path for path in found if names.inside(path)))


def _skipped(
    tree: TranslationUnit, names: Names, paths: tuple[str, ...]
) -> tuple[tuple[str, int, int], ...]:
    result = []
    spelled = {
        names.relative(str(i.include.name)): str(i.include.name) for i in tree.get_includes()
    }
    for path in paths:
        name = spelled.get(path, str(tree.spelling))
        for first, last in clang.skipped_ranges(tree, name):
            if first <= last:
                result.append((path, first, last))
    return tuple(result)


def _diagnostics(tree: TranslationUnit, names: Names) -> tuple[model.Diagnostic, ...]:
    return tuple(
        model.Diagnostic(
            names.relative(str(d.location.file.name)) if d.location.file else "",
            int(d.location.line),
            str(d.spelling),
        )
        for d in tree.diagnostics
        if d.severity >= Diagnostic.Error
    )
