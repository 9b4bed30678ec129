"""Why a function is in its class: the shortest chain for each of its phases, as data."""

from __future__ import annotations

from tcbsplit.errors import UnknownNameError, near
from tcbsplit.model.graph import Chain
from tcbsplit.model.phase import Classification, FunctionClass
from tcbsplit.phases.names import matches


def find(classes: Classification, name: str) -> FunctionClass:
    """Return the class of the one function that ``name`` (an id or bare name) means."""
    hits = [c for i, c in classes.functions.items() if matches(name, i)]
    if not hits:
        raise UnknownNameError(f"no function {name}{near(name, classes.functions)}")
    if len(hits) > 1:
        raise UnknownNameError(f"{name} means several functions: {', '.join(c.id for c in hits)}")
    return hits[0]


def chains(classes: Classification, name: str) -> tuple[FunctionClass, dict[str, Chain]]:
    """Return the function's class and a shortest chain per phase."""
    found = find(classes, name)
    return found, found.chains


def describe(found: FunctionClass) -> str:
    """The class, the phases, and for each phase the chain with file:line of every step."""
    phases = ", ".join(found.phases) or "none"
    lines = [f"{found.id}: {found.kind} (phases: {phases})"]
    if not found.chains:
        lines.append("  not reached from any root")
    for phase, way in found.chains.items():
        lines.append(f"  {phase}: {way.root} (root)")
        for edge in way.edges:
            place = f"{edge.file}:{edge.line}" if edge.file else "configuration"
            lines.append(
                f"    -> {edge.callee}  [{place}: {edge.kind}, {edge.confidence}: {edge.rule}]"
            )
    return "\n".join(lines)
