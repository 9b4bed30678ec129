# SPDX-License-Identifier: MIT
"""Read the words of a compile command: which option each is, and libclang's words for it.

All other modules use this one to read a command: ``compiledb`` to find outputs and sources,
``extract.arguments`` to make libclang's arguments, ``link`` to report unknown flags.
"""

from __future__ import annotations

import platform
import re
from collections.abc import Iterable, Iterator, Sequence
from fnmatch import fnmatchcase
from functools import cache, lru_cache
from itertools import pairwise
from pathlib import PurePosixPath
from typing import NamedTuple

from tcbsplit.frontend import compiler_options as o
from tcbsplit.frontend import families
from tcbsplit.frontend.compiler_options import Form, Kind, Option
from tcbsplit.model.program import UnknownFlag
from tcbsplit.model.unit import CompileCommand

_PROCESSOR = re.compile(
    r"(aarch64|arm|avr|i[3-7]86|loongarch|m68k|microblaze|mips|or1k|powerpc|ppc|riscv|s390|sparc|"
    r"x86_64|xtensa)\w*-"
)
_COMPILER = re.compile(r"(?P<target>.+)-(gcc|cc|clang)(-[\d.]+)?")
_NAMING = ("-march=", "-mcpu=", "-mtune=")
_RESPELT = {"-I", "-isystem", "-iquote", "-idirafter", "-include", "-imacros"}
_NOT_PREPROCESSOR = ("-std=", "-ansi", "-f", "-m", "-O")


class Flag(NamedTuple):
    """An option of a command with its value."""

    words: tuple[str, ...]  # as recorded
    kind: Kind
    name: str = ""  # as the table spells it
    value: str = ""
    told: tuple[str, ...] = ()  # libclang's words

    @property
    def plain(self) -> tuple[str, ...]:
        """Return the words, with one spelling for each of the options that name a path."""
        if self.told and self.words[0].startswith(("-Wp,", "-X")):
            return self.words
        if self.told and self.told[0][:2] == "-I":
            return self.told
        return self.told if self.told and self.told[0] in _RESPELT else self.words


def read(arguments: Sequence[str]) -> tuple[Flag, ...]:
    """Return the flags of a command, compiler first.

    Flags of the preprocessor that -Wp, -Xpreprocessor and -Xclang pass on come last, others that
    they pass on first: there the compiler puts them.
    """
    return _read(tuple(arguments))


def is_clang(compiler: str) -> bool:
    """Return whether the recorded compiler is Clang, by its name."""
    return "clang" in PurePosixPath(compiler).name


def implied(arguments: Sequence[str], target: str = "") -> tuple[str, ...]:
    """Return arguments for libclang for what the recorded compiler does by default.

    ``target`` is the triple that the compiler says; without it, its name tells.
    """
    words = [w for f in read(arguments) for w in (f.told or f.words)]
    named = target or _target(arguments[0])
    told: tuple[str, ...] = ()
    if named and not any(w.startswith("--target=") for w in words):
        told = (f"--target={named}",)
    if is_clang(arguments[0]):
        return told
    wide = [w for w in words if w in ("-m16", "-m32", "-m64", "-mx32")]
    if wide[-1:] == ["-m32"] and not any(w.startswith("-march=") for w in words):
        told += ("-march=i686",)  # as distributions configure GCC; Clang's own has SSE2
    return told + _unwinding(words)


def _unwinding(words: Sequence[str]) -> tuple[str, ...]:
    """Return arguments that make libclang define GCC's macro for unwinding as GCC does."""
    tables = _last(words, "asynchronous-unwind-tables", True) or _last(words, "exceptions", False)
    debug = [w for w in words if re.fullmatch(r"-g(gdb|dwarf.*)?[0-9]?", w)]
    if (
        "-undef" not in words
        and _last(words, "dwarf2-cfi-asm", True)
        and (tables or (debug and debug[-1] != "-g0"))
    ):
        return ("-D__GCC_HAVE_DWARF2_CFI_ASM=1",)
    return ("-fno-asynchronous-unwind-tables", "-fno-unwind-tables")


def _last(words: Sequence[str], feature: str, default: bool) -> bool:
    """Return whether the last word about a -f option turns it on."""
    said = [w for w in words if w in (f"-f{feature}", f"-fno-{feature}")]
    return said[-1] == f"-f{feature}" if said else default


def unknown(units: Iterable[tuple[CompileCommand, tuple[str, ...]]]) -> tuple[UnknownFlag, ...]:
    """Return the flags of C units whose effect is unknown, with the first unit and how many.

    Each unit comes with the options that libclang refused. Of a processor's name only macros
    depend, and these the recorded compiler says.
    """
    found: dict[str, list[str]] = {}
    for command, refused in units:
        if command.language == "c":
            words = {" ".join(f.words) for f in read(command.arguments) if f.kind is Kind.UNKNOWN}
            for flag in words | {r for r in refused if not r.startswith(_NAMING)}:
                found.setdefault(flag, []).append(command.file)
    return tuple(UnknownFlag(f, min(units), len(units)) for f, units in sorted(found.items()))


@lru_cache(maxsize=4096)
def _read(arguments: tuple[str, ...]) -> tuple[Flag, ...]:
    table = _table(_x86(arguments), is_clang(arguments[0]))
    flags: list[Flag] = []
    passed: list[Flag] = []
    streams: dict[str, list[tuple[str, str]]] = {"-Xpreprocessor": [], "-Xclang": []}
    for flag in _split(arguments[1:], table):
        if flag.kind is not Kind.FORWARD:
            flags.append(flag)
        elif flag.name == "-Wp,":
            streams["-Xpreprocessor"] += [("-Wp,", w) for w in flag.value.split(",")]
        else:
            streams[flag.name].append((flag.name, flag.value))
    for name, stream in streams.items():
        inner = table.preprocessor if name == "-Xpreprocessor" else table.front_end
        at = 0
        for flag in _split([w for _, w in stream], inner):
            origins = stream[at : at + len(flag.words)]
            at += len(flag.words)
            kind = Kind.UNKNOWN if flag.kind in (Kind.INPUT, Kind.FORWARD) else flag.kind
            passed.append(flag._replace(words=tuple(_passed_on(origins)), kind=kind))
    # A standard, or what -f, -m and -O say.
    first = [f for f in passed if f.told and f.told[0].startswith(_NOT_PREPROCESSOR)]
    return (*first, *flags, *(f for f in passed if f not in first))


def _passed_on(stream: Sequence[tuple[str, str]]) -> Iterator[str]:
    for origin, word in stream:
        yield from ((f"-Wp,{word}",) if origin == "-Wp," else (origin, word))


def _split(words: Sequence[str], table: _Table | _Inner) -> Iterator[Flag]:
    rest = iter(words)
    for word in rest:
        if word == "--":
            yield from (Flag((w,), Kind.INPUT, value=w) for w in rest)
            return
        if not word.startswith("-") or word == "-":
            yield Flag((word,), Kind.INPUT, value=word)
            continue
        option = table.find(word)
        if option is None:
            yield table.feature(word)
            continue
        taken: tuple[str, ...] = (word,)
        value = word[len(option.spelling) :]
        if option.form is Form.SEPARATE or (option.form is Form.EITHER and not value):
            value = next(rest, "")
            taken = (word, value)
        yield table.flag(option, taken, value)


class _Inner:
    """Options by spelling."""

    def __init__(self, options: Sequence[Option], outer: _Table | None = None) -> None:
        self._exact = {p.spelling: p for p in options if p.form is not Form.JOINED}
        joined = [p for p in options if p.form in (Form.JOINED, Form.EITHER)]
        self._joined = sorted(joined, key=lambda p: -len(p.spelling))
        self._outer = outer
        self._found: dict[str, Option | None] = {}

    def find(self, word: str) -> Option | None:
        """Return the option that a word spells: exactly, else the one with the longest name."""
        if word not in self._found:
            self._found[word] = self._find(word)
        return self._found[word]

    def _find(self, word: str) -> Option | None:
        found = self._exact.get(word)
        if found is None:
            found = next((p for p in self._joined if word.startswith(p.spelling)), None)
        return found or (self._outer.find(word) if self._outer else None)

    def feature(self, word: str) -> Flag:
        """Return the flag of a word that no option spells."""
        return self._outer.feature(word) if self._outer else Flag((word,), Kind.UNKNOWN)

    def flag(self, option: Option, words: tuple[str, ...], value: str) -> Flag:
        """Return the flag that ``words`` are."""
        told = tuple(t.replace("{}", value) for t in option.told)
        return Flag(words, option.kind, option.spelling, value, told)


class _Table(_Inner):
    """All options of a compiler for one processor."""

    def __init__(self, x86: bool, clang: bool) -> None:
        super().__init__(_options(x86))
        self._x86 = x86
        self._clang = clang
        self.preprocessor = _Inner(o.PREPROCESSOR_OUTPUTS, self)
        self.front_end = _Inner(o.FRONT_END, self)

    def flag(self, option: Option, words: tuple[str, ...], value: str) -> Flag:
        """Return the flag; a standard that libclang does not know is a near one, or unknown."""
        if option.told == ("-std={}",):
            value = families.NEWER_STANDARDS.get(value, value)
            if value not in families.STANDARDS:
                return Flag(words, Kind.UNKNOWN, option.spelling, value)
        return super().flag(option, words, value)

    def feature(self, word: str) -> Flag:
        """Return the flag of a word that begins with -f or -m; of other words an unknown flag."""
        name = word[2:].removeprefix("no-")
        if word.startswith(("-fsanitize=", "-fno-sanitize=")):
            return Flag((word,), Kind.TOLD, word[:2], told=self._sanitizers(word))
        if word[:2] == "-f":
            kind = _kind(
                name, families.TOLD_FEATURES, families.UNSAFE_FEATURES, families.HARMLESS_FEATURES
            )
        elif word[:7] == "-march=" and self._x86 and name[5:] not in families.PROCESSORS.split():
            kind = Kind.UNKNOWN
        elif word[:2] == "-m":
            told = families.TOLD_MACHINE if self._x86 else families.TOLD_ELSEWHERE
            kind = _kind(name, told, "", families.HARMLESS_MACHINE)
        else:
            kind = Kind.UNKNOWN
        return Flag((word,), kind, word[:2], told=(word,) if kind is Kind.TOLD else ())

    def _sanitizers(self, word: str) -> tuple[str, ...]:
        if self._clang:
            return (word,)
        names = word.partition("=")[2].split(",")
        if word.startswith("-fsanitize="):
            return tuple(f"-D{m}=1" for n in names if (m := families.SANITIZERS.get(n)))
        known = families.SANITIZERS
        gone = {m for n, m in known.items() if n in names or "all" in names}
        return tuple(f"-U{m}" for m in sorted(gone))


@cache
def _table(x86: bool, clang: bool) -> _Table:
    return _Table(x86, clang)


@cache
def _options(x86: bool) -> tuple[Option, ...]:
    return (
        *o.OUTPUTS, *o.LANGUAGES, *o.FORWARDS, *o.PREPROCESSOR, *o.LANGUAGE, *o.OTHERS,
        *(o.X86 if x86 else ()),
    )  # fmt: skip


@cache
def _kind(name: str, told: str, unsafe: str, harmless: str) -> Kind:
    bare = name.partition("=")[0]
    for names, kind in ((told, Kind.TOLD), (unsafe, Kind.UNKNOWN), (harmless, Kind.HARMLESS)):
        if any(fnmatchcase(bare, pattern) for pattern in names.split()):
            return kind
    return Kind.UNKNOWN


def _x86(arguments: Sequence[str]) -> bool:
    """Return whether a command compiles for x86: by options, compiler's name, or this machine."""
    triple = _target(arguments[0])
    for word, following in pairwise([*arguments, ""]):
        if word.startswith("--target="):
            triple = word.partition("=")[2]
        elif word == "-target":
            triple = following
    return (triple or platform.machine()).startswith(("x86", "i386", "i486", "i586", "i686"))


def _target(compiler: str) -> str:
    """Return the target in a cross compiler's name; empty if there is none."""
    match = _COMPILER.fullmatch(PurePosixPath(compiler).name)
    return match["target"] if match and _PROCESSOR.match(f"{match['target']}-") else ""
