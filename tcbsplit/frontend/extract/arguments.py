"""Flags of a recorded command -> arguments for libclang.

Passed on are flags that change what the preprocessor or the type checker sees. All others (code
generation, warnings, GCC-only switches) cannot change the facts, and libclang may not know them.
"""

from __future__ import annotations

from tcbsplit.model.unit import CompileCommand

_PASSED = (
    "-I", "-D", "-U", "-std=", "-O", "-m32", "-m64", "-m16", "-mcmodel", "-mgeneral-regs-only",
    "-mno-sse", "-mno-mmx", "-mno-red-zone", "-msse", "-mavx", "-march=", "-nostdinc", "-ansi",
    "-pthread", "-ffreestanding", "-fno-builtin", "-fshort-wchar", "-fpack-struct",
    "-funsigned-char", "-fsigned-char", "-fms-extensions", "-fgnu89-inline", "-fshort-enums",
    "-fno-pic", "-fPIC", "-fpic", "-fPIE", "-fpie", "-fplan9-extensions", "-fopenmp", "--target=",
    "-funsigned-bitfields", "-fsigned-bitfields", "-trigraphs", "-fdollars-in-identifiers",
)  # fmt: skip
_PASSED_WITH_VALUE = ("-I", "-D", "-U", "-isystem", "-iquote", "-idirafter", "-include",
                      "-imacros", "-isysroot", "-target")  # fmt: skip
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


def parse_arguments(command: CompileCommand, builtin_include: str) -> list[str]:
    """Return libclang's arguments; builtin headers come from ``builtin_include``."""
    result = [f"-working-directory={command.directory}", "-w", *_BUILTINS]
    words = iter(command.arguments[1:])
    for word in words:
        if word in _PASSED_WITH_VALUE:
            result += [word, next(words, "")]
        elif word.startswith(_PASSED):
            result.append(word)
    if builtin_include:
        result += ["-isystem", builtin_include]
    return result
