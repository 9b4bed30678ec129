# SPDX-License-Identifier: MIT
"""Which code of an image belongs to whom: linked assembly with hardly any symbols, and records."""

from __future__ import annotations

import contextlib
import struct
import subprocess
from pathlib import Path

import pytest

from tcbsplit import elffile
from tcbsplit.config.scenario import Boundary
from tcbsplit.elffile import segments as read_segments
from tcbsplit.errors import BuildError
from tcbsplit.model.trace import Audit
from tcbsplit.model.vocabulary import SymbolId
from tcbsplit.validate.build.image import read_image
from tcbsplit.validate.evidence.audit import audit
from tcbsplit.validate.evidence.symbols import Image, Symbols, read_code
from tcbsplit.validate.evidence.trace import _fnv
from tcbsplit.validate.evidence.trace import trace as read_trace
from tcbsplit.validate.evidence.watching import _ranges, places_of
from tests.support.linked import C, Linked, linked

# A function, and code without a symbol in another section.
APART = '.globl f\n.type f, @function\nf: {}\n.size f, . - f\n.section .apart, "ax"\napart: {}\n'
# Every case: the assembly of the program, what is linked to it, blocks that ran after the
# boundary as "FIRST SIZE", and the violations as "KIND FUNCTION".
CASES: dict[str, tuple[str, str, list[str], list[str]]] = {
    "without type and size": (
        ".globl copy\ncopy: nop; nop\nret\n", "", ["copy 3"], ["unreached copy"],
    ),
    "without size, somewhere inside": (
        ".globl copy\n.type copy, @function\ncopy: nop; nop\n.globl at\nat = 0f\n0: nop; ret\n",
        "", ["copy+1 1"], ["unreached copy"],
    ),
    "without size, up to the end of its section": (
        ".globl copy\ncopy: .skip 64, 0x90\n", "", ["copy+63 1"], ["unreached copy"],
    ),
    "only with a type": (
        ".globl copy\n.type copy, @function\ncopy: nop; ret\n", "", ["copy 1"], ["unreached copy"],
    ),
    "resolved when it is loaded": (
        "", ".globl copy\n.type copy, @gnu_indirect_function\ncopy: nop; ret\n", ["copy+1 1"],
        ["unknown copy"],
    ),
    "a name of a linker script for code that has one": (
        "", "", ["real 1"], ["not-runtime real"],
    ),
    "a name that is never called for code that is": (
        ".globl a_copy, b_copy\na_copy: b_copy: nop; ret\n.globl caller\ncaller: call b_copy\n",
        "", ["b_copy 1"], ["unreached a_copy"],
    ),
    "in a section of its own": (
        '.section .stub, "ax"\n.globl copy\ncopy: nop; ret\n', "", ["copy 1"], ["unreached copy"],
    ),
    "a weak one": (".weak copy\ncopy: nop; ret\n", "", ["copy 1"], ["unreached copy"]),
    "a label is part of the function before it": (
        ".globl copy\ncopy: nop\nagain: nop; jmp again\n", "", ["copy+1 1"], ["unreached copy"],
    ),
    "a label that begins a section is a function": (
        '.globl copy\ncopy: call helper; ret\n.section .stub, "ax"\nhelper: nop; ret\n',
        "", ["copy+6 1"],
        ["unreached m.S:helper"],
    ),
    "a label that another source calls its own is part of the function before it": (
        '.globl copy\ncopy: call helper; ret\n.section .stub, "ax"\nhelper: nop; ret\n',
        ".globl blob\nblob: nop\nhelper: nop; ret\n", ["blob+1 1"], ["unknown blob"],
    ),
    "a label of C's name is no function of C": (
        ".globl copy\ncopy: nop\nhidden: nop; ret\n", "", ["copy+1 1"], ["unreached copy"],
    ),
    "runs on into the next function": (
        ".globl one, two\none: nop\ntwo: nop; ret\n", "", ["one 3"],
        ["unreached one", "unreached two"],
    ),
    "between functions with sizes": (
        "", ".globl f\n.type f, @function\nf: nop\n.size f, 1\nnop; ret\n", ["f+1 1"],
        ["outside f … {f+1}"],
    ),
    "over the padding before the next function": (
        "", ".globl f\n.type f, @function\nf: nop\n.size f, 1\n.p2align 5\n.globl g\n"
        ".type g, @function\ng: ret\n.size g, 1\n", ["f 33"],
        ["unknown f", "unknown g"],
    ),
    "over more than padding": (
        "", ".globl f\n.type f, @function\nf: nop\n.size f, 1\ncld\n.p2align 5\n.globl g\n"
        ".type g, @function\ng: ret\n.size g, 1\n", ["f 33"],
        ["outside f … {f+1}", "unknown f", "unknown g"],
    ),
    "past the end of a function with a size": (
        "", ".globl f\n.type f, @function\nf: nop\n.size f, 1\nnop; ret\n", ["f 3"],
        ["outside f … {f+1}", "unknown f"],
    ),
    "a label after a function with a size": (
        "", ".globl f\n.type f, @function\nf: nop\n.size f, 1\nbeyond: nop; ret\n", ["f+1 1"],
        ["outside beyond … {f+1}"],
    ),
    "before every symbol": (
        "", '.section .first, "ax"\nnop; ret\n', ["first 1"], ["outside start … {first}"],
    ),
    "apart, and jumps back into its function": (
        "", APART.format("nop\n9: ret", "nop; jmp 9b"), ["apart 6"], ["unknown f"],
    ),
    "apart, in pieces that go on to one that jumps back": (
        "", APART.format("nop\n9: ret", "jz 8f; call f\n8: jmp 9b"),
        ["apart 2", "apart+2 5", "apart+7 5"], ["unknown f"],
    ),
    "apart, where a jump of its function leads": (
        "", APART.format("jz 9f; ret", "9: ud2"), ["f 6", "apart 2"], ["unknown f"],
    ),
    "apart, where nothing of the function leads that ran": (
        "", APART.format("jz 9f; ret", "9: ud2"), ["apart 2"], ["outside apart … {apart}"],
    ),
    "apart, and enters a function at its start": (
        "", APART.format("nop; ret", "jmp f"), ["apart 5"], ["outside apart … {apart}"],
    ),
    "apart, but called": (
        "", APART.format("call 9f; ret", "9: ret"), ["f 5", "apart 1"],
        ["outside apart … {apart}", "unknown f"],
    ),
    "apart, through a table of addresses": (
        "", APART.format("nop\n9: ret", "jmp *0x70(%rip)"), ["apart 6"],
        ["outside apart … {apart}"],
    ),
    "of a source that is not analysed": (
        "", ".globl blob\nblob: nop; ret\n", ["blob 1"], ["unknown blob"],
    ),
    "with mapping symbols": (
        '.globl copy\ncopy: nop\n"$x": nop\n"$d.1": nop\nret\n', "", ["copy+1 2"],
        ["unreached copy"],
    ),
    "among data": (
        ".globl copy, word\n.data\nword: .long 1\ncopy: call handler\nret\n", "", ["copy 5"],
        ["unreached copy"],
    ),
}  # fmt: skip


def audited(it: Linked, blocks: list[str], folder: Path) -> Audit:
    """What an audit says when these blocks ran after the boundary."""
    segments = read_segments(it.image)
    slots = []
    for block in blocks:
        place, size = block.split()
        at = it.place(place)
        (code,) = (
            s.content[at - s.address : at - s.address + int(size)]
            for s in segments
            if s.address <= at < s.address + len(s.content)
        )
        slots.append((at, 0x7F0000000000, _fnv(code), int(size), 2))
    head = struct.pack("<8sIIIIII32x", b"TCBTRACE", 1, len(slots), len(slots), 0, 0, 0)
    record = folder / "record"
    record.write_bytes(head + b"".join(struct.pack("<QQQIIQQQQ", *s, 0, 0, 0, 0) for s in slots))
    codes = read_code(it.image, it.names.knows)
    facts = read_image(it.image)
    ran = read_trace("s", "original", ["start", "runtime"], record, facts, segments, codes)
    return audit([ran], it.expected, {"original": Image(codes)})


@pytest.mark.parametrize("case", CASES)
def test_what_ran_belongs_to_somebody(case: str, tmp_path: Path) -> None:
    assembly, more, blocks, wanted = CASES[case]
    it = linked(tmp_path, assembly, more)
    found = audited(it, blocks, tmp_path)
    told = [f"{v.kind} {v.function}" for v in found.violations]
    places = {w[w.index("{") + 1 : -1] for w in wanted if "{" in w}
    for place in places:
        told = [t.replace(f"{it.place(place):#x}", f"{{{place}}}") for t in told]
    assert sorted(told) == sorted(wanted)


def test_code_that_may_run_is_no_violation(tmp_path: Path) -> None:
    # Nobody calls it by its second name, which comes first in the table.
    alias = 'void a_handler (void) __attribute__ ((alias ("handler")));\n'
    it = linked(tmp_path, "", c=C + alias)
    assert it.expected.classes.of(SymbolId("a_handler")) == "unreached"
    assert audited(it, ["handler 1"], tmp_path).violations == ()


def test_names_of_a_linker_script_stand_for_no_function(tmp_path: Path) -> None:
    it = linked(tmp_path, '.globl copy\ncopy: nop; ret\n.section .stub, "ax"\n.globl s\ns: ret\n')
    codes = {n.name: c for c in read_code(it.image, it.names.knows) for n in c.names}
    assert "_etext" not in codes  # it is the end of the section
    assert codes["__text_start"].name == "handler"
    assert codes["a_real"].name == "real"
    assert codes["__text_middle"].name == "s"
    assert codes["copy"].end == codes["s"].address


def test_code_among_data_is_watched(tmp_path: Path) -> None:
    it = linked(tmp_path, CASES["among data"][0])
    codes = read_code(it.image, it.names.knows)
    at = it.place("copy")
    assert any(first <= at < end for first, end in _ranges(it.image, codes))
    assert not any(first <= it.place("word") < end for first, end in _ranges(it.image, codes))


def test_sizes_of_functions_are_as_the_symbols_say(tmp_path: Path) -> None:
    # Reports add them up: guesses would change figures.
    it = linked(tmp_path, ".globl copy\ncopy: nop; ret\n")
    assert {s.name for s in read_image(it.image).functions} == {
        "handler", "run_guest", "real", "a_real", "hidden", "start",
    }  # fmt: skip
    assert Symbols(read_code(it.image)).at(it.place("copy")) is not None


def test_an_image_without_types_has_its_functions(tmp_path: Path) -> None:
    # As what was converted from PE: local functions are code, and data may have their names.
    # Sizes are those of unwinding information; what stands behind belongs to no function.
    more = ".data\nhidden: .long 1\n.text\n.globl f, g\nf: .cfi_startproc; nop; .cfi_endproc; nop\n"
    it = linked(tmp_path, "", more=more + "g: nop\n")
    for form in ("pei-x86-64", "elf64-x86-64"):
        subprocess.run(["objcopy", "-O", form, it.image], check=True)
    codes = read_code(it.image, it.names.knows)
    with elffile.opened(it.image) as elf:
        assert not any(s.type == elffile.FUNCTION for s in elffile.symbols(elf))
    places = [c.address for c in codes if c.name == "hidden" and not c.label]
    assert len(places) == 2
    assert {c.name: c.end - c.address for c in codes if c.name in "fg"} == {"f": 1, "g": 1}
    (found,) = places_of(Boundary(symbol="hidden"), None, it.image, 1, codes)
    assert found.address == min(places)
    with pytest.raises(BuildError, match="has 0 functions hidden"):
        places_of(Boundary(symbol="hidden"), None, it.image, 1, [])


@pytest.mark.parametrize(
    ("at", "size"),
    [(0x28, 8), (0x3A, 2), (0x3C, 2), (0x3E, 2)],
    ids=["e_shoff", "e_shentsize", "e_shnum", "e_shstrndx"],
)
@pytest.mark.parametrize("value", [0, 1, 2**16 - 1, 2**63, 2**64 - 8])
def test_a_damaged_header_is_a_damaged_file(tmp_path: Path, at: int, size: int, value: int) -> None:
    (tmp_path / "f.c").write_text("int f (void) { return 1; }\n")
    subprocess.run(["gcc", "-c", "f.c"], cwd=tmp_path, check=True)
    content = bytearray((tmp_path / "f.o").read_bytes())
    table = int.from_bytes(content[0x28:0x30], "little")
    content[at : at + size] = (value % (1 << 8 * size)).to_bytes(size, "little")
    if at == 0x3C:  # a number that does not fit there stands in the first section (gABI, 4)
        content[table + 0x20 : table + 0x28] = value.to_bytes(8, "little")
    with contextlib.suppress(BuildError), elffile.opened(Path("f.o"), bytes(content)) as elf:
        list(elffile.symbols(elf))
