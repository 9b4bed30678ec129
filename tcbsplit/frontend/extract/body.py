# SPDX-License-Identifier: MIT
"""Read function bodies and initialisers: references, indirect calls, function-pointer flows.

Flows are field-based and inclusion-style: each field of a record type, variable, parameter and
return value is one abstract place. A pointer to a place and the place are one (``&x``, ``*p`` and
``a[i]`` are collapsed), which makes registration through out-parameters visible.
"""

from __future__ import annotations

from tcbsplit.frontend.extract import asm, calls, operators, overlay, pieces, statements
from tcbsplit.frontend.extract import kinds as k
from tcbsplit.frontend.extract.attributes import attributes
from tcbsplit.frontend.extract.collect import Collected
from tcbsplit.frontend.extract.initial import initialise
from tcbsplit.frontend.extract.libclang import CXCursor, children, lib, text
from tcbsplit.frontend.extract.overlay import code_fields
from tcbsplit.frontend.extract.shape import (
    ADDRESS,
    CALL,
    CONST_ADDRESS,
    ELEMENT,
    MODIFY,
    READ,
    WRITE,
    in_type,
    is_expression,
)
from tcbsplit.frontend.extract.targets import (
    CONSTANT,
    FIELD,
    FUNCTION,
    LOCAL,
    PARAMETER,
    VARIABLE,
    Target,
)
from tcbsplit.frontend.extract.walker import Walker, decayed
from tcbsplit.model.place import Place, Places
from tcbsplit.model.unit import ADDRESS_OF_CONST
from tcbsplit.model.vocabulary import EdgeKind, SymbolId

_READS = frozenset({READ, ELEMENT, CONST_ADDRESS})
_WRITES = frozenset({WRITE, MODIFY, ADDRESS})
_KINDS: dict[str, EdgeKind] = {kind: kind for kind in (READ, WRITE, ADDRESS)}


def _name(walker: Walker, cursor: CXCursor, mode: str) -> Places:
    target = walker.targets.of(cursor)
    if target is None or target.kind == CONSTANT:
        return ()
    kind = target.kind
    if kind == LOCAL:
        if not target.carries:
            return ()
        return decayed((walker.local(target.declaration.d0, target.spelling),), target.type, mode)
    if kind == PARAMETER:
        if not target.carries:
            return ()
        position = walker.parameters.get(target.declaration.d0)
        return (Place.parameter(walker.owner, position),) if position is not None else ()
    if kind == FUNCTION:
        if mode == CALL:
            walker.called.append(walker.out.refer(walker.owner, target, CALL, cursor, "direct"))
        else:
            mention = EdgeKind.INIT if walker.initialiser else ADDRESS
            walker.out.refer(walker.owner, target, mention, cursor, "")
        return (target.place,)
    if kind == VARIABLE:
        _variable(walker, cursor, target, mode)
        return decayed((target.place,), target.type, mode) if target.carries else ()
    return ()


def _variable(walker: Walker, cursor: CXCursor, target: Target, mode: str) -> None:
    refer = walker.out.refer
    if target.object:
        walker.out.objects[target.identity] = None
    if target.outside:
        # If no unit defines it, the values of its code pointers are unknown.
        fields = code_fields(walker, target.type.element)
        walker.flow(fields, (Place.external(target.identity),))
    if walker.initialiser:
        refer(walker.owner, target, EdgeKind.INIT, cursor, "initialiser")
    elif mode == MODIFY:
        refer(walker.owner, target, READ, cursor, "modified")
        refer(walker.owner, target, WRITE, cursor, "modified")
    elif mode == CONST_ADDRESS:
        refer(walker.owner, target, READ, cursor, ADDRESS_OF_CONST)
    elif mode in (CALL, ELEMENT):
        refer(walker.owner, target, READ, cursor, "named")
    elif mode == READ and target.type.array:
        refer(walker.owner, target, ADDRESS, cursor, "array decays")
    else:
        refer(walker.owner, target, _KINDS[mode], cursor, "named")


def _member(walker: Walker, cursor: CXCursor, mode: str) -> Places:
    target = walker.targets.of(cursor)
    base = next(iter(children(cursor)), None)
    within_union: Target | None = None
    places: Places = ()
    if base is not None and is_expression(base):
        pointer = walker.types.at(base).kind == k.POINTER
        decays = mode == READ and target is not None and target.type.array
        places = walker.visit(
            base, READ if pointer or mode == CALL else (ADDRESS if decays else mode)
        )
        if not pointer and base.kind == k.MEMBER_REF_EXPR:
            outer = walker.targets.of(base)
            within_union = outer if outer is not None and outer.union else None
    if target is None or target.kind != FIELD:
        return ()
    _use(walker, target, mode)
    if not target.carries:
        return overlay.union_pieces(walker, cursor, places) if mode in _READS else ()
    if target.type.element.code:
        if target.union:
            overlay.shared(walker, target, lib.getCursorSemanticParent(target.declaration))
        elif within_union is not None:
            overlay.shared(walker, target, lib.getCursorSemanticParent(within_union.declaration))
    return decayed((target.place,), target.type, mode)


def _use(walker: Walker, field: Target, mode: str) -> None:
    """Record that a function reads or writes a field itself."""
    if walker.initialiser:
        return
    if mode in _WRITES:
        walker.out.use_field(walker.owner, field.place, True)
    if mode != WRITE:
        walker.out.use_field(walker.owner, field.place, False)


def _local(walker: Walker, cursor: CXCursor, mode: str) -> Places:
    storage = lib.Cursor_getStorageClass(cursor)
    if storage == k.STORAGE_STATIC:
        walker.out.static_locals.append((cursor, walker.owner))
        return ()
    if storage == k.STORAGE_EXTERN:
        return ()
    value = lib.Cursor_getVarDeclInitializer(cursor)
    has_value = value.kind >= k.FIRST_EXPR
    for child in in_type(cursor, value):
        walker.visit(child)
    if has_value:
        type_ = walker.types.at(cursor)
        spelling = text(lib.getCursorSpelling(cursor))
        places = (walker.local(cursor.d0, spelling),) if type_.carries else ()
        initialise(walker, value, places, cursor)
    if lib.Cursor_hasAttrs(cursor):
        _cleanup(walker, cursor)
    return ()


def _cleanup(walker: Walker, cursor: CXCursor) -> None:
    """Record ``cleanup`` functions: called with a variable's address when its scope ends."""
    variable = walker.local(cursor.d0, text(lib.getCursorSpelling(cursor))).address
    for name in attributes(cursor).cleanup:
        function = walker.unit.symbol(name, walker.names.place(cursor)[0])
        walker.flow((Place.parameter(function, 0),), (variable,))
        walker.out.refer_by_name(walker.owner, name, CALL, cursor, "attribute cleanup")


def _return(walker: Walker, cursor: CXCursor, mode: str) -> Places:
    for child in children(cursor):
        sources = walker.visit(child)
        walker.flow((Place.result(walker.owner),), sources)
        if sources:
            pieces.returned(walker, child, sources)
    walker.control.leave()
    return ()


def _statement_expression(walker: Walker, cursor: CXCursor, mode: str) -> Places:
    *before, last = [child for block in children(cursor) for child in children(block)] or [cursor]
    for child in before:
        walker.visit(child)
    return walker.visit(last, mode) if last is not cursor else ()


def _list(walker: Walker, cursor: CXCursor, mode: str) -> Places:
    initialise(walker, cursor, ())
    return ()


def _compound_literal(walker: Walker, cursor: CXCursor, mode: str) -> Places:
    type_ = walker.types.at(cursor)
    path, _, offset = walker.names.place(cursor)
    places: Places = (Place.local(walker.owner, f"{path}:{offset}"),)
    for child in children(cursor):
        if is_expression(child):
            initialise(walker, child, places)
    return pieces.cut_up(places) if type_.narrow else decayed(places, type_, mode)


_HANDLERS = {
    k.UNEXPOSED_EXPR: operators.transparent,
    k.PAREN_EXPR: operators.transparent,
    k.DECL_REF_EXPR: _name,
    k.MEMBER_REF_EXPR: _member,
    k.CALL_EXPR: calls.call,
    k.UNARY_OPERATOR: operators.unary,
    k.ARRAY_SUBSCRIPT_EXPR: operators.subscript,
    k.BINARY_OPERATOR: operators.binary,
    k.COMPOUND_ASSIGNMENT_OPERATOR: operators.compound_assignment,
    k.CONDITIONAL_OPERATOR: operators.conditional,
    k.CSTYLE_CAST_EXPR: operators.cast,
    k.GENERIC_SELECTION_EXPR: operators.generic,
    k.SIZEOF_EXPR: operators.unevaluated,
    k.VAR_DECL: _local,
    k.RETURN_STMT: _return,
    k.IF_STMT: statements.if_,
    k.WHILE_STMT: statements.while_,
    k.DO_STMT: statements.do,
    k.FOR_STMT: statements.for_,
    k.SWITCH_STMT: statements.switch,
    k.CASE_STMT: statements.case,
    k.DEFAULT_STMT: statements.case,
    k.LABEL_STMT: statements.label,
    k.GOTO_STMT: statements.goto,
    k.INDIRECT_GOTO_STMT: statements.computed_goto,
    k.BREAK_STMT: statements.break_,
    k.CONTINUE_STMT: statements.continue_,
    k.STATEMENT_EXPR: _statement_expression,
    k.ASM_STMT: asm.statement,
    k.INIT_LIST_EXPR: _list,
    k.COMPOUND_LITERAL_EXPR: _compound_literal,
    **dict.fromkeys(k.LEAVES, operators.literal),
}


def reader(
    collected: Collected, owner: SymbolId, parameters: dict[int, int] | None = None
) -> Walker:
    """Return a walker of the body of function ``owner`` or, without parameters, an initialiser."""
    return Walker(_HANDLERS, collected, owner, parameters)
