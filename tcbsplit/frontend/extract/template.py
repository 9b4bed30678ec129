# SPDX-License-Identifier: MIT
"""The text of inline assembly: templates as printed by clang, instructions, control transfers.

x86 in both syntaxes, AArch64, ARM and RISC-V. Clang prints an asm statement with its macros
expanded and its literals joined, on a line of its own: ``asm volatile ("…" : [n] "r" (e) : …);``.
"""

from __future__ import annotations

import re
from collections.abc import Set
from functools import lru_cache
from typing import NamedTuple

from tcbsplit.frontend.extract.attributes import unquoted

_STRING = r'"(?:[^"\\]|\\.)*"'
_STATEMENT = re.compile(rf"^[ \t]*(?:__)?asm (?:volatile )?(?:goto )?\(({_STRING})", re.MULTILINE)
_TOKEN = re.compile(rf"{_STRING}|'(?:[^'\\]|\\.)*'|\[\w+\]|[():]|\w+")
_OPERAND, _LABELS = (1, 2), 4  # sections behind colons: outputs, inputs, clobbers, labels

# Inline functions of headers have the same few statements in every unit.
_remembered = lru_cache(maxsize=1024)


class Operand(NamedTuple):
    """An operand declared by the statement."""

    name: str
    constraint: str


class Statement(NamedTuple):
    """An asm statement."""

    template: str
    operands: tuple[Operand, ...] = ()
    outputs: int = 0
    labels: tuple[str, ...] = ()
    extended: bool = False  # with operands or clobbers: % has a meaning


def statements(printed: str) -> list[Statement]:
    """Return the asm statements of a printed function, outer before inner, in order."""
    return [_statement(printed, match) for match in _STATEMENT.finditer(printed)]


def _statement(printed: str, match: re.Match[str]) -> Statement:
    depth, section, outputs = 1, 0, 0
    name = ""
    operands: list[Operand] = []
    labels: list[str] = []
    for token in _TOKEN.finditer(printed, match.end()):
        piece = token.group()
        depth += {"(": 1, ")": -1}.get(piece, 0)
        if depth == 0:
            break
        if depth > 1:
            continue
        if piece == ":":
            section += 1
        elif piece[0] == "[":
            name = piece[1:-1]
        elif piece[0] == '"' and section in _OPERAND:
            operands.append(Operand(name, unquoted(piece)))
            outputs += section == 1
            name = ""
        elif section == _LABELS and piece not in "()":
            labels.append(piece)
    template = unquoted(match.group(1))
    return Statement(template, tuple(operands), outputs, tuple(labels), section > 0)


# A mention of an operand is kept as \x02, modifier or "-", number, \x03; escaped braces and bars
# as \x04 to \x06 until the dialect is chosen.
_PERCENT = re.compile(r"%(?:([%={|}])|([A-Za-z]?)(\d+|\[\w+\]))")
_MENTION = re.compile("\x02(.)(\\d+)\x03")
_KEPT = {"%": "%", "=": "0", "{": "\x04", "|": "\x05", "}": "\x06"}
_FREED = str.maketrans({"\x04": "{", "\x05": "|", "\x06": "}"})
_DIALECTS = re.compile(r"\{([^{}]*)\}")


@_remembered
def variants(statement: Statement) -> tuple[str, ...]:
    """Return the template in each dialect, operands marked and escapes replaced."""
    if not statement.extended:
        return (statement.template,)
    names = [*(o.name for o in statement.operands), *statement.labels]

    def mark(match: re.Match[str]) -> str:
        escaped, modifier, number = match.groups()
        if escaped:
            return _KEPT[escaped]
        if number[0] == "[":
            if number[1:-1] not in names:
                return ""
            number = str(names.index(number[1:-1]))
        return f"\x02{modifier or '-'}{number}\x03"

    text = _PERCENT.sub(mark, statement.template)
    found: dict[str, None] = {}
    for dialect in range(2):

        def choose(match: re.Match[str], dialect: int = dialect) -> str:
            arms = match.group(1).split("|")
            return arms[dialect] if dialect < len(arms) else ""

        found[_DIALECTS.sub(choose, text).translate(_FREED)] = None
    return tuple(found)


def mentioned(text: str) -> list[tuple[str, int]]:
    """Return (modifier, number) of the operands mentioned in part of a variant."""
    return [(m, int(n)) for m, n in _MENTION.findall(text)]


_PREFIX = re.compile(r"^(?:(?:lock|rep[a-z]*|data16|addr32|notrack|bnd|\{\w+\})\s+)+")
_COMMENT = re.compile(r"/\*.*?\*/", re.DOTALL)
_REST = re.compile(r"#(?!-?\d|:|\x02).*|//.*|@(?!\w).*")


@_remembered
def instructions(template: str) -> tuple[tuple[str, str], ...]:
    """Return (mnemonic or directive, operands) of every line; labels give ("label", name)."""
    found = []
    for line in re.split(r"[;\n]", _COMMENT.sub(" ", template)):
        text = _REST.sub("", line).strip()
        while match := re.match(r"([A-Za-z_.$][\w.$]*|\d+):\s*", text):
            found.append(("label", match.group(1)))
            text = text[match.end() :]
        text = _PREFIX.sub("", text)
        if text:
            words = text.split(None, 1)
            found.append((words[0], words[1] if len(words) > 1 else ""))
    return tuple(found)


_DIRECTIVES_WITH_SYMBOLS = frozenset({
    ".quad", ".long", ".int", ".8byte", ".4byte", ".2byte", ".short", ".word", ".hword", ".xword",
    ".dword", ".set", ".equ", ".dc.a", ".reloc",
})  # fmt: skip
# Identifiers in operands; registers (behind %), numbers and mentions of operands are excluded.
_WORD = re.compile(r"(?<![%\w.$@\x02])\$?([A-Za-z_.][\w.$]*)")
# Words of operands that are part of the assembler's language.
_NOT_SYMBOLS = frozenset({"ptr", "byte", "word", "dword", "qword", "offset", "rip", "short"})


@_remembered
def symbols(template: str) -> tuple[str, ...]:
    """Return the names in operands that may be symbols; the linker knows which are."""
    found: dict[str, None] = {}
    for mnemonic, operands in instructions(template):
        if mnemonic == "label" or (
            mnemonic.startswith(".") and mnemonic not in _DIRECTIVES_WITH_SYMBOLS
        ):
            continue
        for name in words(operands):
            found[name] = None
    return tuple(found)


def words(operands: str) -> list[str]:
    """Return the identifiers in some operands that are not registers."""
    return [
        name
        for name in _WORD.findall(operands)
        if name.lower() not in _NOT_SYMBOLS and name != "." and not name.startswith(".L")
    ]


_CONDITION = "(?:eq|ne|cs|hs|cc|lo|mi|pl|vs|vc|hi|ls|ge|lt|gt|le|al)"
_BRANCH = re.compile(
    rf"l?call[wlqx]?|ljmp[wlq]?|j[a-z]*|tail|loop\w*|xbegin|bl?\.?{_CONDITION}?|blx?|bx|"
    r"blr(?:a[ab]z?)?|br(?:a[ab]z?)?|cbn?z|tbn?z"
)
_THROUGH_REGISTER = re.compile(r"blr\w*|br\w*|blx|bx|jalr|jr")
_RETURN = re.compile(
    r"l?ret[fnwlq]?|iret[dqwl]?|sysret[lq]?|sysexit[lq]?|rsm|eret|reta[ab]|[msu]ret"
)
# ARM: writes to the program counter.
_WRITES_PC = re.compile(r"(?:mov|ldr|add|sub)\w*\s+pc\b|(?:ldm|pop)\w*\s.*\bpc\b")
_INTEL_REGISTER = re.compile(
    r"r(?:1[0-5]|[89])[bwd]?|[re]?[abcd]x|[re]?[sd]i|[re]?[sb]p", re.IGNORECASE
)
_INDIRECT = re.compile(r"[*%\[]|(?:[qd]?word|far|near)\b", re.IGNORECASE)


_CALL = re.compile(rf"l?call[wlqx]?|bl\.?{_CONDITION}?|blx|blr(?:a[ab]z?)?")
_NEAR = re.compile(r"\d+[bf]?|\.L.*|\.")


@_remembered
def leaves(template: str, operands: int) -> bool:
    """Return whether control may leave the function by a variant: a return, or a jump elsewhere.

    Jumps to labels of C are excluded: ``asm goto`` lists them.
    """
    found = instructions(template)
    labels = {name for mnemonic, name in found if mnemonic == "label"}
    return any(
        _RETURN.fullmatch(name) is not None
        or _WRITES_PC.match(f"{name} {text}") is not None
        or (_BRANCH.fullmatch(name) is not None and _jumps_away(name, text, labels, operands))
        for name, text in ((mnemonic.lower(), text) for mnemonic, text in found)
        if name != "label"
    )


def _jumps_away(mnemonic: str, text: str, labels: Set[str], operands: int) -> bool:
    """Return whether a branch is not a call and its target is not a label of the template."""
    if _CALL.fullmatch(mnemonic):
        return False
    target = text.rpartition(",")[2].strip()  # a tested operand may precede it
    if mentions := mentioned(target):
        return any(number < operands for _, number in mentions)
    return target not in labels and _NEAR.fullmatch(target) is None


# Registers of the System V ABI of x86-64 (3.2.3): of integer arguments in their order, of a result.
ARGUMENTS, RESULT = ("rdi", "rsi", "rdx", "rcx", "r8", "r9"), "rax"
_CONSTRAINED = {"a": "rax", "c": "rcx", "d": "rdx", "S": "rsi", "D": "rdi"}


def register_of(constraint: str) -> str:
    """Return the register that a constraint demands; "" if it leaves a choice."""
    return _CONSTRAINED.get(constraint.lstrip("=+&%"), "")


@_remembered
def nothing(statement: Statement) -> bool:
    """Return whether a statement has no instruction."""
    return all(
        name == "label" or name.startswith(".")
        for variant in variants(statement)
        for name, _ in instructions(variant)
    )


@_remembered
def only_calls(statement: Statement) -> bool:
    """Return whether the only instructions of a statement are one call, and no other section's."""
    return all(
        [n for n, _ in instructions(variant) if n != "label" and not n.startswith(".")]
        in _SINGLE_CALLS
        for variant in variants(statement)
    )


_SINGLE_CALLS = (["call"], ["callq"])


class Transfer(NamedTuple):
    """An instruction that transfers control."""

    operands: tuple[int, ...]  # its targets
    names: tuple[str, ...]  # variables that hold its target
    anywhere: bool  # through a register or the stack, which may hold any operand
    returns: bool  # it may just return from the function


@_remembered
def transfers(template: str, operands: int) -> tuple[Transfer, ...]:
    """Return the control transfers of one variant, except those to labels and named symbols.

    Mentions of operands from number ``operands`` on are labels.
    """
    found = []
    for mnemonic, text in instructions(template):
        name = mnemonic.lower()
        if _RETURN.fullmatch(name):
            found.append(Transfer((), (), True, True))
        elif _BRANCH.fullmatch(name):
            transfer = _branch(name, text, operands)
            found += [transfer] if transfer is not None else []
        elif _WRITES_PC.match(f"{name} {text}"):
            inside = tuple(n for _, n in mentioned(text) if n < operands)
            found.append(Transfer(inside, (), not inside, "pop" in name or "ldm" in name))
    return tuple(found)


def _branch(mnemonic: str, text: str, operands: int) -> Transfer | None:
    if mnemonic.startswith(("cb", "tb")):
        text = text.rpartition(",")[2]  # a tested operand may precede it
    if mentions := mentioned(text):
        numbers = tuple(n for _, n in mentions if n < operands)
        return Transfer(numbers, (), False, False) if numbers else None
    target = text.strip()
    names = tuple(n for n in words(target) if not _INTEL_REGISTER.fullmatch(n))
    if _INDIRECT.match(target) or _INTEL_REGISTER.fullmatch(target):
        return Transfer((), names, not names, False)
    return Transfer((), (), True, False) if _THROUGH_REGISTER.fullmatch(mnemonic) else None
