# SPDX-License-Identifier: MIT
"""One rule for names: in every key an id, a bare name, and a glob over either mean the same."""

from __future__ import annotations

from typing import Any

import pytest

from tcbsplit.callgraph import build_graph
from tcbsplit.config.name import Name
from tcbsplit.config.select import Symbols
from tcbsplit.config.settings import HandoffSettings, HandoffVariable
from tcbsplit.frontend.reading import read_program
from tcbsplit.model.phase import Cut
from tcbsplit.model.program import Program
from tcbsplit.model.unit import CompileCommand
from tcbsplit.model.vocabulary import CutPolicy, symbol_id
from tcbsplit.phases import Directory, Request
from tcbsplit.phases.request import look_up, resolve
from tcbsplit.split.decide import boundary

SOURCE = """
static int pin; int shared;
static void ask (void) { static int tries; tries++; pin++; }
__attribute__ ((section (".init.text"), constructor)) static void early (void) { }
void enter (void) { ask (); shared++; }
"""
OTHER = "int rest; void enter_other (void) { rest++; }\n"
FUNCTIONS = ("vpn/a.c:ask", "vpn/a.c:early", "enter")


@pytest.fixture(scope="module")
def program(tmp_path_factory: pytest.TempPathFactory) -> Program:
    folder = tmp_path_factory.mktemp("select")
    (folder / "vpn").mkdir()
    (folder / "vpn/a.c").write_text(SOURCE)
    (folder / "b.c").write_text(OTHER)
    commands = [
        CompileCommand(file=file, directory=str(folder), arguments=("gcc",))
        for file in ("vpn/a.c", "b.c")
    ]
    return read_program(commands, folder, "x")


@pytest.mark.parametrize(
    ("pattern", "means"),
    [
        ("vpn/a.c:ask", {"vpn/a.c:ask"}),
        ("ask", {"vpn/a.c:ask"}),
        ("a?k", {"vpn/a.c:ask"}),
        ("vpn/*:a*", {"vpn/a.c:ask"}),
        ("enter*", {"enter", "enter_other"}),
        ("vpn/*", {*FUNCTIONS}),
        ("file:vpn/*", {*FUNCTIONS}),
        ("file:b.c", {"enter_other"}),
        ("section:.init.*", {"vpn/a.c:early"}),
        ("attribute:constructor", {"vpn/a.c:early"}),
        ("attribute:static", {"vpn/a.c:ask", "vpn/a.c:early"}),
        ("registry:units:b", {"enter"}),
        ("vpn/a.c", set()),
        ("nothing*", set()),
    ],
)
def test_what_patterns_of_functions_mean(program: Program, pattern: str, means: set[str]) -> None:
    entries = {"units": (("boot", symbol_id("enter")), ("late", symbol_id("ask", "vpn/a.c")))}
    assert set(Symbols(program.functions, entries).ids(pattern)) == means


@pytest.mark.parametrize(
    ("pattern", "means"),
    [
        ("vpn/a.c:pin", {"vpn/a.c:pin"}),
        ("pin", {"vpn/a.c:pin"}),
        ("p?n", {"vpn/a.c:pin"}),
        ("vpn/*:p*", {"vpn/a.c:pin"}),
        ("tries", {"vpn/a.c:ask.tries"}),
        ("ask.t*", {"vpn/a.c:ask.tries"}),
        ("vpn/*", {"vpn/a.c:pin", "vpn/a.c:ask.tries", "shared"}),
        ("file:b.*", {"rest"}),
    ],
)
def test_what_patterns_of_variables_mean(program: Program, pattern: str, means: set[str]) -> None:
    assert set(Symbols(program.variables).ids(pattern)) == means


OF_ASK = ("vpn/a.c:ask", "ask", "as?", "vpn/*:as*")
KEYS = {
    "boot": "roots.boot", "runtime": "roots.runtime", "boot_only": "roots.boot_only",
    "launch": "launch", "preprocess": "preprocess", "provided": "split.guest.provides",
    "used": "split.guest.uses",
}  # fmt: skip


def request_with(field: str, pattern: str) -> Request:
    values: dict[str, Any] = {field: (pattern,)}
    return Request(**values)


@pytest.mark.parametrize("pattern", OF_ASK)
@pytest.mark.parametrize("field", KEYS)
def test_every_key_of_functions_has_the_rule(program: Program, field: str, pattern: str) -> None:
    directory = Directory(program)
    ids, complaints = look_up(directory, request_with(field, pattern))
    assert ids[KEYS[field]] == ("vpn/a.c:ask",)
    assert complaints == []
    assert len(look_up(directory, request_with(field, "nothing*"))[1]) == 1


@pytest.mark.parametrize("callee", OF_ASK)
@pytest.mark.parametrize("caller", ["enter", "ent*", "file:vpn/*", "vpn/*", "*"])
def test_both_ends_of_cuts_have_the_rule(program: Program, caller: str, callee: str) -> None:
    cut = Cut(caller=caller, callee=callee, policy=CutPolicy.ELIDE, reason="test")
    graph = build_graph(program, roots=[symbol_id("enter")])
    request = Request(boot=("enter",), launch=("enter_other",), cuts=(cut,))
    severed = resolve(graph, Directory(program), request).cut_edges
    assert [(c.edge.caller, c.edge.callee) for c in severed] == [("enter", "vpn/a.c:ask")]


@pytest.mark.parametrize("pattern", ["vpn/a.c:pin", "pin", "pi?", "vpn/*:pi*", "file:vpn/*"])
def test_every_key_of_variables_has_the_rule(program: Program, pattern: str) -> None:
    named = (HandoffVariable(name=pattern, reason="test"),)
    good = HandoffSettings(secret=(Name(pattern),), include=named, exclude=named)
    assert boundary.misnamed(program, good) == []
    void = (HandoffVariable(name="nothing*", reason="test"),)
    bad = HandoffSettings(secret=(Name("nothing*"),), include=void, exclude=void)
    assert len(boundary.misnamed(program, bad)) == 3
