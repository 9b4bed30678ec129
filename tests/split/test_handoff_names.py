# SPDX-License-Identifier: MIT
"""Names of the handoff's settings: globs are globs everywhere, and void ones are told."""

from __future__ import annotations

import pytest

from tcbsplit.config.name import Name
from tcbsplit.config.select import Symbols
from tcbsplit.config.settings import Carry, HandoffSettings, HandoffVariable
from tcbsplit.errors import HandoffError
from tcbsplit.frontend.reading import read_program
from tcbsplit.model.program import Program
from tcbsplit.model.unit import CompileCommand
from tcbsplit.model.vocabulary import SymbolId
from tcbsplit.split.decide.boundary import handoff, misnamed
from tcbsplit.split.decide.carry import variables_of
from tcbsplit.split.decide.crossing import Crossing

SOURCE = """
int idman_key = 1, idman_pin = 2, other = 3;
static char *idman_name = "x";
struct user { char *name; int age; } users[2];
"""


@pytest.fixture(scope="module")
def program(tmp_path_factory: pytest.TempPathFactory) -> Program:
    folder = tmp_path_factory.mktemp("handoff")
    (folder / "a.c").write_text(SOURCE)
    command = CompileCommand(file="a.c", directory=str(folder), arguments=("gcc",))
    return read_program([command], folder, "image", jobs=1)


def crossing(*names: str) -> list[Crossing]:
    return [
        Crossing(variable=SymbolId(n), writers=(SymbolId("w"),), readers=(SymbolId("r"),))
        for n in names
    ]


def test_secret_globs_are_globs(program: Program) -> None:
    settings = HandoffSettings(secret=(Name("idman_*"),))
    found = handoff(program, crossing("idman_key", "idman_pin", "other"), settings, {})
    assert {e.name: e.secret for e in found.entries} == {
        "idman_key": True, "idman_pin": True, "other": False,
    }  # fmt: skip


def test_a_secret_that_is_not_handed_over_is_not_wiped(program: Program) -> None:
    settings = HandoffSettings(secret=(Name("idman_pin", "hv.yaml:3"), Name("idman_*")))
    with pytest.raises(HandoffError) as caught:
        handoff(program, crossing("idman_key", "other"), settings, {})
    assert str(caught.value) == (
        "hv.yaml:3: handoff.secret: idman_pin is not handed over; include it or take this out"
    )
    settings = HandoffSettings(secret=(Name("idman_pin", "hv.yaml:3", optional=True),))
    handoff(program, crossing("idman_key"), settings, {})


def test_carry_names_may_begin_with_a_glob(program: Program) -> None:
    variables = Symbols(program.variables)
    assert variables_of(variables, "user*[].name") == [("users", "[].name")]
    assert variables_of(variables, "idman_n*") == [("a.c:idman_name", "")]
    assert variables_of(variables, "a.c:idman_name") == [("a.c:idman_name", "")]
    assert variables_of(variables, "nothing.name") == []
    settings = HandoffSettings(carry=(Carry(name="user*[].name", keep=True),))
    (entry,) = handoff(program, crossing("users"), settings, {}).entries
    assert [p.path for p in entry.parts] == ["[0].name", "[1].name"]


def test_names_that_mean_no_variable(program: Program) -> None:
    settings = HandoffSettings(
        secret=(Name("idmna_key", "hv.yaml:1"), Name("x*", "hv.yaml:2"), Name("gone", "", True)),
        include=(HandoffVariable(name="othre", reason="x", where="hv.yaml:3"),),
        exclude=(
            HandoffVariable(name="pin*", reason="x", where="hv.yaml:4"),
            HandoffVariable(name="*_pin", reason="x"),
            HandoffVariable(name="vpn*", reason="x", optional=True),
        ),
        carry=(Carry(name="usrs[].name", opaque=True, where="hv.yaml:5"),),
    )
    found = misnamed(program, settings)
    assert [c.partition("; did you")[0] for c in sorted(found)] == [
        "hv.yaml:1: handoff.secret: no variable idmna_key",
        "hv.yaml:2: handoff.secret: no variable x*",
        "hv.yaml:3: handoff.include: no variable othre",
        "hv.yaml:4: handoff.exclude: no variable pin*",
        "hv.yaml:5: handoff.carry: no variable begins usrs[].name",
    ]
