# SPDX-License-Identifier: MIT
"""Programs of csmith with entries: functions that ``main`` calls first, and that can move.

The header that csmith's programs include is cut down to what one of them uses: compilers and the
analysis read it for every unit.
"""

from __future__ import annotations

import random
import re
import subprocess
from functools import cache
from typing import NamedTuple

_PROTOTYPE = re.compile(r"^static (?:inline )?[^;{=]*?\b(func_\d+)\(([^;{]*)\);$", re.MULTILINE)
# Beside csmith's functions: those that expressions replace, and an entry that sets a value.
_VALUE = "static int32_t g_1000000 = 0;\n"
_BUDGET = "static int32_t g_1000001 = 20000;\n"
_GO_ON = "g_1000001 > 0 && g_1000001--"
_INTEGER = re.compile(r"^static u?int\d+_t (g_\d+) = ", re.MULTILINE)
_BODIES = """\
int entry_9 (void);
int entry_9 (void)
{{
\tint i;
\tfor (i = 0; i < {value}; i++)
\t\tg_1000000 += i;
\treturn 0;
}}

int pure_0 (int n)
{{
\tint i, sum = 7;
\tfor (i = 0; i < 3; i++)
\t\tsum += n;
\treturn sum;
}}

int get_0 (void)
{{
\treturn pure_0 (g_1000000) - 2 * g_1000000 - 7;
}}

"""
_CALLS = """\
    transparent_crc(entry_9(), "entry_9", print_hash_value);
    transparent_crc(pure_0(argc + 5), "pure_0", print_hash_value);
    transparent_crc(get_0(), "get_0", print_hash_value);
"""
VARIANTS = """\
    transparent_crc(variant_1(argc), "variant_1", print_hash_value);
    transparent_crc(variant_2(argc), "variant_2", print_hash_value);
"""
_HELPER = re.compile(
    r"^static [\w ]+\n?\(?(?P<name>\w+)\)? ?\([^;{]*\)\s*\{.*?^\}$", re.MULTILINE | re.DOTALL
)
_PRELUDE = """\
#ifndef CSMITH_H
#define CSMITH_H
typedef __INT8_TYPE__ int8_t;
typedef __INT16_TYPE__ int16_t;
typedef __INT32_TYPE__ int32_t;
typedef __INT64_TYPE__ int64_t;
typedef __UINT8_TYPE__ uint8_t;
typedef __UINT16_TYPE__ uint16_t;
typedef __UINT32_TYPE__ uint32_t;
typedef __UINT64_TYPE__ uint64_t;
int printf (const char *, ...);
int strcmp (const char *, const char *);
static uint32_t crc32_tab[256];
static uint32_t crc32_context = 0xFFFFFFFFUL;
"""


class Program(NamedTuple):
    """A program in one file, the header that it includes, and its entries."""

    text: str
    header: str
    entries: list[str]


def program(seed: int, dice: random.Random, options: str) -> Program:
    """Let csmith write the program of ``seed``; give it entries."""
    text = subprocess.run(
        ["csmith", "--seed", str(seed), "--concise", *options.split()],
        capture_output=True, text=True, check=True, cwd="/tmp",
    ).stdout  # fmt: skip
    functions = dict(_PROTOTYPE.findall(text))
    functions.pop("func_1", None)
    chosen = dice.sample(sorted(functions), min(len(functions), dice.randint(1, 3)))
    entries, calls, bodies = ["entry_9"], _CALLS, _BODIES.format(value=dice.randint(0, 99))
    if dice.random() < 0.4:
        calls += VARIANTS
    for number, function in enumerate(chosen):
        name = f"entry_{number}"
        arguments = ", ".join(_argument(p, dice) for p in _parameters(functions[function]))
        bodies += (
            f"int {name} (void);\nint {name} (void)\n"
            f"{{\n\t{function}({arguments});\n\treturn {dice.randint(0, 99)};\n}}\n\n"
        )
        calls += f'    transparent_crc({name}(), "{name}", print_hash_value);\n'
        entries.append(name)
    sets = dice.sample(found := _INTEGER.findall(text), min(len(found), 3))
    bodies += "void set_0 (void);\nvoid set_0 (void)\n{\n"
    bodies += "".join(f"\t{name} = {dice.randint(0, 127)};\n" for name in sets) + "}\n\n"
    calls = f"    set_0 ();\n{MOVED}{calls}{STAYS}"
    text = re.sub(r"^static [^=;\n]*\bg_\d+", lambda m: _VALUE + m[0], text, count=1, flags=re.M)
    if _VALUE not in text:
        text = text.replace("static long __undefined;\n", "static long __undefined;\n" + _VALUE, 1)
    before, main, after = text.partition("int main (")
    if not main:
        before, main, after = text.partition("int main(")
    after = after.replace("crc32_gentab();\n", "crc32_gentab();\n" + calls, 1)
    text = before + bodies + main + after
    return Program(text, header(text), entries)


# Where what moved begins to run in ``main``, and where it has ended.
MOVED = "    /* moved */\n"
STAYS = "    /* stays */\n"


def bounded(text: str) -> str:
    """Let all loops and jumps together go on at most 20,000 times."""
    loop = re.compile(r"\bfor \(([^;\n]*); \((.*?)\); ([^;\n]*)\)$", re.MULTILINE)
    text = loop.sub(rf"for (\1; (\2) && {_GO_ON}; \3)", text)
    text = re.sub(r"\bgoto (\w+);", rf"if ({_GO_ON}) goto \1;", text)
    return text.replace(_VALUE, _VALUE + _BUDGET, 1)


def header(text: str) -> str:
    """Return csmith's header with the helpers that ``text`` uses."""
    helpers = _helpers()
    used: dict[str, None] = {}
    work = re.findall(r"\b(?:safe|crc32|platform|transparent)_\w+", text)
    while work:
        name = work.pop()
        if name in helpers and name not in used:
            used[name] = None
            work += re.findall(r"\bcrc32_\w+", helpers[name])
    # A compiler does not work on inline functions that a unit leaves alone.
    bodies = [
        body.replace("static", "static inline", 1) for name, body in helpers.items() if name in used
    ]
    return "\n".join([_PRELUDE, *bodies, "#endif", ""])


@cache
def _helpers() -> dict[str, str]:
    """Return the functions of csmith's header by name, in its order."""
    text = subprocess.run(
        ["gcc", "-E", "-P", "-I/usr/include/csmith", "-"],
        input='#include "csmith.h"\n', capture_output=True, text=True, check=True,
    ).stdout  # fmt: skip
    return {m["name"]: m[0] for m in _HELPER.finditer(text)}


def _parameters(text: str) -> list[str]:
    return [] if text.strip() == "void" else [p.strip() for p in text.split(",")]


def _argument(parameter: str, dice: random.Random) -> str:
    type_ = re.sub(r"\bp_\d+$", "", parameter).strip().removeprefix("const ")
    if "*" in type_:
        return f"&({type_.rpartition('*')[0].strip()}){{0}}"
    if type_.startswith(("struct", "union")):
        return f"({type_}){{0}}"
    return str(dice.randint(-99, 99))
