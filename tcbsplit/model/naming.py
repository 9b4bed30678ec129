# SPDX-License-Identifier: MIT
"""Map symbols of an object or image to the functions that they may name."""

from __future__ import annotations

from collections import defaultdict
from pathlib import PurePosixPath

from tcbsplit.model.machine import MachineName, MachineNode
from tcbsplit.model.program import Program
from tcbsplit.model.vocabulary import SymbolId, path_of, symbol_id


class Naming:
    """The functions of a program by the names that symbols have."""

    def __init__(self, program: Program) -> None:
        self._functions = program.functions
        self._statics: dict[str, list[SymbolId]] = defaultdict(list)
        for identity, function in program.functions.items():
            if ":" in identity:
                self._statics[function.name].append(identity)
        self._headers: dict[str, frozenset[str]] = {}
        for unit in program.units:
            known = self._headers.get(unit.command.file, frozenset())
            self._headers[unit.command.file] = known | frozenset(unit.headers)
        self._known: dict[MachineNode, tuple[SymbolId, ...]] = {}

    def of(self, node: MachineNode) -> tuple[SymbolId, ...]:
        """Ids that a node may be; several if code is shared or names are ambiguous."""
        found = self._known.get(node)
        if found is None:
            ids = dict.fromkeys(i for name in node.names for i in self.ids(name))
            # Of aliases at one place that which they stand for says it all.
            kept = [i for i in ids if self._functions[i].alias not in ids]
            found = self._known[node] = tuple(kept)
        return found

    def ids(self, name: MachineName) -> tuple[SymbolId, ...]:
        """Ids that fit one symbol. A part or a copy of a function is that function.

        ``file`` of a local symbol is the path of the unit, or a base name: that of the file which
        was compiled, also for a static function of a header.
        """
        for spelled in dict.fromkeys((name.name, name.plain)):
            if not name.file:
                if (known := symbol_id(spelled)) in self._functions:
                    return (known,)
                if spelled == name.name:
                    continue
            if found := self._local(spelled, name.file):
                return found
        return ()

    def _local(self, name: str, file: str) -> tuple[SymbolId, ...]:
        exact = symbol_id(name, file)
        if exact in self._functions:
            return (exact,)
        statics = self._statics.get(name, [])
        files = {i: path_of(i) for i in statics}
        if file in self._headers:
            headers = self._headers[file]
            found = [i for i in statics if files[i] in headers]
        else:
            found = [i for i in statics if PurePosixPath(files[i]).name == file] or statics
        if found:
            return tuple(found)
        # A part of a global function is a local symbol.
        whole = symbol_id(name)
        return (whole,) if whole in self._functions else ()
