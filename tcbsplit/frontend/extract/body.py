"""Function bodies and initialisers -> references, indirect calls and flows of function pointers.

Flows are field-based and inclusion-style: each field of a record type, variable, parameter and
return value is one abstract place; a pointer to a place and the place are one (``&x``, ``*p`` and
``a[i]`` are collapsed), which is what makes registration through out-parameters visible.
"""

from __future__ import annotations

from clang.cindex import Cursor, CursorKind, StorageClass, TypeKind

from tcbsplit.frontend.extract import clang, types
from tcbsplit.frontend.extract.clang import children
from tcbsplit.frontend.extract.facts import Facts
from tcbsplit.frontend.extract.initial import Initialiser
from tcbsplit.frontend.extract.shape import (
    ADDRESS,
    CALL,
    CONST_ADDRESS,
    ELEMENT,
    MODIFY,
    READ,
    TRANSPARENT,
    WRITE,
    argument_mode,
    strip,
)

Nodes = tuple[str, ...]

_DECISIONS = frozenset(
    {
        CursorKind.IF_STMT,
        CursorKind.WHILE_STMT,
        CursorKind.DO_STMT,
        CursorKind.FOR_STMT,
        CursorKind.CASE_STMT,
        CursorKind.CONDITIONAL_OPERATOR,
    }
)


class Body:
    """Reads one function's body (or one variable's initialiser, ``owner`` then being its id)."""

    def __init__(self, facts: Facts, owner: str, parameters: dict[str, int] | None = None) -> None:
        self.facts = facts
        self.names = facts.names
        self.owner = owner
        self.parameters = parameters or {}
        self.complexity = 1
        self.privileged = False
        self.initialiser = parameters is None

    def visit(self, cursor: Cursor, mode: str = READ) -> Nodes:
        """Record what ``cursor`` mentions; return the flow nodes that its value comes from."""
        kind = cursor.kind
        if kind in _DECISIONS:
            self.complexity += 1
        if kind in TRANSPARENT:
            return self._transparent(cursor, mode)
        handler = _HANDLERS.get(kind)
        if handler is not None:
            return handler(self, cursor, mode)
        for child in cursor.get_children():
            self.visit(child)
        return ()

    # --- names -----------------------------------------------------------------------------

    def _name(self, cursor: Cursor, mode: str) -> Nodes:
        target = cursor.referenced
        if target is None:
            return ()
        if target.kind == CursorKind.FUNCTION_DECL:
            identity = self.names.identity(target)
            kind = CALL if mode == CALL else ("init" if self.initialiser else "address")
            self.facts.refer(self.owner, identity, kind, cursor, "direct" if kind == CALL else "")
            return (f"f:{identity}",)
        if target.kind == CursorKind.PARM_DECL:
            position = self.parameters.get(str(target.spelling))
            return (f"p:{self.owner}#{position}",) if position is not None else ()
        if target.kind != CursorKind.VAR_DECL:
            return ()
        if target.linkage.name == "NO_LINKAGE" and target.storage_class != StorageClass.STATIC:
            return _decayed((f"l:{self.owner}:{target.spelling}",), cursor, mode)
        return _decayed(self._variable(cursor, target, mode), cursor, mode)

    def _variable(self, cursor: Cursor, target: Cursor, mode: str) -> Nodes:
        identity = self.names.identity(target)
        if self.initialiser:
            self.facts.refer(self.owner, identity, "init", cursor, "initialiser")
        elif mode == MODIFY:
            self.facts.refer(self.owner, identity, READ, cursor, "modified")
            self.facts.refer(self.owner, identity, WRITE, cursor, "modified")
        elif mode == CONST_ADDRESS:
            self.facts.refer(self.owner, identity, READ, cursor, "address of const")
        elif mode in (CALL, ELEMENT):
            self.facts.refer(self.owner, identity, READ, cursor, "named")
        elif mode == READ and types.is_array(target.type):
            self.facts.refer(self.owner, identity, "address", cursor, "array decays")
        else:
            self.facts.refer(self.owner, identity, mode, cursor, "named")
        return (f"v:{identity}",)

    def _member(self, cursor: Cursor, mode: str) -> Nodes:
        target = cursor.referenced
        for base in children(cursor)[:1]:
            pointer = base.type.get_canonical().kind == TypeKind.POINTER
            decays = mode == READ and types.is_array(cursor.type)
            outer = READ if pointer or mode == CALL else (ADDRESS if decays else mode)
            self.visit(base, outer)
        if target is None or target.kind != CursorKind.FIELD_DECL:
            return ()
        if target.semantic_parent.kind == CursorKind.UNION_DECL:
            self.facts.unions.add(self.names.field(target))
        return _decayed((self.names.field(target),), cursor, mode)

    # --- operators -------------------------------------------------------------------------

    def _transparent(self, cursor: Cursor, mode: str) -> Nodes:
        nodes: Nodes = ()
        for child in cursor.get_children():
            nodes += self.visit(child, mode)
        return nodes

    def _cast(self, cursor: Cursor, mode: str) -> Nodes:
        inner = children(cursor)
        return self.visit(inner[-1], mode) if inner else ()

    def _unary(self, cursor: Cursor, mode: str) -> Nodes:
        operator = clang.unary_operator(cursor)
        (child,) = children(cursor) or (None,)
        if child is None:
            return ()
        if operator == clang.ADDRESS_OF:
            nodes = self.visit(child, CONST_ADDRESS if mode == CONST_ADDRESS else ADDRESS)
            return _writable(nodes, child)
        if operator in (clang.POST_INC, clang.POST_DEC, clang.PRE_INC, clang.PRE_DEC):
            return self.visit(child, MODIFY)
        if operator == clang.DEREFERENCE:
            through = types.is_array(strip(child).type) or mode == CALL
            nodes = self.visit(child, mode if through else READ)
            return tuple(n.removeprefix("&") for n in nodes)
        self.visit(child)
        return ()

    def _subscript(self, cursor: Cursor, mode: str) -> Nodes:
        base, index = (*children(cursor), None, None)[:2]
        if index is not None:
            self.visit(index)
        if base is None:
            return ()
        bare = strip(base)
        if not types.is_array(bare.type):
            return self.visit(base, READ)
        element = READ if mode == CALL else mode
        # An element of an array that is itself an array decays like the whole.
        if mode == READ and types.is_array(cursor.type):
            return self.visit(bare, READ)
        return self.visit(bare, ELEMENT if element == READ else element)

    def _binary(self, cursor: Cursor, mode: str) -> Nodes:
        operator = clang.binary_operator(cursor)
        left, right = (*children(cursor), None, None)[:2]
        if left is None or right is None:
            return ()
        if operator == clang.ASSIGN:
            sources = self.visit(right)
            targets = self.visit(left, WRITE)
            self.facts.flow(targets, sources, self.owner)
            return targets
        if operator in clang.LOGICAL:
            self.complexity += 1
        first, second = self.visit(left), self.visit(right)
        if operator == clang.COMMA:
            return second
        return first + second if cursor.type.get_canonical().kind == TypeKind.POINTER else ()

    def _compound_assignment(self, cursor: Cursor, mode: str) -> Nodes:
        left, right = (*children(cursor), None, None)[:2]
        if right is not None:
            self.visit(right)
        return self.visit(left, MODIFY) if left is not None else ()

    def _conditional(self, cursor: Cursor, mode: str) -> Nodes:
        condition, *arms = children(cursor)
        nodes = self.visit(condition)
        values: Nodes = ()
        for arm in arms:
            values += self.visit(arm, mode)
        # GNU a ?: b has the condition as its first value.
        return nodes + values if len(arms) == 1 else values

    # --- calls -----------------------------------------------------------------------------

    def _call(self, cursor: Cursor, mode: str) -> Nodes:
        inner = children(cursor)
        if not inner:
            return ()
        callee, arguments = inner[0], inner[1:]
        signature = types.function_of(callee.type)
        wanted = (
            list(signature.argument_types())
            if signature and (signature.kind == TypeKind.FUNCTIONPROTO)
            else []
        )
        nodes = tuple(n.removeprefix("&") for n in self.visit(callee, CALL))
        passed = tuple(
            self.visit(argument, argument_mode(wanted[i] if i < len(wanted) else None))
            for i, argument in enumerate(arguments)
        )
        direct = [n[2:] for n in nodes if n.startswith("f:")]
        if direct and len(nodes) == 1:
            return self._direct(cursor, direct[0], arguments, passed)
        if signature is None and not nodes:
            return ()
        path, line, offset = self.names.place(cursor)
        result = f"i:{path}:{offset}:{self.owner}"
        self.facts.indirect_call(self.owner, nodes, signature, passed, result, path, line, callee)
        return (result,)

    def _direct(
        self, cursor: Cursor, callee: str, arguments: list[Cursor], passed: tuple[Nodes, ...]
    ) -> Nodes:
        for i, sources in enumerate(passed):
            self.facts.flow((f"p:{callee}#{i}",), sources, self.owner)
            literal = strip(arguments[i])
            if literal.kind == CursorKind.STRING_LITERAL:
                self.facts.literal(self.owner, callee, i, literal, cursor)
        return (f"r:{callee}",)

    # --- declarations and statements -------------------------------------------------------

    def _local(self, cursor: Cursor, mode: str) -> Nodes:
        if cursor.storage_class == StorageClass.STATIC:
            self.facts.static_local(cursor, self.owner)
            return ()
        if cursor.storage_class == StorageClass.EXTERN:
            return ()
        target = (f"l:{self.owner}:{cursor.spelling}",)
        value = clang.initialiser(cursor)
        for child in cursor.get_children():
            if child.kind.is_expression() and (value is None or child != value):
                self.visit(child)  # the bound of a variable-length array
        if value is not None:
            self.initialise(value, target)
        return ()

    def _return(self, cursor: Cursor, mode: str) -> Nodes:
        for child in cursor.get_children():
            self.facts.flow((f"r:{self.owner}",), self.visit(child), self.owner)
        return ()

    def _statement_expression(self, cursor: Cursor, mode: str) -> Nodes:
        nodes: Nodes = ()
        for block in cursor.get_children():
            for child in block.get_children():
                nodes = self.visit(child)
        return nodes

    def _assembly(self, cursor: Cursor, mode: str) -> Nodes:
        self.privileged = True
        nodes: Nodes = ()
        for child in cursor.get_children():
            nodes += self.visit(child, MODIFY)
        # Operands may be stored through one another (exchange instructions and the like).
        for target in nodes:
            if not target.startswith("f:"):
                self.facts.flow((target,), tuple(n for n in nodes if n != target), self.owner)
        return ()

    def _unevaluated(self, cursor: Cursor, mode: str) -> Nodes:
        return ()

    def _list(self, cursor: Cursor, mode: str) -> Nodes:
        self.initialise(cursor, ())
        return ()

    def _compound_literal(self, cursor: Cursor, mode: str) -> Nodes:
        for child in cursor.get_children():
            if child.kind.is_expression():
                self.initialise(child, ())
        return ()

    def initialise(self, cursor: Cursor, target: Nodes) -> None:
        """Read an initialiser of the places ``target``."""
        Initialiser(self.facts, self.owner, self.visit).read(cursor, target)


def _decayed(nodes: Nodes, cursor: Cursor, mode: str) -> Nodes:
    """The value of an array is the address of its elements."""
    return _writable(nodes, cursor) if mode == READ and types.is_array(cursor.type) else nodes


def _writable(nodes: Nodes, place: Cursor) -> Nodes:
    """Mark the address of a pointer: whoever gets it may store into the pointer itself."""
    if types.element(place.type).kind != TypeKind.POINTER:
        return nodes
    return tuple(n if n.startswith(("f:", "&")) else f"&{n}" for n in nodes)


_HANDLERS = {
    CursorKind.DECL_REF_EXPR: Body._name,
    CursorKind.MEMBER_REF_EXPR: Body._member,
    CursorKind.CALL_EXPR: Body._call,
    CursorKind.UNARY_OPERATOR: Body._unary,
    CursorKind.ARRAY_SUBSCRIPT_EXPR: Body._subscript,
    CursorKind.BINARY_OPERATOR: Body._binary,
    CursorKind.COMPOUND_ASSIGNMENT_OPERATOR: Body._compound_assignment,
    CursorKind.CONDITIONAL_OPERATOR: Body._conditional,
    CursorKind.CSTYLE_CAST_EXPR: Body._cast,
    CursorKind.VAR_DECL: Body._local,
    CursorKind.RETURN_STMT: Body._return,
    CursorKind.StmtExpr: Body._statement_expression,
    CursorKind.ASM_STMT: Body._assembly,
    CursorKind.CXX_UNARY_EXPR: Body._unevaluated,
    CursorKind.INIT_LIST_EXPR: Body._list,
    CursorKind.COMPOUND_LITERAL_EXPR: Body._compound_literal,
}
