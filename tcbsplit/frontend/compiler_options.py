# SPDX-License-Identifier: MIT
"""List the options of GCC and Clang that tcbsplit knows, and libclang's words for each.

``families`` lists the names of -f and -m options; ``flags`` reads commands with both. Where
libclang knows an option under another name, or defines other macros for it than GCC does, the table
has other words for it. An option that is not listed is reported as unknown. (GCC 12 and Clang 18
user's manuals; ``gcc -dM -E`` for the macros.)
"""

from __future__ import annotations

from enum import Enum
from typing import NamedTuple

from tcbsplit.frontend import families


class Form(Enum):
    """The position of an option's value."""

    ALONE = "no value"
    JOINED = "in the same word"
    SEPARATE = "the next word"
    EITHER = "in the same word, or the next"


class Kind(Enum):
    """The subject of an option."""

    TOLD = "changes the program: libclang is told"
    HARMLESS = "cannot change what the program says"
    OUTPUT = "where output goes, dependency output, what is made: dropped from the command"
    LANGUAGE = "the language of the sources after it"
    FORWARD = "its value is an option of the preprocessor or of Clang's front end"
    INPUT = "no option: a file"
    UNKNOWN = "neither known nor known to be harmless"


class Option(NamedTuple):
    """One spelling. ``told`` are libclang's words, ``{}`` standing for the value."""

    spelling: str
    form: Form
    kind: Kind
    told: tuple[str, ...] = ()


def _options(form: Form, kind: Kind, spellings: str) -> list[Option]:
    return [Option(s, form, kind) for s in spellings.split()]


def _valued(told: tuple[str, ...], either: str, *long: str) -> list[Option]:
    """Return an option with a value under all its names; ``--name`` is also ``--name=VALUE``."""
    found = [Option(either, Form.EITHER, Kind.TOLD, told)]
    for name in long:
        found.append(Option(name, Form.SEPARATE, Kind.TOLD, told))
        found.append(Option(f"{name}=", Form.JOINED, Kind.TOLD, told))
    return found


def _named(processor: str) -> Option:
    """Return -march for a processor: Clang has its features, but not its macros."""
    flag, name = f"-march={processor}", processor.replace("-", "_")
    return Option(flag, Form.ALONE, Kind.TOLD, (flag, f"-D__{name}=1", f"-D__{name}__=1"))


def _alone(told: dict[str, str]) -> list[Option]:
    return [Option(s, Form.ALONE, Kind.TOLD, tuple(t.split())) for s, t in told.items()]


_FAST = (
    "-ffast-math -D__ASSOCIATIVE_MATH__=1 -D__NO_SIGNED_ZEROS__=1 -D__NO_TRAPPING_MATH__=1 "
    "-D__RECIPROCAL_MATH__=1"
)
_UNSAFE = _FAST.replace("-ffast-math", "-funsafe-math-optimizations")

_STRICT = (
    "-U__ASSOCIATIVE_MATH__ -U__NO_SIGNED_ZEROS__ -U__NO_TRAPPING_MATH__ -U__RECIPROCAL_MATH__"
)

OUTPUTS = [
    *_options(Form.EITHER, Kind.OUTPUT, "-o -MF -MT -MQ -MJ"),
    *_options(Form.SEPARATE, Kind.OUTPUT, "--output -dumpdir -dumpbase -dumpbase-ext --dumpdir "
              "--dumpbase --dumpbase-ext -aux-info --serialize-diagnostics -serialize-diagnostics "
              "-index-store-path"),
    *_options(Form.JOINED, Kind.OUTPUT, "--output= -save-temps= --save-temps= -aux-info= "
              "-fcallgraph-info= -fdump- -fopt-info -foptimization-record-file="),
    *_options(Form.ALONE, Kind.OUTPUT, "-c -S -E -fsyntax-only --compile --assemble --preprocess "
              "-M -MM -MD -MMD -MG -MP -MV --dependencies --user-dependencies --write-dependencies "
              "--write-user-dependencies --print-missing-file-dependencies -save-temps "
              "--save-temps -pipe --pipe -fcallgraph-info"),
]  # fmt: skip
# Of cc1, which -Wp and -Xpreprocessor speak to, these name the file themselves.
PREPROCESSOR_OUTPUTS = _options(Form.SEPARATE, Kind.OUTPUT, "-MD -MMD")

LANGUAGES = [
    Option("-x", Form.EITHER, Kind.LANGUAGE),
    Option("--language", Form.SEPARATE, Kind.LANGUAGE),
    Option("--language=", Form.JOINED, Kind.LANGUAGE),
]

FORWARDS = [
    Option("-Wp,", Form.JOINED, Kind.FORWARD),
    *_options(Form.SEPARATE, Kind.FORWARD, "-Xpreprocessor -Xclang"),
]

PREPROCESSOR = [
    *_valued(("-D{}",), "-D", "--define-macro"),
    *_valued(("-U{}",), "-U", "--undefine-macro"),
    *_valued(("-I{}",), "-I", "--include-directory"),
    *_valued(("-isystem", "{}"), "-isystem"),
    *_valued(("-iquote", "{}"), "-iquote"),
    *_valued(("-idirafter", "{}"), "-idirafter", "--include-directory-after"),
    *_valued(("-include", "{}"), "-include", "--include"),
    *_valued(("-imacros", "{}"), "-imacros", "--imacros"),
    *_valued(("-iprefix", "{}"), "-iprefix", "--include-prefix"),
    *_valued(("-iwithprefix", "{}"), "-iwithprefix", "--include-with-prefix",
             "--include-with-prefix-after"),
    *_valued(("-iwithprefixbefore", "{}"), "-iwithprefixbefore", "--include-with-prefix-before"),
    *_valued(("-isysroot", "{}"), "-isysroot"),
    # GCC looks for headers in the folder `include` of each of these, before its own.
    Option("-B", Form.EITHER, Kind.TOLD, ("-isystem", "{}/include")),
    Option("--prefix", Form.SEPARATE, Kind.TOLD, ("-isystem", "{}/include")),
    Option("--prefix=", Form.JOINED, Kind.TOLD, ("-isystem", "{}/include")),
    Option("--sysroot", Form.SEPARATE, Kind.TOLD, ("--sysroot={}",)),
    Option("--sysroot=", Form.JOINED, Kind.TOLD, ("--sysroot={}",)),
    Option("-iwithsysroot", Form.EITHER, Kind.TOLD, ("-iwithsysroot", "{}")),
    *_alone({
        "-undef": "-undef",
        "-nostdinc": "-nostdinc",
        "--no-standard-includes": "-nostdinc",
        "-nostdlibinc": "-nostdlibinc",
        "-nobuiltininc": "-nobuiltininc",
        "-trigraphs": "-trigraphs",
        "--trigraphs": "-trigraphs",
    }),
    *_options(Form.ALONE, Kind.HARMLESS, "-C -CC -P -H -nostdinc++ -remap --comments -quiet "
              "--comments-in-macros --no-line-commands --trace-includes -fdirectives-only"),
]  # fmt: skip

LANGUAGE = [
    Option("-std=", Form.JOINED, Kind.TOLD, ("-std={}",)),
    Option("--std=", Form.JOINED, Kind.TOLD, ("-std={}",)),
    Option("--std", Form.SEPARATE, Kind.TOLD, ("-std={}",)),
    *_alone({"-ansi": "-ansi", "--ansi": "-ansi"}),
    Option("-O", Form.JOINED, Kind.TOLD, ("-O{}",)),
    Option("--optimize=", Form.JOINED, Kind.TOLD, ("-O{}",)),
    *_alone({
        "-O": "-O",
        "--optimize": "-O",
        "-Ofast": _FAST.replace("-ffast-math", "-Ofast"),
        "-pthread": "-pthread",
        "-pthreads": "-pthread",
        "-posix": "-D_POSIX_SOURCE=1",
        "-fno-hosted": "-ffreestanding",
        "-fhosted": "-fhosted",
        "-fno-freestanding": "-fhosted",
        "-fplan9-extensions": "-fms-extensions",
        "-fopenacc": "-D_OPENACC=201711 -D_REENTRANT=1",
        "-fopenmp": "-fopenmp -D_REENTRANT=1",
        "-fstack-protector-explicit": "-D__SSP_EXPLICIT__=4",
        "-fnon-call-exceptions": "-D__EXCEPTIONS=1",
        "-ffast-math": _FAST,
        "-fno-fast-math": f"-fno-fast-math {_STRICT}",
        "-funsafe-math-optimizations": _UNSAFE,
        "-fno-unsafe-math-optimizations": f"-fno-unsafe-math-optimizations {_STRICT}",
        "-frounding-math": "-D__ROUNDING_MATH__=1",
        "-fno-rounding-math": "-U__ROUNDING_MATH__",
        "-fsignaling-nans": "-D__SUPPORT_SNAN__=1",
        "-fno-signaling-nans": "-U__SUPPORT_SNAN__",
        "-freciprocal-math": "-D__RECIPROCAL_MATH__=1",
        "-fno-reciprocal-math": "-U__RECIPROCAL_MATH__",
        "-fno-signed-zeros": "-D__NO_SIGNED_ZEROS__=1",
        "-fsigned-zeros": "-U__NO_SIGNED_ZEROS__",
        "-fno-trapping-math": "-D__NO_TRAPPING_MATH__=1",
        "-ftrapping-math": "-U__NO_TRAPPING_MATH__",
    }),
    *_options(Form.ALONE, Kind.HARMLESS, "-fexec-charset=UTF-8 -fexec-charset=utf-8 "
              "-finput-charset=UTF-8 -finput-charset=utf-8 -fwide-exec-charset=UTF-32LE"),
]  # fmt: skip

X86 = [
    Option("-mabi=sysv", Form.ALONE, Kind.HARMLESS),
    *(_named(name) for name in families.NAMED_PROCESSORS.split()),
    *_alone({
        "-mabm": "-mlzcnt -mpopcnt -D__ABM__=1",
        "-msoft-float": "-msoft-float -D_SOFT_FLOAT=1",
        "-mno-80387": "-mno-80387 -D_SOFT_FLOAT=1",
        "-mgeneral-regs-only": "-mgeneral-regs-only -D_SOFT_FLOAT=1",
        "-mlong-double-64": "-mlong-double-64 -D__LONG_DOUBLE_64__=1 -U__LONG_DOUBLE_128__",
        "-mlong-double-128": "-mlong-double-128 -D__LONG_DOUBLE_128__=1 -U__LONG_DOUBLE_64__",
        "-mlong-double-80": "-mlong-double-80 -U__LONG_DOUBLE_64__ -U__LONG_DOUBLE_128__",
    }),
]  # fmt: skip

OTHERS = [
    Option("-target", Form.SEPARATE, Kind.TOLD, ("--target={}",)),
    Option("--target=", Form.JOINED, Kind.TOLD, ("--target={}",)),
    Option("--gcc-toolchain=", Form.JOINED, Kind.TOLD, ("--gcc-toolchain={}",)),
    # Warnings and debugging information, assembler, linker, and the driver itself.
    *_options(Form.JOINED, Kind.HARMLESS, "-W -Wa, -Wl, -g -L -l -R --warn- -print- --param= "
              "-fuse-ld= -rtlib= --rtlib= -stdlib= --unwindlib= --ld-path= --entry= "
              "-resource-dir="),
    Option("-T", Form.EITHER, Kind.HARMLESS),
    *_options(Form.SEPARATE, Kind.HARMLESS, "-u -e --param -Xassembler -Xlinker -z -mllvm -L -l "
              "-arch_only -wrapper --for-linker --force-link --entry -resource-dir"),
    *_options(Form.ALONE, Kind.HARMLESS, "-w -v -### -s -r -dM -dD -dI -dN -dU "
              "-static -shared -rdynamic -pie -no-pie "
              "-static-pie -static-libgcc -shared-libgcc -nostdlib -nostartfiles -nodefaultlibs "
              "-nolibc -pedantic -pedantic-errors --pedantic --pedantic-errors --all-warnings "
              "--extra-warnings --no-warnings --verbose --debug -time -Qunused-arguments -Qn -Qy "
              "-no-canonical-prefixes -emit-llvm -integrated-as -no-integrated-as "
              "-no-integrated-cpp -symbolic -n -N --static --shared -export-dynamic -mglibc"),
]  # fmt: skip
# Of Clang's front end, after -Xclang.
FRONT_END = [
    *(
        Option(name, Form.SEPARATE, Kind.TOLD, ("-Xclang", name, "-Xclang", "{}"))
        for name in ("-target-feature", "-target-cpu")
    ),
    *_options(Form.ALONE, Kind.HARMLESS, "-disable-llvm-passes -disable-O0-optnone "
              "-no-opaque-pointers -opaque-pointers -disable-lifetime-markers -verify"),
]  # fmt: skip
