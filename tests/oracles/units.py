# SPDX-License-Identifier: MIT
"""A program in one file becomes units and headers, chosen at random, that do the same.

Functions go to several sources, or into a header as static inline ones, or into a source that
another includes. Some calls go through pointers, records and tables with names made by ``#f``.
A source compiled twice with other macros is added.
"""

from __future__ import annotations

import random
import re
from typing import NamedTuple

from tests.oracles.generated import VARIANTS

_FUNCTION = re.compile(
    r"^(?:static )?(?:inline )?(?P<head>\w[\w ]*?\b(?P<name>(?:func|entry|pure|get)_\d+) ?"
    r"\((?P<parameters>[^;{]*)\))\n(?P<body>\{.*?^\})$",
    re.MULTILINE | re.DOTALL,
)
_PROTOTYPE = re.compile(
    r"^(?:static )?(?:inline )?\w[^;{}=\n]*\b(?:func|entry)_\d+ ?\([^{\n]*\);\n", re.MULTILINE
)
_VARIABLE = re.compile(r"^static (?P<head>[^=;\n]*\bg_\d+[^=;\n]*) = [^\n]*;$", re.MULTILINE)
_CALL = re.compile(r"\b((?:func|entry)_\d+) ?\(")
_FIND = """\
typedef void (*any) (void);
any find (const char *name);
"""
_TABLE = """\
#include "types.h"
#define ENTRY(f) {{ #f, (any) f }}
static const struct {{ const char *name; any call; }} table[] = {{ {entries} }};
const struct calls calls = {{ {members} }};
any find (const char *name)
{{
	unsigned i;
	for (i = 0; strcmp (table[i].name, name); i++);
	return table[i].call;
}}
"""
_TWICE = """\
static int base (int n) { return n + 4; }
#if VARIANT == 1
int variant_1 (int n)
{
	return base (n);
}
#else
int variant_2 (int n)
{
	return base (n) + 100;
}
#endif
"""


class Unit(NamedTuple):
    """One compilation: a source and the flags of its own."""

    source: str
    flags: tuple[str, ...] = ()


class Divided(NamedTuple):
    """The files of a program and how they are compiled."""

    files: dict[str, str]
    units: list[Unit]


def divide(text: str, dice: random.Random) -> Divided:
    """Divide ``text`` as csmith writes it, with entries in front of ``main``."""
    functions = {m["name"]: m for m in _FUNCTION.finditer(text)}
    variables = list(_VARIABLE.finditer(text))
    names = [*functions]
    head = _VARIABLE.sub("", text[: functions[names[0]].start()])
    types, main = _PROTOTYPE.sub("", head), text[functions[names[-1]].end() :]
    inline = {n for n in names if n.startswith("func_") and dice.random() < 0.2}
    header = [
        "#ifndef TYPES_H\n#define TYPES_H", types, _FIND, _record(functions),
        *(f"extern {m['head']};" for m in variables),
        *(f"{'static inline ' * (n in inline)}{m['head']};" for n, m in functions.items()),
    ]  # fmt: skip
    pieces = [""] * dice.randint(1, 3)
    for match in variables:
        at = dice.randrange(len(pieces))
        pieces[at] += match[0].removeprefix("static ") + "\n"
    for name, match in functions.items():
        body = _CALL.sub(lambda c: _call(c, functions, dice), match["body"])
        if name in inline:
            header.append(f"static inline {match['head']}\n{body}")
        else:
            pieces[dice.randrange(len(pieces))] += f"{match['head']}\n{body}\n"
    files = {"types.h": "\n".join([*header, "#endif", ""])}
    main = re.sub(r"\b(entry_\d+)\(\)", lambda c: _call(c, functions, dice) + ")", main)
    units = [Unit("main.c"), Unit("table.c")]
    files["main.c"] = f'#include "types.h"\n{main}'
    files["table.c"] = _TABLE.format(
        entries=", ".join(f"ENTRY ({n})" for n in names),
        members=", ".join(f".{n} = {n}" for n in names),
    )
    for number, piece in enumerate(pieces):
        content = f'#include "types.h"\n{piece}'
        if dice.random() < 0.2:
            files[f"part_{number}.inc.c"] = content
            content = f'#include "part_{number}.inc.c"\n'
        files[f"unit_{number}.c"] = content
        units.append(Unit(f"unit_{number}.c"))
    if VARIANTS in text:
        files["twice.c"] = _TWICE
        files["main.c"] = f"int variant_1 (int n);\nint variant_2 (int n);\n{files['main.c']}"
        units += [Unit("twice.c", (f"-DVARIANT={v}",)) for v in (1, 2)]
    return Divided(files, units)


def _record(functions: dict[str, re.Match[str]]) -> str:
    members = "\n".join(f"\t{_pointer(m, f'(*{n})')};" for n, m in functions.items())
    return f"struct calls {{\n{members}\n}};\nextern const struct calls calls;"


def _pointer(function: re.Match[str], declarator: str) -> str:
    result = function["head"].partition(function["name"])[0].strip()
    return f"{result} {declarator} ({function['parameters']})"


def _call(call: re.Match[str], functions: dict[str, re.Match[str]], dice: random.Random) -> str:
    name = call[1]
    way = dice.choice(["direct", "direct", "record", "table"])
    if way == "record":
        return f"calls.{name}("
    if way == "table":
        return f'(({_pointer(functions[name], "(*)")}) find("{name}"))('
    return f"{name}("
