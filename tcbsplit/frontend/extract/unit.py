# SPDX-License-Identifier: MIT
"""Read one translation unit into ``UnitFacts``, one top-level declaration at a time."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path

import msgspec

from tcbsplit.frontend.extract import asm, named, pragmas
from tcbsplit.frontend.extract import kinds as k
from tcbsplit.frontend.extract.aliases import ifunc, pragma_aliases
from tcbsplit.frontend.extract.attributes import Declared, attributes
from tcbsplit.frontend.extract.body import reader
from tcbsplit.frontend.extract.collect import Collected, Unit, replaced
from tcbsplit.frontend.extract.context import plain_arguments
from tcbsplit.frontend.extract.data import DataReader
from tcbsplit.frontend.extract.filescope import file_scope_assembly, own_labels
from tcbsplit.frontend.extract.identity import Names
from tcbsplit.frontend.extract.initial import initialise
from tcbsplit.frontend.extract.layout import layout
from tcbsplit.frontend.extract.libclang import CXCursor, children, lib, place, text
from tcbsplit.frontend.extract.parsed import Parsed, Skipped
from tcbsplit.frontend.extract.pragmas import Weak
from tcbsplit.frontend.extract.shared import Shared
from tcbsplit.frontend.extract.types import Types, enumerators
from tcbsplit.frontend.extract.walker import Walker
from tcbsplit.model.lines import file_lines
from tcbsplit.model.place import Place
from tcbsplit.model.unit import (
    CompileCommand,
    DeclarationFact,
    Extent,
    FunctionFact,
    Parameter,
    ReferenceFact,
    UnitFacts,
    VariableFact,
)
from tcbsplit.model.vocabulary import EdgeKind, SymbolId, symbol_id


def read(command: CompileCommand, root: Path, parsed: Parsed, shared: Shared) -> UnitFacts:
    """Return the facts of a parsed unit; those of its headers are kept in ``shared``.

    Parse errors are facts too (``diagnostics``), never raised.
    """
    names = Names(root, command.directory, Declared(parsed.top))
    files = [(handle, names.relative(name), depth) for handle, name, depth in parsed.files()]
    contents = {p: shared.content(f"{names.root}/{p}") for _, p, _ in files if names.inside(p)}
    skipped = parsed.skipped(files, contents)
    types = Types(parsed.pointer_bytes())
    reader = _Reader(command, Unit(names, types, command.file))
    depths = {p: depth for _, p, depth in files if p in contents}
    reader.before = shared.context.before(command.arguments, depths, contents, skipped)
    reader.within = parsed.within(files[0][0], contents[command.file])
    reader.weak = pragmas.weak_names(contents, skipped)
    used = list(reader.read(parsed, shared, skipped))
    headers = [path for path in contents if path != command.file]
    used += [shared.lines(path, contents[path], skipped[path]) for path in headers]
    own = file_lines(command.file, contents[command.file], skipped[command.file])
    return UnitFacts(
        file=command.file,
        facts=msgspec.structs.replace(reader.out.facts(), lines=(own,)),
        shared=tuple(dict.fromkeys(used)),
        pointer_size=types.pointer_size,
        headers=tuple(headers),
        dependencies=tuple(dict.fromkeys((*(p for _, p, _ in files), *names.links))),
        diagnostics=parsed.diagnostics(names),
        refused=parsed.refused,
    )


class _Reader:
    def __init__(self, command: CompileCommand, unit: Unit) -> None:
        self.main = command.file
        self.flags = plain_arguments(command.arguments)
        self.before: dict[str, int] = {}  # of files: the places before them (``context``)
        self.unit = unit
        self.names = unit.names
        self.out = Collected(unit)
        self.weak: dict[str, Weak] = {}
        self.within = range(0)  # raw locations of the main file
        self.resolvers: set[SymbolId] = set()  # of indirect functions
        # Declarators by the place where their statement starts: `static int a, *b;` shares one.
        self.starts: Counter[tuple[str, int]] = Counter()

    def read(self, parsed: Parsed, shared: Shared, skipped: Mapping[str, Skipped]) -> Iterator[str]:
        """Read all top-level declarations; yield the digests of the headers' facts."""
        top = [item for cursor in parsed.top() if (item := self._locate(cursor)) is not None]
        self._note(top)
        for cursor, path, offset, spelling in top:
            weak = self.weak.get(spelling)
            if weak and weak.target and weak.made(path, offset, self.names):
                continue
            if path == self.main:
                self._declaration(cursor, spelling)
                continue
            lines = skipped.get(path, ())
            key = (path, offset, spelling, self.flags, lines, weak is not None)
            digest = shared.find(key, self.before[path])
            if not digest:
                mine, self.out = self.out, Collected(self.unit)
                self._declaration(cursor, spelling)
                found, self.out = self.out.facts(), mine
                digest = shared.keep(key, self.before[path], self.names.source(cursor), found)
            yield digest
        pragma_aliases(self.out, self.unit, self.weak.values())
        for i, f in enumerate(self.out.functions):
            if f.id in self.resolvers:
                self.out.functions[i] = msgspec.structs.replace(f, constructor=True)
        fixed = named.at_file_scope(self.out, parsed.types, self.names.content(self.main))
        for i, v in enumerate(self.out.variables):
            n = max(self.starts[v.extent.file, v.extent.start], 1)
            self.out.variables[i] = replaced(v, n, v.id in fixed)

    def _note(self, top: Iterable[tuple[CXCursor, str, int, str]]) -> None:
        """Note definitions and names without linkage before reading references to them."""
        self.names.labels = own_labels(
            (cursor, path) for cursor, path, _, _ in top if cursor.kind == k.UNEXPOSED_DECL
        )
        for cursor, path, _, spelling in top:
            function = cursor.kind == k.FUNCTION_DECL and lib.isCursorDefinition(cursor)
            static = lib.getCursorLinkage(cursor) == k.INTERNAL
            if not function and not (static and cursor.kind == k.VAR_DECL):
                continue
            if static:  # as most are: ``Names.identity`` would ask where it is
                identity = symbol_id(spelling, path)
                self.unit.static(self.names.declared.of(cursor).label or spelling, path, identity)
            else:
                identity = self.names.identity(cursor, spelling)
            if function:
                self.unit.defined.add(identity)
                if path == self.main:
                    self.unit.escapes.bodies.append(cursor)

    def _locate(self, cursor: CXCursor) -> tuple[CXCursor, str, int, str] | None:
        """Return (cursor, file, offset, spelling); None if the cursor is irrelevant."""
        location = lib.getCursorLocation(cursor)
        if location.offset not in self.within:
            # Most prototypes in headers are irrelevant, except those whose definition may have to
            # move with them.
            if cursor.kind == k.FUNCTION_DECL:
                if not lib.isCursorDefinition(cursor) and (
                    lib.Cursor_getStorageClass(cursor) != k.STORAGE_STATIC
                ):
                    return None
            elif cursor.kind == k.VAR_DECL and (
                lib.Cursor_getStorageClass(cursor) == k.STORAGE_EXTERN
            ):
                return None
        handle, _, offset = place(location)
        path = self.names.file(handle)
        if not self.names.inside(path):
            return None
        return cursor, path, offset, text(lib.getCursorSpelling(cursor))

    def _declaration(self, cursor: CXCursor, spelling: str) -> None:
        extent = self.names.extent(cursor)
        if cursor.kind == k.UNEXPOSED_DECL:
            file_scope_assembly(self.out, cursor, extent)
            return
        self.starts[(extent.file, extent.start)] += 1
        if cursor.kind == k.FUNCTION_DECL:
            told = attributes(cursor)
            if told.alias or told.ifunc or lib.isCursorDefinition(cursor):
                self._function(cursor, spelling, extent)
                cursor.forget()
            else:
                self._mention(cursor, spelling, extent)
        elif lib.Cursor_getStorageClass(cursor) == k.STORAGE_REGISTER:
            return  # a named register variable
        elif (
            lib.Cursor_getStorageClass(cursor) == k.STORAGE_EXTERN
            and lib.Cursor_getVarDeclInitializer(cursor).kind < k.FIRST_EXPR
            and not attributes(cursor).alias
        ):
            self._mention(cursor, spelling, extent)
        else:
            self._variable(cursor, SymbolId(""))

    def _mention(self, cursor: CXCursor, spelling: str, extent: Extent) -> None:
        static = lib.getCursorLinkage(cursor) == k.INTERNAL
        identity = self.names.identity(cursor, spelling)
        self.out.declarations.append(DeclarationFact(identity, extent, static, 1))

    def _variable(self, cursor: CXCursor, owner: SymbolId) -> None:
        names, types = self.names, self.unit.types
        path, line, offset = names.place(cursor)
        spelling = text(lib.getCursorSpelling(cursor))
        identity = names.identity(cursor, spelling)
        type_ = types.at(cursor)
        value = lib.Cursor_getVarDeclInitializer(cursor)
        has_value = value.kind >= k.FIRST_EXPR
        told = names.declared.of(cursor)
        if told.alias:
            target = self.unit.symbol(told.alias, path)
            self.out.mention(
                ReferenceFact(identity, target, EdgeKind.ADDRESS, path, line, -1, "alias")
            )
            self.out.flow((Place.variable(identity),), (Place.variable(target).address,), identity)
        self.out.variables.append(
            VariableFact(
                id=identity,
                name=spelling,
                static=lib.getCursorLinkage(cursor) != k.EXTERNAL,
                extent=names.extent(cursor),
                owner=owner,
                type=text(lib.getTypeSpelling(lib.getCanonicalType(lib.getCursorType(cursor)))),
                size=max(type_.size, 0),
                layout=layout(type_, types),
                const=type_.const,
                tentative=not has_value and not told.alias,
                macro=not names.spelled(path, offset, spelling),
                record=names.record(type_.record) if type_.record is not None else "",
                weak=told.weak or spelling in self.weak,
                alias=self.unit.symbol(told.alias, path) if told.alias else SymbolId(""),
                section=told.section,
                retained=told.used,
                thread=lib.getCursorTLSKind(cursor) != 0,
                choices=enumerators(type_.type) if type_.kind == k.ENUM else (),
            )
        )
        named.in_types(self.out, owner or identity, [cursor])
        # A table of small integers holds no address; it may have thousands of elements.
        if has_value and (type_.element.carries or not type_.array):
            walker = reader(self.out, identity)
            walker.main = path == self.main
            initialise(walker, value, (Place.variable(identity),))
            DataReader(self.out.data, identity, {}).initial(value, identity, type_)

    def _function(self, cursor: CXCursor, spelling: str, extent: Extent) -> None:
        names, types = self.names, self.unit.types
        identity = names.identity(cursor, spelling)
        count = max(lib.Cursor_getNumArguments(cursor), 0)
        arguments = [lib.Cursor_getArgument(cursor, i) for i in range(count)]
        walker = reader(self.out, identity, {a.d0: i for i, a in enumerate(arguments)})
        walker.function = cursor
        path, line, offset = names.place(cursor)
        walker.main = path == self.main
        macro = not names.spelled(path, offset, spelling)
        named.in_signature(self.out, identity, cursor, arguments)
        body_start = self._body(cursor, walker)
        told = names.declared.of(cursor)
        alias = self.unit.symbol(told.alias, path) if told.alias else SymbolId("")
        if alias:
            self.out.mention(ReferenceFact(identity, alias, EdgeKind.CALL, path, line, -1, "alias"))
        if told.ifunc:
            self.resolvers.add(ifunc(self.out, cursor, identity, told.ifunc, len(arguments)))
        result = lib.getCursorResultType(cursor)
        made = types.at(cursor).function
        never = told.noreturn or (made is not None and made.never_returns)
        self.out.functions.append(
            FunctionFact(
                id=identity,
                name=spelling,
                static=lib.getCursorLinkage(cursor) != k.EXTERNAL,
                extent=extent,
                name_start=-1 if macro else offset,
                body_start=body_start,
                type=types.at(cursor).spelling,
                result=text(lib.getTypeSpelling(result)),
                result_kind=types.of(result).result_kind,
                parameters=tuple(map(_parameter, arguments)),
                complexity=walker.complexity,
                macro=macro,
                inline=bool(lib.Cursor_isFunctionInlined(cursor)),
                weak=told.weak or spelling in self.weak,
                alias=alias,
                constructor=told.constructor,
                destructor=told.destructor,
                section=told.section,
                used=told.used,
                privileged=walker.privileged,
                # A naked function returns or jumps in its own assembly.
                body=None if told.naked or alias or told.ifunc else walker.control.body(never),
            )
        )

    def _body(self, function: CXCursor, walker: Walker) -> int:
        """Read a function's body; return the offset of its opening brace, -1 without a body."""
        start = -1
        for child in children(function):
            if child.kind == k.COMPOUND_STMT:
                start = place(lib.getRangeStart(lib.getCursorExtent(child)))[2]
                walker.visit(child)
                DataReader(self.out.data, walker.owner, walker.parameters).value(child)
        asm.finish(walker, function)
        self.starts += self.out.statements()
        pending, self.out.static_locals = self.out.static_locals, []
        for local, owner in pending:
            self._variable(local, owner)
        return start


def _parameter(cursor: CXCursor) -> Parameter:
    type_ = lib.getTypeSpelling(lib.getCursorType(cursor))
    return Parameter(text(lib.getCursorSpelling(cursor)), text(type_))
