# SPDX-License-Identifier: MIT
"""Translate the flags of a recorded command into arguments for libclang.

Flags that affect the preprocessor or the type checker are passed on (the table is in
``frontend.options``). All others cannot change the facts, and libclang may not know them.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import cache

from tcbsplit.frontend import flags
from tcbsplit.frontend.compiler_options import Kind
from tcbsplit.model.compiler import Compiler
from tcbsplit.model.unit import CompileCommand

# GCC builtins unknown to libclang 18, mapped onto known ones. If the original does not evaluate its
# arguments at run time, neither does the replacement.
_BUILTINS = (
    "-D__builtin_strnlen(s,n)=((void)(n),__builtin_strlen(s))",
    "-D__builtin_has_attribute(x,a)=(0)",
    "-D__builtin_va_arg_pack()=(0)",
    "-D__builtin_va_arg_pack_len()=(0)",
    "-D__builtin_goacc_parlevel_id(x)=(0)",
    "-D__builtin_speculation_safe_value(x,...)=(x)",
    "-D__builtin_tgmath(...)=(0)",
)
# libclang reads as the Clang that it is, also where GCC compiles: headers then ask for no more than
# it has. The other macros are the recorded compiler's.
_VERSION = ("__GNUC__=", "__GNUC_MINOR__=", "__GNUC_PATCHLEVEL__=")
_CLANG = (
    "__GNUC__=4", "__GNUC_MINOR__=2", "__GNUC_PATCHLEVEL__=1", "__clang__=1", "__llvm__=1",
    "__clang_major__=18", "__clang_minor__=1", "__clang_patchlevel__=1",
)  # fmt: skip
# Clang refuses what GCC only warned about until 2024. The recorded compiler has taken the unit; a
# call of an undeclared function is an error all the same: nothing is known of what it calls.
_WARNINGS = (
    "-w", "-Wno-int-conversion", "-Wno-incompatible-function-pointer-types", "-Wno-implicit-int",
    "-Wno-return-type",
)  # fmt: skip
_SEARCHED = {"-isystem", "-iquote", "-idirafter"}
_LANGUAGES = {"c", "cpp-output"}


def parse_arguments(command: CompileCommand, compiler: Compiler) -> list[str]:
    """Return libclang's arguments, with target, macros and header folders of ``compiler``."""
    result = [f"-working-directory={command.directory}", *_WARNINGS]
    result += [*_predefined(compiler), *_BUILTINS]
    result += flags.implied(command.arguments, compiler.target)
    read = flags.read(command.arguments)
    sysroot = next((f.value for f in reversed(read) if "sysroot" in f.name), "")
    prefix = compiler.own.removesuffix("include")
    last = []
    for flag, (first, *rest) in _effective(read):
        if first == "-iprefix":
            prefix = flag.value
        elif first == "-iwithprefix":
            result += ["-idirafter", prefix + flag.value]
        elif first == "-iwithprefixbefore":
            last.append(f"-I{prefix}{flag.value}")  # after every -I: there GCC's driver puts it
        elif first in _SEARCHED:
            result += [first, _below(sysroot, rest[0])]
        elif first.startswith("-I"):
            result.append("-I" + _below(sysroot, first[2:]))
        else:
            result += [first, *rest]
    result += last
    if compiler.macros:
        result.append("-nostdinc")
    for folder in compiler.folders:
        result += ["-isystem", folder]
    return result


@cache
def _predefined(compiler: Compiler) -> tuple[str, ...]:
    """Return the arguments that give libclang the macros of ``compiler`` instead of its own."""
    if not compiler.macros:
        return ()
    told = compiler.macros
    if not any(m.startswith("__clang__=") for m in told):
        told = (*(m for m in told if not m.startswith(_VERSION)), *_CLANG)
    return ("-undef", *(f"-D{m}" for m in told))


def _effective(read: Sequence[flags.Flag]) -> Iterator[tuple[flags.Flag, tuple[str, ...]]]:
    """Yield flags with their arguments for libclang, if any."""
    # Only the last of these has an effect, also on the macros that we define for it.
    decisive = {o: f for f in read for o in ("-O", "-march=") if f.told and f.told[0].startswith(o)}
    bare = any("-undef" in f.told for f in read)
    for flag in read:
        told = _bare(flag) if bare else flag.told
        if flag.kind is Kind.LANGUAGE and flag.value in _LANGUAGES:
            told = ("-x", flag.value)
        lost = (told and told[0].startswith(o) and flag is not f for o, f in decisive.items())
        if told and not any(lost):
            yield flag, told


def _bare(flag: flags.Flag) -> tuple[str, ...]:
    """Return libclang's arguments under -undef: only the driver defines macros."""
    if flag.name.startswith(("-D", "-U", "--define", "--undefine")):
        return flag.told
    own = ("-D__", "-D_OPENACC", "-D_SOFT_FLOAT", "-fexceptions", "-fcf-protection")
    return tuple(w for w in flag.told if not w.startswith(own))


def _below(sysroot: str, folder: str) -> str:
    """Return a header folder; expand ``=`` and ``$SYSROOT`` to the sysroot (GCC manual, 3.16)."""
    for sign in ("=", "$SYSROOT"):
        if folder.startswith(sign):
            return sysroot + folder.removeprefix(sign)
    return folder
