"""Flags of a recorded command -> arguments for libclang.

Passed on are flags that change what the preprocessor or the type checker sees (``frontend.options``
is the table). All others cannot change the facts, and libclang may not know them.
"""

from __future__ import annotations

from tcbsplit.frontend import flags
from tcbsplit.frontend.options import Kind
from tcbsplit.model.unit import CompileCommand

# GCC builtins that libclang 18 does not know, mapped onto ones that it does. Where the original
# looks at its arguments at compile time only, so does the replacement.
_BUILTINS = (
    "-D__builtin_strnlen(s,n)=((void)(n),__builtin_strlen(s))",
    "-D__builtin_has_attribute(x,a)=(0)",
    "-D__builtin_va_arg_pack()=(0)",
    "-D__builtin_va_arg_pack_len()=(0)",
    "-D__builtin_goacc_parlevel_id(x)=(0)",
    "-D__builtin_speculation_safe_value(x,...)=(x)",
    "-D__builtin_tgmath(...)=(0)",
)
_SEARCHED = {"-isystem", "-iquote", "-idirafter"}
_LANGUAGES = {"c", "cpp-output"}


def parse_arguments(command: CompileCommand, builtin_include: str) -> list[str]:
    """Return libclang's arguments; builtin headers come from ``builtin_include``."""
    result = [f"-working-directory={command.directory}", "-w", *_BUILTINS]
    result += flags.implied(command.arguments)
    read = flags.read(command.arguments)
    sysroot = next((f.value for f in reversed(read) if "sysroot" in f.name), "")
    prefix = builtin_include.removesuffix("include")
    last = []
    for flag in read:
        if flag.kind is Kind.LANGUAGE and flag.value in _LANGUAGES:
            result += ["-x", flag.value]
        if not flag.told:
            continue
        first, *rest = flag.told
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
            result += flag.told
    result += last
    if builtin_include:
        result += ["-isystem", builtin_include]
    return result


def _below(sysroot: str, folder: str) -> str:
    """A folder of headers; ``=`` and ``$SYSROOT`` stand for the system root (GCC manual, 3.16)."""
    for sign in ("=", "$SYSROOT"):
        if folder.startswith(sign):
            return sysroot + folder.removeprefix(sign)
    return folder
