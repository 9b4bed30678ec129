# SPDX-License-Identifier: MIT
"""Registries and bridges that name nothing, and what is said instead of silence."""

from __future__ import annotations

from typing import Any

import pytest

from tcbsplit.callgraph import build_graph, misnamed
from tcbsplit.config.settings import Bridge, Registry
from tcbsplit.frontend.reading import read_program
from tcbsplit.model.program import Program
from tcbsplit.model.unit import CompileCommand
from tcbsplit.model.vocabulary import KeyMatch, SymbolId

SOURCE = """
struct unit { const char *name; int order; int (*init) (void); int (*exit) (void); void *data; };
static int a (void) { return 0; }
static int b (void) { return 0; }
static struct unit units[] = { { "driver1", 1, a }, { "arch2", 2, b } };
extern struct unit *later;
void units_call (int how, const char *name) { if (units[how].name == name) units[how].init (); }
void boot (void) { units_call (0, "driver"); }
void parallel (int how, const char *name) { units_call (how, name); }
void stop (void) { later->exit (); later->data = 0; }

void (*handler) (void *);
void calls_register (const char *name, void (*f) (void *), void *data) { handler = f; }
void calls_do (const char *name) { handler (0); }
void log_message (const char *format, ...) { }
static void f (void *data) { }
void setup (void *data) { calls_register ("one", f, data); calls_do ("one"); }

void (*kept) (void *);
void keep (void (*g) (void *)) { kept = g; }
void pass (void (*g) (void *)) { keep (g); }
static void h (void *data) { }
void indirectly (void) { pass (h); }
void nobody_calls (const char *name) { }
"""
RECORD = {"name": "units", "record": "struct unit", "function": "init", "key": "name",
          "dispatch": "units_call", "argument": 1, "match": KeyMatch.PREFIX}  # fmt: skip
CALLS = {"name": "calls", "register": "calls_register", "function": "1", "key": "0",
         "dispatch": "calls_do"}  # fmt: skip


@pytest.fixture(scope="module")
def program(tmp_path_factory: pytest.TempPathFactory) -> Program:
    folder = tmp_path_factory.mktemp("misnamed")
    (folder / "a.c").write_text(SOURCE)
    command = CompileCommand(file="a.c", directory=str(folder), arguments=("gcc",))
    return read_program([command], folder, "image", jobs=1)


GOOD: list[dict[str, Any]] = [
    RECORD,
    {**RECORD, "keys": {"parallel": ("arch",)}},
    {
        **RECORD,
        "key": "order",
        "match": KeyMatch.EXACT,
        "argument": 0,
        "keys": {"parallel": ("2",)},
    },
    {"name": "all", "record": "struct unit", "function": "init", "dispatch": "units_call"},
    CALLS,
    {**CALLS, "passes": (2,)},
    {"name": "kept", "register": "keep", "function": "0", "dispatch": "calls_do"},
    {**RECORD, "record": "struct untis", "optional": True},
    {**RECORD, "dispatch": "units_cal", "optional": True},
    {**CALLS, "register": "calls_registre", "optional": True},
]


@pytest.mark.parametrize("settings", GOOD)
def test_what_means_something_is_no_mistake(program: Program, settings: dict[str, Any]) -> None:
    registry = Registry(**settings)
    assert misnamed(program, [registry], []) == []
    build_graph(program, [registry])


@pytest.mark.parametrize(
    ("settings", "complaint"),
    [
        ({**RECORD, "dispatch": "units_cal"}, "no function units_cal; did you mean units_call"),
        ({**RECORD, "record": "struct untis"}, "no initialised struct untis in the program; did"),
        (
            {**RECORD, "function": "inti"},
            "function: struct unit has no field inti; did you mean init?; fields with functions: "
            "init",
        ),
        (
            {**RECORD, "function": "exit"},
            "function: no initialised struct unit gives exit a function; fields with functions: "
            "init",
        ),
        ({**RECORD, "function": "data"}, "function: no initialised struct unit gives data a"),
        ({**RECORD, "function": "name"}, "function: no initialised struct unit gives name a"),
        ({**RECORD, "key": "nmae"}, "key: struct unit has no field nmae; did you mean name?"),
        (
            {**RECORD, "key": "data"},
            "key: no initialised struct unit gives data a constant; fields with constants: "
            "name, order",
        ),
        (
            {**RECORD, "argument": 2},
            "argument: units_call has 2 arguments, counted from 0: none is 2",
        ),
        (
            {**CALLS, "dispatch": "stop"},
            "argument: stop has 0 arguments, counted from 0: none is 0",
        ),
        (
            {**CALLS, "dispatch": "keep"},
            "argument: no call of keep passes a constant as argument 0; constants are passed as: "
            "none. Say with keys what its callers pass, or leave the key out",
        ),
        ({**CALLS, "dispatch": "nobody_calls"}, "dispatch: nothing calls nobody_calls"),
        ({**RECORD, "keys": {"paralel": ("a",)}}, "keys: no function paralel; did you mean"),
        (
            {**RECORD, "keys": {"stop": ("arch",)}},
            "keys: stop does not call units_call; its callers: boot, parallel",
        ),
        (
            {**RECORD, "keys": {"boot": ("arch",)}},
            "keys: every call of units_call in boot passes a constant already",
        ),
        (
            {**RECORD, "keys": {"parallel": ("arhc2",)}},
            "keys: no entry has the key arhc2; did you mean arch2?; there are: arch2, driver1",
        ),
        ({**CALLS, "register": "calls_registre"}, "no function calls_registre; did you mean"),
        (
            {**CALLS, "function": "3"},
            "function: calls_register has 3 arguments, counted from 0: none is 3",
        ),
        (
            {**CALLS, "function": "2"},
            "function: no call of calls_register passes a function as argument 2; functions are "
            "passed as: argument 1",
        ),
        (
            {**CALLS, "key": "2"},
            "key: no call of calls_register passes a constant as argument 2; constants are passed "
            "as: argument 0",
        ),
        ({**CALLS, "passes": (2, 3)}, "passes: calls_register has 3 arguments"),
        (
            {**CALLS, "register": "log_message", "function": "7"},
            "function: no call of log_message passes a function as argument 7",
        ),
        (
            {"name": "s", "section": ".initcall{key}", "dispatch": "boot"},
            "no variable in a section .initcall{key} holds a function",
        ),
    ],
)
def test_a_registry_that_matches_nothing_says_so(
    program: Program, settings: dict[str, Any], complaint: str
) -> None:
    registry = Registry(**settings, where="hv.yaml:7")
    found = misnamed(program, [registry], [])
    assert any(f"hv.yaml:7: registry {registry.name}: {complaint}" in c for c in found), found


def test_all_at_once(program: Program) -> None:
    wrong: dict[str, Any] = {**RECORD, "function": "inti", "key": "nmae", "argument": 5}
    registry = Registry(**wrong)
    bridge = Bridge(caller="bott", callee="stop", reason="x", where="hv.yaml:9")
    found = misnamed(program, [registry], [bridge])
    assert len(found) == 4
    assert found[-1].startswith("hv.yaml:9: bridge bott -> stop: no function bott; did you mean bo")


def test_an_optional_bridge_may_lack_an_end(program: Program) -> None:
    bridge = Bridge(caller="boot", callee="gone", reason="x", optional=True)
    assert misnamed(program, [], [bridge]) == []
    assert "gone" not in build_graph(program, (), [bridge]).reach([SymbolId("boot")])
