# SPDX-License-Identifier: MIT
"""``init`` on small images: other processors, odd entries, what is freed, and too little."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Sequence
from pathlib import Path

import pytest
import yaml

from tcbsplit.config.load import load
from tcbsplit.model.base import Record
from tcbsplit.pipeline.workspace import Workspace
from tests.cli.test_init import classes
from tests.support.cli import refused, tcbsplit


class Case(Record, frozen=True, kw_only=True):
    """A small image, and what must be found in it."""

    compiler: str
    flags: tuple[str, ...]
    files: dict[str, str]
    wanted: tuple[str, ...]
    unwanted: tuple[str, ...] = ()


VMX = Case(
    compiler="gcc",
    flags=("-O1", "-fno-pic", "-mno-red-zone"),
    files={
        "start.S": """
	.code64
	.globl _start, vmx_exit, enter, ap_start
	.text
_start:	call main
1:	jmp 1b
ap_start: call second
1:	jmp 1b
enter:	vmlaunch
	ret
vmx_exit: call exit_handler
	vmresume
lonely:	nop
	ret
""",
        "main.c": """
void enter(void); extern char vmx_exit[];
void write_field(unsigned long field, unsigned long value);
__attribute__((noinline)) void write_field(unsigned long field, unsigned long value)
{ __asm__ volatile("vmwrite %1, %0" : : "r"(field), "r"(value)); }
void second(void) { __asm__ volatile("hlt"); }
void exit_handler(void) { __asm__ volatile("cpuid" ::: "eax", "ebx", "ecx", "edx"); }
__attribute__((noinline)) void run(void) { enter(); }
int main(void) { write_field(0x6c16, (unsigned long)vmx_exit); run(); return 0; }
""",
    },
    wanted=(
        "- _start # the entry address",
        "- ap_start",
        "HOST_RIP (0x6C16)",
        "- run # calls enter, which holds VMLAUNCH",
    ),
)
ARM = Case(
    compiler="aarch64-linux-gnu-gcc",
    flags=("-O1", "-fno-pic"),
    files={
        "start.S": """
	.globl _start, vectors, enter
	.text
_start:	adrp x0, vectors
	add x0, x0, :lo12:vectors
	msr vbar_el2, x0
	bl main
1:	b 1b
enter:	eret
	.balign 2048
vectors: bl on_exit
1:	b 1b
""",
        "main.c": """
void enter(void);
void on_exit(void) { __asm__ volatile("nop"); }
int main(void) { enter(); return 0; }
""",
    },
    wanted=("- _start # the entry address", "- vectors # _start puts its address into VBAR_EL2",
            "- main # calls enter, which holds ERET"),
)  # fmt: skip


@pytest.mark.parametrize("case", [VMX, ARM], ids=["vmx", "aarch64"])
def test_other_processors(case: Case, tmp_path: Path) -> None:
    source = build(case, tmp_path, case.files)
    done = tcbsplit("init", source, "-o", "mine.yaml", cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    text = " ".join(line.strip(" #") for line in (tmp_path / "mine.yaml").read_text().splitlines())
    for wanted in case.wanted:
        assert wanted in text.replace("' ", " "), text


def build(
    case: Case,
    folder: Path,
    files: dict[str, str],
    linked: Sequence[str] = (),
    more: Sequence[str] = (),
) -> Path:
    """A tree of ``files``, compiled, and ``linked`` (all of them by default)."""
    source = folder / "tree"
    source.mkdir()
    entries = []
    for name, content in files.items():
        (source / name).write_text(content)
        words = [case.compiler, *case.flags, "-c", name, "-o", f"{name}.o"]
        subprocess.run(words, cwd=source, check=True)
        entries.append({"directory": str(source), "file": name, "arguments": words})
    (source / "compile_commands.json").write_text(json.dumps(entries))
    objects = [f"{n}.o" for n in linked or files]
    link = [case.compiler, "-nostdlib", "-static", *more, "-o", "hv.elf", *objects]
    subprocess.run(link, cwd=source, check=True, capture_output=True)
    return source


def test_without_an_image_it_asks(tmp_path: Path) -> None:
    source = build(VMX, tmp_path, VMX.files)
    (source / "hv.elf").unlink()
    done = tcbsplit("init", source, "-o", "mine.yaml", cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    text = (tmp_path / "mine.yaml").read_text()
    assert "QUESTION: There is no linked image in the tree" in text
    assert "QUESTION: Does the hypervisor start at _start?" in text
    assert "launch" not in yaml.safe_load(text)


def test_where_no_start_is_known(tmp_path: Path) -> None:
    source = build(VMX, tmp_path, {"only.c": "void nothing_of_note(void) { }\n"})
    (source / "hv.elf").unlink()
    done = tcbsplit("init", source, "-o", "mine.yaml", cwd=tmp_path)
    refused(done, "no function is known to be the start", "--image ELF")
    assert not (tmp_path / "mine.yaml").exists()


def test_an_image_that_is_none(tmp_path: Path) -> None:
    source = build(VMX, tmp_path, VMX.files)
    done = tcbsplit("init", source, "--image", source / "main.c", cwd=tmp_path)
    refused(done, "main.c: not an ELF file")


def test_the_entry_in_a_record_and_a_twin_for_another_processor(tmp_path: Path) -> None:
    files = {
        "main.c": """
struct header { char magic[8]; unsigned long offset; };
extern char __ehdr_start[];
void arch_entry(void);
__attribute__((noinline)) static void first_in_text(void) { __asm__ volatile("hlt"); }
void enable(void);
void arch_entry(void) { first_in_text(); enable(); }
""",
        "header.S": """
	.section .header, "a"
	.ascii "HEADERHD"
	.quad arch_entry - 0x400000
""",
        "vmx.c": 'void enable(void) { __asm__ volatile("vmlaunch"); }\n',
        "svm.c": 'void enable(void) { __asm__ volatile("vmrun"); }\n',
    }
    case = Case(
        compiler="gcc",
        flags=("-g", "-O1", "-fno-pic", "-fno-toplevel-reorder"),
        files={},
        wanted=(),
    )
    source = build(
        case,
        tmp_path,
        files,
        linked=("main.c", "header.S", "vmx.c"),
        more=("-Wl,-Ttext-segment=0x400000", "-Wl,-e,first_in_text"),
    )
    done = tcbsplit("init", source, "-o", "mine.yaml", cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    text = (tmp_path / "mine.yaml").read_text()
    assert "- arch_entry # its offset is in section .header, at byte 8" in text
    assert "2 of the 4 of the compile" in text, text  # without svm.c, and what defines nothing
    mine = load(tmp_path / "mine.yaml")
    assert mine.roots.boot == ("arch_entry",) and mine.launch == ("enable",)


def test_what_is_freed_when_boot_ends(tmp_path: Path) -> None:
    files = {
        "start.S": "\t.globl _start\n\t.text\n_start:\tcall main\n1:\tjmp 1b\n",
        "main.c": """
#define INIT __attribute__((section(".init.text"), noinline))
extern char __init_begin[], __init_end[];
void panic(void) __attribute__((noreturn));
void idle(void) __attribute__((noreturn));
void release(char *from, char *to) { while (from < to) *from++ = 0; }
INIT void prepare(void) { __asm__ volatile("hlt"); }
void on_exit(void) { prepare(); }
__attribute__((noinline)) void launch(void) { __asm__ volatile("vmrun"); on_exit(); }
void panic(void) { for (;;) __asm__ volatile("hlt"); }
void idle(void) { for (;;) launch(); }
void done(void)
{ if (__init_begin == __init_end) panic(); release(__init_begin, __init_end); idle(); }
INIT int main(void) { prepare(); done(); return 0; }
""",
    }
    case = Case(compiler="gcc", flags=("-O1", "-fno-pic"), files={}, wanted=())
    source = build(case, tmp_path, files, more=(
        "-Wl,--defsym=__init_begin=0x400000", "-Wl,--defsym=__init_end=0x400100"))  # fmt: skip
    done = tcbsplit("init", source, "-o", "mine.yaml", cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    mine = load(tmp_path / "mine.yaml")
    assert mine.roots.boot_only == ("prepare",), "and not main, which only boot calls"
    assert set(mine.launch) == {"launch", "idle"}, "not panic, which never returns either"
    text = " ".join((tmp_path / "mine.yaml").read_text().replace("\n# ", " ").split())
    assert "done mentions __init_begin and __init_end: it frees what is between them" in text
    reached = classes(tmp_path / "mine.yaml", Workspace(tmp_path / "kept"))
    assert reached["on_exit"] and not reached["prepare"]


def test_a_static_function_of_the_same_name_is_another_one(tmp_path: Path) -> None:
    twin = "static int _start(int x) { return x; }\nint twin(int x) { return _start(x); }\n"
    source = build(VMX, tmp_path, {**VMX.files, "twin.c": twin})
    done = tcbsplit("init", source, "-o", "mine.yaml", cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    assert "_start" in load(tmp_path / "mine.yaml").roots.boot


def test_an_entry_in_a_section_that_is_not_marked_as_code(tmp_path: Path) -> None:
    head = """
	.section .entry, "aw"
	.globl entry, deeper
	.type deeper, @function
entry:	jmp 2f
deeper:
2:	call main
1:	jmp 1b
"""
    files = {**VMX.files, "head.S": head, "code.S": '\t.section .entry, "awx"\nmore:\tret\n'}
    source = build(VMX, tmp_path, files, more=("-Wl,-e,entry",))
    done = tcbsplit("init", source, "-o", "mine.yaml", cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    assert "file:head.S" in load(tmp_path / "mine.yaml").roots.boot
    assert "entry, a label of it that is no function" in " ".join(
        (tmp_path / "mine.yaml").read_text().replace("\n    # ", " ").split()
    )


def test_many_labels_of_one_kind_are_entries_for_interrupts(tmp_path: Path) -> None:
    labels = "".join(
        f"\t.globl entry_{n:02x}\nentry_{n:02x}:\tnop\n\tjmp common\n" for n in range(20)
    )
    few = "".join(f"\t.globl variant_{n}\nvariant_{n}:\tret\n" for n in range(3))
    stubs = f"\t.text\n{labels}common:\tcall on_interrupt\n\tiretq\n{few}"
    files = {**VMX.files, "stubs.S": stubs, "late.c": "void on_interrupt(void) { }\n"}
    source = build(VMX, tmp_path, files)
    done = tcbsplit("init", source, "-o", "mine.yaml", cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    text = (tmp_path / "mine.yaml").read_text()
    assert '- "entry_*"' in text
    assert "variant_0" in text.split("roots:")[0], "asked"
    assert classes(tmp_path / "mine.yaml", Workspace(tmp_path / "kept"))["on_interrupt"]


def test_an_image_that_was_built_in_the_copy(tmp_path: Path) -> None:
    other = {
        "other.S": ".globl other_start\n.type other_start, @function\n"
        "other_start: call other\n hlt\n",
        "other.c": "void other (void);\nvoid other (void) { }\n",
    }
    source = build(VMX, tmp_path, {**VMX.files, **other}, [*VMX.files])
    (source / "other.lds").write_text("ENTRY(other_start)\nSECTIONS { }\n")
    copy = tmp_path / "reports/tree/original"
    copy.mkdir(parents=True)
    for made in (*source.glob("*.o"), source / "hv.elf"):
        made.rename(copy / made.name)
    words = ("init", source, "--image", copy / "hv.elf", "-o", "mine.yaml")
    done = tcbsplit(*words, cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    assert "other_start" not in (tmp_path / "mine.yaml").read_text()
