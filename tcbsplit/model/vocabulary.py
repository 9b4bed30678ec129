# SPDX-License-Identifier: MIT
"""The enumerations and name types that all of tcbsplit shares.

A member of a set is equal to its word, so that artifacts hold the word and nothing else.
"""

from __future__ import annotations

from enum import StrEnum
from typing import NewType

# ``name`` for external linkage, ``path:name`` for static, ``path:function.name`` for static locals.
SymbolId = NewType("SymbolId", str)


def symbol_id(name: str, path: str = "", owner: str = "") -> SymbolId:
    """Return the id of ``name``; ``path`` if it is static, ``owner`` if local to that function."""
    local = f"{owner}.{name}" if owner else name
    return SymbolId(f"{path}:{local}" if path else local)


def bare_name(identity: str) -> str:
    """Return the name in an id: what the source calls it."""
    return identity.rpartition(":")[2]


def path_of(identity: str) -> str:
    """Return the path in an id; empty for external linkage."""
    return identity.rpartition(":")[0]


class Language(StrEnum):
    """The language of a unit, as far as reading it differs."""

    C = "c"
    ASSEMBLY = "asm"
    OTHER = "other"  # its object is read


class Phase(StrEnum):
    """When code runs."""

    BOOT = "boot"
    RUNTIME = "runtime"
    PREPROCESS = "preprocess"


class CodeClass(StrEnum):
    """The class of a function, derived from its phases."""

    RUNTIME = "runtime"
    BOOT = "boot"
    PREPROCESS = "preprocess"
    SHARED = "shared"  # preprocessing and another phase
    UNREACHED = "unreached"


class CutPolicy(StrEnum):
    """The replacement of a severed edge."""

    HANDOFF = "handoff"
    ELIDE = "elide"
    STUB = "stub"
    PANIC = "panic"


class EdgeKind(StrEnum):
    """The kind of an edge's reference to its callee."""

    CALL = "call"
    INDIRECT = "indirect"  # a call through a pointer
    REGISTRY = "registry"  # a call by a dispatcher of entries
    ASM = "asm"
    ADDRESS = "address"
    INIT = "init"
    READ = "read"
    WRITE = "write"
    NAMED = "named"  # in an operand that is not evaluated: sizeof, typeof


class Confidence(StrEnum):
    """The evidence for an edge."""

    EXACT = "exact"
    RESOLVED = "resolved"  # by the flow of values
    ASSUMED = "assumed"  # by types alone


class IndirectStatus(StrEnum):
    """The outcome of resolving a call through a pointer."""

    EXACT = "exact"  # one function can arrive
    RESOLVED = "resolved"  # several can
    REGISTRY = "registry"  # a configured registry accounts for it
    ASSUMED = "assumed"  # an unknown value may arrive: all functions of a fitting type
    EMPTY = "empty"  # nothing can arrive: with every unit there, this call does not happen
    EXTERNAL = "external"  # only what comes in with the parameters of a root can arrive
    UNRESOLVED = "unresolved"  # an unknown value, and no function fits


class ValueKind(StrEnum):
    """The kind of value that a function returns."""

    VOID = "void"
    INTEGER = "integer"
    POINTER = "pointer"
    RECORD = "record"
    OTHER = "other"


class Stage(StrEnum):
    """A stage of a whole run, in order."""

    CAPTURE = "capture"
    ANALYZE = "analyze"
    SPLIT = "split"
    BUILD = "build"
    BOOT = "boot"
    REPORT = "report"


class DefinitionKind(StrEnum):
    """The kind of a definition."""

    FUNCTION = "function"
    VARIABLE = "variable"


class Side(StrEnum):
    """The tree of a split that holds a definition."""

    THIN = "thin"
    GUEST = "guest"


class BuildName(StrEnum):
    """The trees that are built: the input tree, and the two trees of a split."""

    ORIGINAL = "original"
    GUEST = "guest"
    THIN = "thin"


class BootedBuild(StrEnum):
    """The system that is booted: the input tree as one image, or both trees of a split."""

    ORIGINAL = "original"
    SPLIT = "split"


class Style(StrEnum):
    """The way that the emitted trees mark removed code."""

    EXCISE = "excise"  # it is gone
    GUARD = "guard"  # it stands behind a macro


class PartKind(StrEnum):
    """Special parts of a handed-over variable (not just bytes); as ``struct tcbsplit_part``."""

    ARRAY = "ARRAY"
    STRING = "STRING"
    LIST = "LIST"
    KEEP = "KEEP"
    UNION = "UNION"
    CHOICE = "CHOICE"


class InputWay(StrEnum):
    """How the guest has a variable that it reads and that the hypervisor has set before."""

    CONSTANT = "constant"  # it is always the same integer, which the guest sets as well
    OWN = "own"  # the guest has one of its own: boot information, a console
    ADAPTER = "adapter"  # the guest's adapter sets it
    BLOCK = "block"  # the hypervisor gives it to the guest


class LayoutKind(StrEnum):
    """The kind of a type's layout; the value is its spelling in the text of a layout."""

    UNSIGNED = "u"
    SIGNED = "s"
    ENUM = "e"
    FLOAT = "f"
    COMPLEX = "c"
    VECTOR = "v"
    BITS = "b"  # a bit-field
    ARRAY = "["
    RECORD = "{"
    UNION = "{|"
    POINTER = "*"
    FLEXIBLE = "[]"  # an array member without bounds
    OTHER = "?"  # incomplete, or not known


class BranchKind(StrEnum):
    """The kind of a control transfer in machine code."""

    BRANCH = "branch"  # direct
    FALL = "fall"  # through
    ADDRESS = "address"  # in code, or in a word of data


class ContradictionKind(StrEnum):
    """The kind of statement that machine code contradicts."""

    EDGE = "edge"  # the graph lacks it
    PHASE = "phase"  # run-time code leads to code that is not


class ViolationKind(StrEnum):
    """Which claim of the analysis an execution refutes."""

    NOT_RUNTIME = "not-runtime"
    MOVED = "moved"
    UNREACHED = "unreached"
    UNKNOWN = "unknown"
    OUTSIDE = "outside"
    ERASED = "erased"


class Firmware(StrEnum):
    """The firmware of a scenario's machine."""

    SEABIOS = "seabios"
    OVMF = "ovmf"


class Virtualization(StrEnum):
    """The hardware virtualisation that an image uses."""

    SVM = "svm"
    VMX = "vmx"
    NONE = "none"


class StartMethod(StrEnum):
    """The loader of a scenario's image."""

    KERNEL = "kernel"  # QEMU's own multiboot loader
    GRUB = "grub"  # on an ISO made for the run
    UEFI = "uefi"  # a start-up script for the firmware's shell
    DISK = "disk"  # the boot loader on the first disk


class DiskInterface(StrEnum):
    """The interface of a scenario's disk."""

    IDE = "ide"
    VIRTIO = "virtio"
    NVME = "nvme"


class ParameterKind(StrEnum):
    """The kind of a parameter of scenarios."""

    TEXT = "text"
    FILE = "file"


class GuestEnvironment(StrEnum):
    """The environment in which the preprocessing guest runs."""

    BARE = "bare"
    LINUX = "linux"


class KeyMatch(StrEnum):
    """The comparison of a registry's keys with the key that its dispatcher is called with."""

    PREFIX = "prefix"
    EXACT = "exact"


class Verdict(StrEnum):
    """The outcome of a boot."""

    PASS = "pass"
    FAIL = "fail"
    ERROR = "error"  # nothing can be said of the build
    FLAKY = "flaky"  # repetitions disagree
    DIFFERS = "differs"  # it passed, but did otherwise than under the first accelerator
    SKIPPED = "skipped"  # the accelerator is not there, or cannot run the scenario


class StepKind(StrEnum):
    """The kind of a step of a scenario on the console."""

    EXPECT = "expect"
    FORBID = "forbid"


class StepVerdict(StrEnum):
    """The outcome of a step of a scenario."""

    SEEN = "seen"
    MISSING = "missing"
    LATE = "late"
    ABSENT = "absent"
    VIOLATED = "violated"
