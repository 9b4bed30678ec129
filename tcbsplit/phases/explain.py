"""Why a function is in its class, what holds it there, and what lies between two functions."""

from __future__ import annotations

from collections.abc import Iterable

from tcbsplit.errors import UnknownNameError, near
from tcbsplit.model.access import NO_USERS, users_of_variables
from tcbsplit.model.base import Record
from tcbsplit.model.graph import CONTROL, Chain, Edge, Entrance, ReferenceGraph, chain
from tcbsplit.model.phase import Classification, CutEdge, FunctionClass
from tcbsplit.model.program import Program, stands_for
from tcbsplit.model.vocabulary import SymbolId
from tcbsplit.phases.directory import matches

_STAYING = ("runtime", "boot")


class Use(Record, frozen=True, kw_only=True):
    """A variable that a function mentions, and who else reads and writes it."""

    variable: str
    readers: tuple[str, ...]
    writers: tuple[str, ...]


class Explanation(Record, frozen=True, kw_only=True):
    """All that is known of why a function is where it is."""

    id: str
    kind: str
    phases: tuple[str, ...]
    chains: dict[str, Chain]
    dominators: tuple[str, ...]  # without any one of these it would leave the TCB; nearest first
    uses: tuple[Use, ...]
    held_off: tuple[CutEdge, ...]  # cuts without which it would be pulled back into the TCB
    assumed: dict[str, Entrance]  # of its chains' roots those that nobody named, and why


class Between(Record, frozen=True, kw_only=True):
    """All chains from one function to another, collapsed: how they begin, pass and end."""

    start: str
    end: str
    shortest: Chain
    heads: tuple[str, ...]  # called by the start
    middle: tuple[str, ...]
    tails: tuple[str, ...]  # call the end
    edges: tuple[Edge, ...]


def find(classes: Classification, name: str) -> FunctionClass:
    """Return the class of the one function that ``name`` (an id or bare name) means."""
    hits = [c for i, c in classes.functions.items() if matches(name, i)]
    if not hits:
        raise UnknownNameError(f"no function {name}{near(name, classes.functions)}")
    if len(hits) > 1:
        raise UnknownNameError(f"{name} means several functions: {', '.join(c.id for c in hits)}")
    return hits[0]


def explain(
    program: Program, graph: ReferenceGraph, classes: Classification, name: str
) -> Explanation:
    """Explain one function; raises ``UnknownNameError`` for a name of none or of several."""
    found = find(classes, name)
    return Explanation(
        id=found.id,
        kind=found.kind,
        phases=found.phases,
        chains=found.chains,
        dominators=_dominators(graph, classes, found),
        uses=tuple(_uses(program, graph, found.id)),
        held_off=_held_off(graph, classes, found.id),
        assumed={
            e.function: e
            for e in (*graph.unasked, *graph.hardware)
            if e.function in classes.assumed
            and any(c.root == e.function for c in found.chains.values())
        },
    )


def between(graph: ReferenceGraph, classes: Classification, start: str, end: str) -> Between:
    """Return what lies between two functions; raises ``UnknownNameError`` if nothing does."""
    first, last = find(classes, start).id, find(classes, end).id
    forward = graph.reach([first])
    if last not in forward or first == last:
        raise UnknownNameError(f"no chain leads from {first} to {last}")
    backward = _callers(graph, last)
    on_the_way = forward.keys() & backward
    edges = tuple(
        e
        for e in graph.edges
        if e.kind in CONTROL
        and e.caller in on_the_way
        and e.callee in on_the_way
        and e.caller != last
        and e.callee != first
    )
    heads = {e.callee for e in edges if e.caller == first} - {last}
    tails = {e.caller for e in edges if e.callee == last} - {first}
    return Between(
        start=first,
        end=last,
        shortest=chain(forward, last),
        heads=tuple(sorted(heads)),
        middle=tuple(sorted(on_the_way - heads - tails - {first, last})),
        tails=tuple(sorted(tails)),
        edges=edges,
    )


def _callers(graph: ReferenceGraph, function: str) -> set[str]:
    found, work = {function}, [function]
    while work:
        for edge in graph.incoming.get(work.pop(), ()):
            if edge.kind in CONTROL and edge.caller not in found:
                found.add(edge.caller)
                work.append(edge.caller)
    return found


def _dominators(
    graph: ReferenceGraph, classes: Classification, found: FunctionClass
) -> tuple[str, ...]:
    """Functions on every chain from a staying root: only those of any one chain can be."""
    chains = [found.chains[p] for p in _STAYING if p in found.chains]
    if not chains:
        return ()
    roots = {
        c.chains[p].root for c in classes.functions.values() for p in _STAYING if p in c.chains
    }
    severed = {c.edge for c in classes.cut_edges}
    common = set(chains[0].ids).intersection(*(c.ids for c in chains)) - {found.id}
    result = [
        candidate
        for candidate in reversed(chains[0].ids)
        if candidate in common
        and found.id not in _without(graph, roots - {candidate}, candidate, severed)
    ]
    return tuple(result)


def _without(
    graph: ReferenceGraph, roots: Iterable[str], removed: str, severed: set[Edge]
) -> set[str]:
    seen = set(roots)
    work = list(seen)
    while work:
        for edge in graph.outgoing.get(work.pop(), ()):
            callee = edge.callee
            if callee in seen or callee == removed or edge in severed:
                continue
            if edge.kind in CONTROL:
                seen.add(callee)
                work.append(callee)
    return seen


def _uses(program: Program, graph: ReferenceGraph, function: SymbolId) -> Iterable[Use]:
    users = users_of_variables(program, graph, through_pointers=True)
    objects = stands_for(program.variables)
    mentioned = (e.callee for e in graph.outgoing.get(function, ()) if e.callee in graph.variables)
    for variable in dict.fromkeys(mentioned):
        found = users.get(objects.get(variable, variable), NO_USERS)
        yield Use(
            variable=variable,
            readers=tuple(i for i in found.readers if i in graph.functions),
            writers=tuple(i for i in found.writers if i in graph.functions),
        )


def _held_off(graph: ReferenceGraph, classes: Classification, function: str) -> tuple[CutEdge, ...]:
    """Cut edges from what stays through which the function would be reached again."""
    above = _callers(graph, function)
    return tuple(c for c in classes.cut_edges if c.edge.callee in above and c.edge.kind in CONTROL)


def describe(found: Explanation) -> str:
    """Text: the class, a chain per phase with file:line of every step, and the rest."""
    phases = ", ".join(found.phases) or "none"
    lines = [f"{found.id}: {found.kind} (phases: {phases})"]
    if not found.chains:
        lines.append("  not reached from any root")
    for phase, way in found.chains.items():
        lines.append(f"  {phase}: {way.root} ({_root(found, way.root)})")
        lines += [f"    -> {e.callee}  [{_evidence(e)}]" for e in way.edges]
    if found.dominators:
        lines.append(f"  leaves the TCB with any of: {', '.join(found.dominators)}")
    for cut in found.held_off:
        lines.append(
            f"  held off by the cut {cut.edge.caller} -> {cut.edge.callee}: {cut.cut.reason}"
        )
    for use in found.uses:
        lines.append(
            f"  {use.variable}: read by {_some(use.readers)}; written by {_some(use.writers)}"
        )
    return "\n".join(lines)


def _root(found: Explanation, root: str) -> str:
    """Who says that a phase begins there."""
    shown = found.assumed.get(root)
    if shown is None:
        return "root"
    return f"root, assumed: {shown.file}:{shown.line}: {shown.how}"


def describe_between(found: Between) -> str:
    """Text: the shortest chain, then heads, middle and tails of all."""
    lines = [f"{found.start} -> {found.end}, shortest of all chains:"]
    lines += [f"    -> {e.callee}  [{_evidence(e)}]" for e in found.shortest.edges]
    lines.append(f"  all chains begin with: {_some(found.heads, 8)}")
    lines.append(f"  pass through {len(found.middle)} functions")
    lines.append(f"  end with: {_some(found.tails, 8)}")
    return "\n".join(lines)


def _evidence(edge: Edge) -> str:
    place = f"{edge.file}:{edge.line}" if edge.file else "configuration"
    return f"{place}: {edge.kind}, {edge.confidence}: {edge.rule}"


def _some(names: tuple[str, ...], count: int = 4) -> str:
    more = f" and {len(names) - count} more" if len(names) > count else ""
    return (", ".join(names[:count]) or "nobody") + more
