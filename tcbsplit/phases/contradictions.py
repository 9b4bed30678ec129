# SPDX-License-Identifier: MIT
"""Compare machine code with the graph and the classes; machine code is authoritative.

There are two contradictions: an edge between functions in machine code that the graph lacks, and a
branch from a function of the run-time phase to one outside of it. Declared cuts are no
contradictions, nor is code of a launching function before its launch.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterator, Sequence
from fnmatch import translate

from tcbsplit.model.branches import Accounts, Branch, branches
from tcbsplit.model.graph import CONTROL, Edge, ReferenceGraph
from tcbsplit.model.machine import RULE, Built, Contradiction, Findings
from tcbsplit.model.phase import Classification
from tcbsplit.model.program import Program, stands_for
from tcbsplit.model.vocabulary import BranchKind, ContradictionKind, Phase, SymbolId

# Functions that compilers call implicitly (GCC internals, 4; manual 3.11, 3.12, 3.19; also LLVM).
_GLOBS = (
    "mem[cms]*", "str[cnr]*", "stpcpy", "abort", "__[umd]*ti[234]", "__[umd]*di[234]",
    "__*[sdxt]f[23]",
    "__stack_chk_*", "__x86_indirect_thunk_*", "__x86_return_thunk", "mcount", "__fentry__",
    "__cyg_profile_*", "__sanitizer_*", "__asan_*", "__ubsan_*", "__tsan_*", "__kasan_*",
    "__gcov_*", "_mcount", "__atomic_*", "__sync_*", "__cfi_*", "__kcfi_*",
)  # fmt: skip
_BY_COMPILERS = re.compile("|".join(map(translate, _GLOBS))).match


def examine(
    program: Program,
    graph: ReferenceGraph,
    classes: Classification,
    built: Built,
    build: str,
    *,
    runs: Callable[[SymbolId, Edge], bool],
    edited: bool = False,
    replaced: Collection[SymbolId] = (),
    boot_only: Collection[SymbolId] = (),
) -> Findings:
    """Return the contradictions of ``built`` with the graph and the classes.

    ``runs`` tells whether a function follows an edge at run time, that is, not before a launch. In
    an ``edited`` tree a stub replaces the callee of a cut. In this build an adapter defines the
    ``replaced`` functions instead of the program. Run-time code enters ``boot_only`` functions
    only before the boundary.
    """
    judge = _Judge(program, graph, classes, runs, edited, replaced, boot_only)
    found: dict[tuple[str, str, str], Contradiction] = {}
    counts = {BranchKind.ADDRESS: 0, "": 0}
    for branch in branches(program, built.codes):
        counts[BranchKind.ADDRESS if branch.kind is BranchKind.ADDRESS else ""] += 1
        for contradiction in judge.of(branch):
            key = (contradiction.kind, contradiction.caller, contradiction.callee)
            found.setdefault(key, contradiction)
    joined = [e for e in graph.edges if e.rule == RULE]
    return Findings(
        build=build,
        image=built.image,
        objects=sum(bool(c.unit) for c in built.codes),
        branches=counts[""],
        addresses=counts[BranchKind.ADDRESS],
        joined=len(joined),
        missing=built.missing,
        stale=built.stale,
        affected=_affected(program, classes, built),
        contradictions=tuple(found[key] for key in sorted(found)),
    )


def unexamined(program: Program, classes: Classification, built: Built, build: str) -> Findings:
    """Return the findings for a build whose machine code was not read."""
    return Findings(
        build=build,
        image=built.image,
        missing=built.missing,
        stale=built.stale,
        affected=_affected(program, classes, built),
    )


def _affected(program: Program, classes: Classification, built: Built) -> tuple[SymbolId, ...]:
    """Return functions outside of run time that compilers may call in code that was not read."""
    if built.image or not built.missing:
        return ()
    code = stands_for(program.functions)  # that of an alias is its target's
    return tuple(
        i
        for i, f in program.functions.items()
        if _BY_COMPILERS(f.name) and Phase.RUNTIME not in classes.functions[code.get(i, i)].phases
    )


class _Judge:
    def __init__(
        self,
        program: Program,
        graph: ReferenceGraph,
        classes: Classification,
        runs: Callable[[SymbolId, Edge], bool],
        edited: bool,
        replaced: Collection[SymbolId],
        boot_only: Collection[SymbolId],
    ) -> None:
        self._program = program
        self._graph = graph
        self._classes = classes
        self._runs = runs
        self._replaced = frozenset(replaced)
        self._boot_only = frozenset(boot_only)
        self._accounts = Accounts(program, lambda node: graph.outgoing.get(node, ()))
        self._cuts = [c.edge for c in classes.cut_edges]
        self._stubbed = {i for e in self._cuts for i in (e.caller, e.callee)} if edited else set()

    def of(self, branch: Branch) -> Iterator[Contradiction]:
        """Yield the contradictions of a branch."""
        sources = [s for s in branch.sources if s not in self._replaced]
        targets = [t for t in branch.targets if t not in self._replaced]
        if not sources or not targets:
            return
        if not self._accounts.has(branch) and not self._stub(sources):
            yield self._contradiction(ContradictionKind.EDGE, branch, sources[0], targets[0])
        elif branch.kind is not BranchKind.ADDRESS and self._phase(sources, targets):
            yield self._contradiction(ContradictionKind.PHASE, branch, sources[0], targets[0])

    def _stub(self, sources: Sequence[SymbolId]) -> bool:
        """Return whether a body contains the stub of a cut, which may call other functions."""
        return any(not self._stubbed.isdisjoint(self._accounts.bodies(s)) for s in sources)

    def _phase(self, sources: Sequence[SymbolId], targets: Sequence[SymbolId]) -> bool:
        if not all(map(self._runtime, sources)):
            return False
        if not self._boot_only.isdisjoint(targets):
            return False
        if any(map(self._runtime, targets)):
            return False
        bodies = {b for s in sources for b in self._accounts.bodies(s)}
        if any(e.callee in targets and e.caller in bodies for e in self._cuts):
            return False
        # The code of a launching function includes the part before the launch.
        edges = [
            e for b in bodies for e in self._graph.outgoing.get(b, ())
            if e.callee in targets and e.kind in CONTROL
        ]  # fmt: skip
        return not edges or any(self._runtime(e.caller) and self._runs(e.caller, e) for e in edges)

    def _runtime(self, function: SymbolId) -> bool:
        known = self._classes.functions.get(function)
        return known is not None and Phase.RUNTIME in known.phases

    def _contradiction(
        self, kind: ContradictionKind, branch: Branch, caller: SymbolId, callee: SymbolId
    ) -> Contradiction:
        extent = self._program.functions[caller].extent
        return Contradiction(
            kind=kind,
            caller=caller,
            callee=callee,
            address=branch.at,
            path=branch.path,
            file=extent.file,
            line=extent.line,
            known=self._known(kind, caller, callee),
            reason=self._reason(kind, branch, caller, callee),
        )

    def _known(self, kind: ContradictionKind, caller: SymbolId, callee: SymbolId) -> str:
        words = [f"{i} is {self._classes.of(i)} ({self._phases(i)})" for i in (caller, callee)]
        edges = [e.kind for e in self._graph.outgoing.get(caller, ()) if e.callee == callee]
        words.append(f"the graph has {', '.join(edges) or 'no edge'} between them")
        return "; ".join(words)

    def _phases(self, function: SymbolId) -> str:
        found = self._classes.functions.get(function)
        return ", ".join(found.phases) if found and found.phases else "no phase"

    def _reason(
        self, kind: ContradictionKind, branch: Branch, caller: SymbolId, callee: SymbolId
    ) -> str:
        functions = self._program.functions
        degraded = {d.unit for d in self._program.degraded}
        if _BY_COMPILERS(functions[callee].name):
            return "the compiler calls it by itself"
        if functions[caller].extent.file in degraded:
            return "the unit has parse errors"
        if functions[caller].assembly:
            return "assembly that was not seen to lead there"
        if callee.startswith(("__wrap_", "__real_")):
            return "the linker redirects the call (--wrap)"
        if kind is ContradictionKind.PHASE:
            return "a chain of edges was cut, or the launch was taken to be later than it is"
        if branch.kind is BranchKind.ADDRESS:
            return "an address in code or data that no source mentions"
        return "a call that the source does not show, or a symbol that the linker assigns"
