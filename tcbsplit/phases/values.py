# SPDX-License-Identifier: MIT
"""Resolve phase variables: ids of variables, and their possible values per phase."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from tcbsplit.config.name import at
from tcbsplit.errors import near
from tcbsplit.model.condition import Comparison, Condition
from tcbsplit.model.phase import PhaseVariable
from tcbsplit.model.program import Program
from tcbsplit.model.vocabulary import Phase, SymbolId

Values = dict[Phase, dict[SymbolId, frozenset[int]]]


def values_of(program: Program, variables: Sequence[PhaseVariable]) -> tuple[Values, list[str]]:
    """Return the possible values per phase, and complaints about names that mean nothing."""
    tests: dict[SymbolId, list[Condition]] = {}
    for function in program.functions.values():
        for way in function.body.ways if function.body else ():
            for test in way.condition.tests:
                tests.setdefault(test.variable, []).append(test)
    found: Values = {Phase.BOOT: {}, Phase.RUNTIME: {}}
    complaints: list[str] = []
    for variable in variables:
        ids = [i for i in tests if _named(variable.name, i)]
        if not ids and not variable.optional:
            complaints.append(f"{_where(variable)}: {_unknown(program, variable.name, tests)}")
        for identity in ids:
            domain = _Domain(program, identity, tests[identity])
            for phase, texts in ((Phase.BOOT, variable.boot), (Phase.RUNTIME, variable.runtime)):
                chosen, wrong = domain.chosen(texts)
                complaints += [f"{_where(variable)}: {text}" for text in wrong]
                if texts and not wrong:
                    found[phase][identity] = chosen
    return found, complaints


def _where(variable: PhaseVariable) -> str:
    return at(variable, f"phase_variables: {variable.name}")


def _named(name: str, identity: SymbolId) -> bool:
    """Return whether a name, with or without ``&``, is the id or the bare name of a variable."""
    if name.startswith("&") != identity.startswith("&"):
        return False
    name, plain = name.removeprefix("&"), identity.removeprefix("&")
    return name in (plain, plain.rpartition(":")[2])


def _unknown(program: Program, name: str, tests: Mapping[SymbolId, object]) -> str:
    bare = name.removeprefix("&")
    if any(_named(bare, i) for i in program.variables):
        return f"no condition that is understood tests {name}{near(name, tests)}"
    return f"no variable {bare}{near(bare, program.variables)}"


class _Domain:
    """The values of one variable that make a difference, and the names of some."""

    def __init__(self, program: Program, identity: SymbolId, tests: Sequence[Condition]) -> None:
        variable = program.variables.get(identity)
        self.names = dict(variable.choices) if variable is not None else {}
        self.names.update((t.name, t.value) for t in tests if t.name)
        self.closed = bool(variable is not None and variable.choices)
        self.points = {t.value for t in tests}
        if identity.startswith("&"):
            self.points, self.closed = {0, 1}, True

    def chosen(self, texts: Sequence[str]) -> tuple[frozenset[int], list[str]]:
        """Return the values that one of ``texts`` admits, and complaints about names.

        A text is a number, an enumerator, or a comparison with one of these (``< NAME``).
        """
        limits: list[tuple[Comparison, int]] = []
        wrong: list[str] = []
        for text in texts:
            how, _, word = text.strip().rpartition(" ")
            value = self._value(word)
            try:
                comparison = Comparison(how.strip() or "==")
            except ValueError:
                wrong.append(f"{how.strip()} is no comparison{near(how.strip(), Comparison)}")
                continue
            if value is None:
                wrong.append(f"no value {word}{near(word, self.names)}")
            else:
                limits.append((comparison, value))
        points = set(self.names.values()) if self.closed and self.names else set(self.points)
        if not self.closed or not self.names:
            points |= {v for _, v in limits}
            points |= {p + d for p in points for d in (-1, 1)} if not self.closed else set()
        found = frozenset(p for p in points if any(c.holds(p, v) for c, v in limits))
        if texts and not wrong and not found:
            wrong.append(f"no value is {' or '.join(texts)}")
        return found, wrong

    def _value(self, word: str) -> int | None:
        try:
            return int(word, 0)
        except ValueError:
            return self.names.get(word)
