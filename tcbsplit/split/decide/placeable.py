# SPDX-License-Identifier: MIT
"""Tells how a definition is put into a section of its own, or why it cannot be.

An attribute in front of it is that of all that its text defines: units that include a header, with
other macros, may make other functions of it. Where a macro writes the whole definition, a prototype
in front of it has the attribute.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Collection, Mapping
from functools import cached_property

from tcbsplit.model.program import Program
from tcbsplit.model.retire import Way
from tcbsplit.model.unit import Extent, FunctionFact, VariableFact
from tcbsplit.model.vocabulary import SymbolId

_NO_COPY = "inline: compilers copy it into its callers"
_BY_MACRO = "a macro writes its definition"
_IN_HEADER = "a header defines it: other images read it, too"
_UNSPELLED = re.compile(r"\(|\bunnamed\b|\banonymous\b|^$")  # types that no prototype spells


class Placeable:
    """What of a program can be placed, if ``idle`` does not last.

    ``written`` are the functions of which a file has the definition (``split.edit.written``).
    Without them, only what an attribute in a source that is no header places can be. ``labels``:
    for files of assembly, what that lasts mentions their labels.
    """

    def __init__(
        self,
        program: Program,
        idle: Collection[SymbolId],
        written: Collection[SymbolId] | None,
        labels: Mapping[str, str],
    ) -> None:
        self._program, self._idle, self._written = program, idle, written
        self._labels = labels

    @cached_property
    def _sharing(self) -> dict[tuple[str, int], list[SymbolId]]:
        """Return the definitions by where they begin."""
        found: dict[tuple[str, int], list[SymbolId]] = defaultdict(list)
        for definition in self._program.definitions:
            found[definition.extent.file, definition.extent.start].append(definition.id)
        return found

    @cached_property
    def _strict(self) -> frozenset[str]:
        """Return the files of units whose compiler complains of a second declaration."""
        return frozenset(
            u.command.file
            for u in self._program.units
            if "-Wredundant-decls" in u.command.arguments
        )

    def function(self, function: FunctionFact) -> Way | str:
        """Return how a function is placed, or why it cannot be."""
        if function.alias:
            return f"another name of {function.alias}"
        if function.assembly:
            return self._of_assembly(function) or Way.ATTRIBUTE
        if function.section:
            return f"has the section {function.section} already"
        if function.inline:
            return _NO_COPY
        if self._written is None and function.macro:
            return _BY_MACRO
        if self._written is None or function.id in self._written:
            return self._of_text(function.extent) or Way.ATTRIBUTE
        return self._of_macro(function)

    def _of_macro(self, function: FunctionFact) -> Way | str:
        extent = function.extent
        if self._header(extent.file):
            return f"{_BY_MACRO} in a header"
        types = (function.result, *(p.type for p in function.parameters))
        if any(_UNSPELLED.search(t) for t in types) or function.type.endswith("()"):
            return f"{_BY_MACRO}, and no prototype spells its types"
        if extent.file in self._strict:
            return f"{_BY_MACRO}, and -Wredundant-decls forbids another prototype"
        return Way.PROTOTYPE

    def _of_text(self, extent: Extent) -> str:
        """Return why the text of a definition takes no attribute, or empty."""
        if self._written is None:
            return _IN_HEADER if self._header(extent.file) else ""
        for other in self._sharing[extent.file, extent.start]:
            if other not in self._idle:
                return f"its text defines {other}, too, which lasts"
        return ""

    def _header(self, path: str) -> bool:
        fact = self._program.files.get(path)
        return fact is None or (fact.header and not path.endswith(".c"))

    def _of_assembly(self, function: FunctionFact) -> str:
        file = function.extent.file
        lasting = [
            f.id
            for f in self._program.functions.values()
            if f.extent.file == file and f.id not in self._idle
        ]
        if lasting:
            return f"assembly beside {lasting[0]}, which lasts"
        if file in self._labels:  # boot code that is copied, for other processors
            return f"assembly of which {self._labels[file]} may read the code"
        return "" if file.endswith((".S", ".s")) else "assembly in a C file"

    def variable(self, variable: VariableFact) -> str:
        """Return why a variable cannot be placed, or empty."""
        if variable.alias:
            return f"another name of {variable.alias}"
        if variable.section:
            return f"has the section {variable.section} already"
        if variable.assembly:
            return "data of assembly"
        if variable.thread:
            return "each thread has its own"
        if variable.macro:
            return _BY_MACRO
        if variable.weak or variable.retained or variable.fixed:
            return "is found without a mention"
        if variable.declarators > 1:
            return "its statement declares several variables"
        return _IN_HEADER if self._header(variable.extent.file) else ""
