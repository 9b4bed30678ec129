# SPDX-License-Identifier: MIT
"""Facts of a header are shared by units that differ in macros which it does not depend on."""

from __future__ import annotations

from pathlib import Path

import pytest

from tcbsplit.frontend.extract.context import _Text
from tcbsplit.frontend.extract.shared import Shared
from tcbsplit.frontend.reading import Reading, read_units
from tcbsplit.model.unit import CompileCommand, Facts
from tests.support.reading import in_process

# Headers with a function `call`, and two units that include them. By the name of what differs.
CASES = {
    "a macro of the unit": (
        {"h.h": "void VALUE (void);\nstatic inline void call (void) { VALUE (); }\n"},
        '#define VALUE f\n#include "h.h"\n',
        '#define VALUE g\n#include "h.h"\n',
    ),
    "a macro that leads to one of the unit": (
        {
            "lead.h": "#define LEADS() DIRECT ()\n#define DIRECT() VALUE ()\n",
            "h.h": '#include "lead.h"\nvoid f (void), g (void);\n'
            "static inline void call (void) { LEADS (); }\n",
        },
        '#define VALUE f\n#include "h.h"\n',
        '#define VALUE g\n#include "h.h"\n',
    ),
    "a macro of another header": (
        {
            "one.h": "#define VALUE() f ()\n",
            "two.h": "#define VALUE() g ()\n",
            "h.h": "void f (void), g (void);\nstatic inline void call (void) { VALUE (); }\n",
        },
        '#include "one.h"\n#include "h.h"\n',
        '#include "two.h"\n#include "h.h"\n',
    ),
    "the order of headers": (
        {
            "m.h": "#define value() other ()\n",
            "h.h": "void value (void), other (void);\n"
            "static inline void call (void) { value (); }\n",
        },
        '#include "m.h"\n#include "h.h"\n',
        '#include "h.h"\n#include "m.h"\n',
    ),
    "a macro that is taken back": (
        {
            "m.h": "void f (void), value (void);\n#define value() f ()\n",
            "h.h": "static inline void call (void) { value (); }\n",
        },
        '#include "m.h"\n#include "h.h"\n',
        '#include "m.h"\n#undef value\n#include "h.h"\n',
    ),
    "lines of another header": (
        {
            "m.h": "void f (void), g (void);\n#ifdef ONE\n#define VALUE() f ()\n#else\n"
            "#define VALUE() g ()\n#endif\n",
            "h.h": '#include "m.h"\nstatic inline void call (void) { VALUE (); }\n',
        },
        '#define ONE\n#include "h.h"\n',
        '#include "h.h"\n',
    ),
    "a macro that is set after its user": (
        {
            "m.h": "void f (void), g (void);\n#define VALUE() LATER ()\n",
            "h.h": "static inline void call (void) { VALUE (); }\n",
        },
        '#include "m.h"\n#define LATER() f ()\n#include "h.h"\n',
        '#include "m.h"\n#define LATER() g ()\n#include "h.h"\n',
    ),
    "a name that is made of pieces": (
        {
            "h.h": "void f (void), g (void);\n#define MADE(x) VAL ## x ()\n"
            "static inline void call (void) { MADE (UE); }\n",
        },
        '#define VALUE f\n#include "h.h"\n',
        '#define VALUE g\n#include "h.h"\n',
    ),
    "a keyword that is a macro": (
        {"h.h": "static inline void call (void) { }\n"},
        '#define inline inline __attribute__ ((section (".init.text")))\n#include "h.h"\n',
        '#include "h.h"\n',
    ),
    "a static function of the unit": (
        {"h.h": "static inline void call (void) { helper (); }\n"},
        'static void helper (void) { }\n#include "h.h"\n',
        'static void\nhelper (void)\n{ }\n#include "h.h"\n',
    ),
    "a function that is static by a macro": (
        {"h.h": "static inline void call (void) { helper (); }\n"},
        '#define LOCAL static\nLOCAL void helper (void) { }\n#include "h.h"\n',
        'void helper (void);\n#include "h.h"\n',
    ),
    "a static pointer of the unit": (
        {"h.h": "static inline void call (void) { hook (); }\n"},
        'static void (*hook) (void);\n#include "h.h"\n',
        'extern void (*hook) (void);\n#include "h.h"\n',
    ),
    "a static function of another header": (
        {
            "one.h": "static inline void helper (void) { }\n",
            "two.h": "static inline void helper (void) { }\n",
            "h.h": "static inline void call (void) { helper (); }\n",
        },
        '#include "one.h"\n#include "h.h"\n',
        '#include "two.h"\n#include "h.h"\n',
    ),
    "a type of the unit": (
        {"h.h": "static inline void call (thing *t) { t->run (); }\n"},
        'struct a { void (*run) (void); };\ntypedef struct a thing;\n#include "h.h"\n',
        'struct b { void (*run) (void); };\ntypedef struct b thing;\n#include "h.h"\n',
    ),
    "a macro that is put back": (
        {
            "m.h": "void f (void), g (void);\n#define VALUE() f ()\n",
            "h.h": "static inline void call (void) { VALUE (); }\n",
        },
        '#include "m.h"\n#pragma push_macro ("VALUE")\n#undef VALUE\n#define VALUE() g ()\n'
        '#include "h.h"\n#pragma pop_macro ("VALUE")\n',
        '#include "m.h"\n#include "h.h"\n',
    ),
}  # fmt: skip


def _told(reading: Reading) -> list[list[Facts]]:
    return [[reading.shared[d] for d in unit.shared] for _, unit in reading.items]


def _read(root: Path, *commands: CompileCommand) -> list[list[Facts]]:
    return _told(read_units(commands, root, executor=in_process))


def _command(root: Path, unit: str, *arguments: str) -> CompileCommand:
    return CompileCommand(file=unit, directory=str(root), arguments=("gcc", *arguments))


@pytest.mark.parametrize("what", CASES)
def test_units_together_have_the_facts_of_each_alone(what: str, tmp_path: Path) -> None:
    headers, one, two = CASES[what]
    for name, text in {**headers, "a.c": one, "b.c": two}.items():
        (tmp_path / name).write_text(text)
    a, b = _command(tmp_path, "a.c"), _command(tmp_path, "b.c")
    alone = _read(tmp_path, a) + _read(tmp_path, b)
    assert alone[0] != alone[1]  # else the case shows nothing
    assert _read(tmp_path, a, b) == alone
    assert _read(tmp_path, b, a) == alone[::-1]
    assert _read(tmp_path, a, b, a) == [*alone, alone[0]]


def test_the_order_of_settings_matters(tmp_path: Path) -> None:
    (tmp_path / "h.h").write_text("static inline void call (void) { VALUE (); }\n")
    (tmp_path / "a.c").write_text('void VALUE (void), f (void);\n#include "h.h"\n')
    a = _command(tmp_path, "a.c", "-DVALUE=f", "-UVALUE")
    b = _command(tmp_path, "a.c", "-UVALUE", "-DVALUE=f")
    alone = _read(tmp_path, a) + _read(tmp_path, b)
    assert alone[0] != alone[1]
    assert _read(tmp_path, a, b) == alone


PLAIN = "static inline int plain (int buf) { return buf; }\n"
# Headers that depend on -DOBJECT, on their own or by the others.
DEPENDENT = {
    "named.h": "static inline int named (void) { return OBJECT; }\n",
    "body.h": "static inline int body (void) { return LEADS; }\n",
    "twice.h": "static inline int twice (void) { return LEADS_TOO; }\n",
    "chosen.h": "static inline int chosen (void) { return KIND; }\n",
    "pasted.h": "#define PASTE(x) OBJ ## x\nstatic inline int pasted (void) "
    "{ return PASTE (ECT); }\n",
}
FREE = {
    "choice.h": "#ifdef OBJECT\nstatic inline int choice (void) { return 1; }\n#endif\n",
    "OBJECTS.h": "#define OBJECTS 1\nstatic inline int OBJECTS_too (void) { return OBJECTS; }\n",
    "plain.h": PLAIN,
}
BASE = """
#define LEADS (1 + \\
  OBJECT)
#define LEADS_TOO LEADS
#define FREE_OF_IT 1
"""
CHOICE = "#if defined (OBJECT) && OBJECT > 1\n#define KIND 2\n#else\n#define KIND 1\n#endif\n"


def test_units_share_what_does_not_differ(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    headers = {"base.h": BASE, "choice_of.h": CHOICE, **DEPENDENT, **FREE}
    for name, text in headers.items():
        (tmp_path / name).write_text(text)
    included = "".join(f'#include "{n}"\n' for n in headers)
    commands = []
    for i, unit in enumerate(("a.c", "b.c"), 1):
        text = f"{included}static int own{i} (void) {{ return plain ({i}); }}\n"
        (tmp_path / unit).write_text(text)
        commands.append(_command(tmp_path, unit, f"-DOBJECT={i}"))
    walked: list[str] = []
    add = Shared.add

    def counted(self: Shared, facts: Facts) -> str:
        walked.extend(f.name for f in facts.functions)
        return add(self, facts)

    monkeypatch.setattr(Shared, "add", counted)
    read_units(commands, tmp_path, executor=in_process)
    assert {n: walked.count(n.removesuffix(".h")) for n in DEPENDENT} == dict.fromkeys(DEPENDENT, 2)
    assert [walked.count(n) for n in ("plain", "choice", "OBJECTS_too")] == [1, 1, 1]


def test_names_are_found_at_their_lines() -> None:
    content = (
        b"/* static int no;\n */\n#define A(x) x \\\n  B\n#ifdef N\nstatic int v;\n#else\n"
        b"static __attribute__ ((unused)) int f (void)\n{ if (v) { } }\n#endif\n"
        b"struct s { int m; };\ntypedef int t[3];\ntypedef int (*p) (void);\n"
    )
    text = _Text(content)
    assert text.names == {b"A", b"v", b"f", b"s", b"t", b"p"}
    assert text.bodies == {b"A": {b"B"}}
    assert text.differing(((6, 6),), ((8, 9),)) == {b"v", b"f"}
    assert text.differing(((6, 6),), ((6, 6), (1, 2))) == frozenset()
