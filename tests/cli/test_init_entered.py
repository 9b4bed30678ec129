# SPDX-License-Identifier: MIT
"""``init`` finds by kind what is entered: loops of guests, starts in C, entries, copied code."""

from __future__ import annotations

from pathlib import Path

import pytest

from tcbsplit.config.load import load
from tcbsplit.config.settings import Settings
from tcbsplit.discover.alike import together
from tcbsplit.model.draft import Beginnings, Believed, Draft
from tcbsplit.report.draft import draft_text
from tests.cli.test_init_images import VMX, build
from tests.support.cli import tcbsplit

LOOP = """
void enter(void);
void exit_handler(void) { __asm__ volatile("cpuid" ::: "eax", "ebx", "ecx", "edx"); }
static void handle(void) { exit_handler(); }
static void once(void) { enter(); }
void mainloop(void);
void second(void) { }
void start_vm(void);
__attribute__((noinline)) void mainloop(void) { %(body)s }
__attribute__((noinline)) void start_vm(void) { mainloop(); }
int main(void) { %(caller)s(); return 0; }
"""


def drafted(tmp_path: Path, files: dict[str, str]) -> tuple[Settings, str]:
    """The configuration that ``init`` writes for a program, and its text on one line."""
    source = build(VMX, tmp_path, {**VMX.files, **files})
    done = tcbsplit("init", source, "-o", "mine.yaml", cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    text = (tmp_path / "mine.yaml").read_text()
    return load(tmp_path / "mine.yaml"), " ".join(text.replace("\n    # ", " ").split())


def launch(mine: Settings) -> set[str]:
    """Without the handler of exits, which resumes a guest in these programs."""
    return {str(i) for i in mine.launch} - {"vmx_exit"}


def loop(body: str, caller: str = "start_vm") -> dict[str, str]:
    return {"main.c": LOOP % {"body": body, "caller": caller}}


def test_boot_ends_at_what_calls_the_loop_that_runs_guests(tmp_path: Path) -> None:
    mine, text = drafted(tmp_path, loop("for (;;) { once(); handle(); }"))
    assert launch(mine) == {"start_vm"}
    assert "mainloop" in mine.roots.runtime
    assert "calls mainloop, which runs guests in a loop without end" in text


@pytest.mark.parametrize("body", ["once(); handle();", "for (int i = 0; i < 9; i++) once();"],
                         ids=["no loop", "a loop that ends"])  # fmt: skip
def test_what_runs_a_guest_and_returns_is_no_loop(tmp_path: Path, body: str) -> None:
    mine, _ = drafted(tmp_path, loop(body))
    assert launch(mine) == {"main.c:once"}
    assert "mainloop" not in mine.roots.runtime


def test_a_loop_that_the_start_itself_calls(tmp_path: Path) -> None:
    """Boot cannot end where it begins: the launch stays."""
    files = loop("for (;;) { once(); handle(); }", "second")
    files["main.c"] = files["main.c"].replace("{ mainloop(); }", "{ second(); }")
    files["start.S"] = VMX.files["start.S"].replace("call main", "call mainloop")
    mine, _ = drafted(tmp_path, files)
    assert launch(mine) == {"main.c:once"}


EFI = """
	.text
	.globl efi_entry
efi_entry:
	mov $efi_init, %rax
	call *%rax
	ret
"""


def test_boot_goes_on_in_c(tmp_path: Path) -> None:
    """Also through a register, as where an address of another mapping is wanted."""
    files = {"efi.S": EFI, "efi.c": 'void efi_init(void) { __asm__ volatile("hlt"); }\n'}
    mine, text = drafted(tmp_path, files)
    assert {"_start", "main", "ap_start", "second", "efi_entry", "efi_init"} <= set(mine.roots.boot)
    assert "main # _start, assembly of boot, calls it" in text
    assert "exit_handler" not in mine.roots.boot  # what exits call is no boot


def test_what_many_entries_go_on_in_is_named(tmp_path: Path) -> None:
    labels = "".join(
        f"\t.globl entry_{n:02x}\nentry_{n:02x}:\tnop\n\tjmp common\n" for n in range(20)
    )
    falls = "\t.globl entry_df, entry_nmi\nentry_df:\tnop\nentry_nmi:\tjmp common\n"
    stubs = f"\t.text\n{labels}{falls}\t.globl common\ncommon:\tcall on_interrupt\n\tiretq\n"
    files = {"stubs.S": stubs, "late.c": "void on_interrupt(void) { }\n"}
    mine, text = drafted(tmp_path, files)
    assert "common" in mine.roots.runtime
    assert "entries for interrupts go on in it" in text
    from_all = [r for r in mine.roots.runtime if r.startswith("entry_")]
    assert "entry_nmi" in mine.roots.runtime or "entry_*" in from_all


WAKEUP = """
	.text
wakeup_protected:
	call on_wakeup
1:	jmp 1b
	.section .wakeup, "aw"
	.globl wakeup_first, wakeup_last
wakeup_first:
	.quad wakeup_protected
wakeup_last:
"""


def test_code_that_only_copied_data_leads_to(tmp_path: Path) -> None:
    c = """
extern char wakeup_first[], wakeup_last[];
void on_wakeup(void) { __asm__ volatile("hlt"); }
void copy(char *to) { for (char *p = wakeup_first; p < wakeup_last; p++) *to++ = *p; }
"""
    mine, _ = drafted(tmp_path, {"wakeup.S": WAKEUP, "wakeup.c": c})
    assert "wakeup.S:wakeup_protected" in mine.roots.runtime


def test_the_number_of_the_exit_handler_beside_bytes_that_are_no_code(tmp_path: Path) -> None:
    """A byte behind a jump, as for a trap that is never reached, hides nothing."""
    main = VMX.files["main.c"].replace(
        "write_field(0x6c16, (unsigned long)vmx_exit);",
        """__asm__ volatile("jmp 1f; .byte 0xd6; 1: mov $0x6c16, %%eax; lea vmx_exit(%%rip), %%rcx;"
                  "vmwrite %%rcx, %%rax; jbe 2f; jmp 3f; 2: .byte 0xd6; 3:" ::: "rax", "rcx");""",
    )
    _, text = drafted(tmp_path, {"main.c": main})
    assert "writes its address to HOST_RIP (0x6C16)" in text


PIECE = """
	.text
	.globl piece_start, piece_end
piece_start:
	call copied
	ret
piece_end:
	call after
1:	jmp 1b
"""


def test_the_end_of_a_piece_of_code_is_of_its_phase(tmp_path: Path) -> None:
    c = """
extern char piece_start[], piece_end[];
unsigned long place, size;
void copied(void) { } void after(void) { }
int prepare(void)
{ place = (unsigned long)piece_start >> 4; size = (unsigned long)piece_end >> 4; return 0; }
"""
    main = VMX.files["main.c"].replace("run(); return 0;", "run(); return prepare();")
    mine, _ = drafted(
        tmp_path, {"piece.S": PIECE, "piece.c": c, "main.c": f"int prepare(void);{main}"}
    )
    assert {"piece_start", "piece_end"} <= set(mine.roots.boot)
    assert "piece_end" not in mine.roots.runtime


def test_a_family_has_globs_that_match_nothing_else() -> None:
    """Where one glob would match too much, its parts have longer ones."""
    alike = [f"entry_0x{n:02x}" for n in range(0x10, 0x30)]
    values = [Believed(value=n, why="alike") for n in (*alike, "entry_A", "entry_B")]
    known = [*alike, "entry_A", "entry_B", "entry_0x90", "entry_from_c"]
    found = together(values, known)
    assert [b.value for b in found] == ["entry_0x1*", "entry_0x2*", "entry_A", "entry_B"]
    assert found[0].why == "16 functions: alike"
    without = together(values, known[:-2])
    assert [b.value for b in without] == ["entry_*"]


def test_what_many_have_in_common_is_said_once() -> None:
    freed = [Believed(value=f"prepare{n}", why="it is freed") for n in range(5)]
    begin = (Believed(value="start", why="the ELF's entry"),)
    draft = Draft(
        name="x", source=".", compdb="db", image="x",
        beginnings=Beginnings(boot=begin, boot_only=tuple(freed)),
    )  # fmt: skip
    text = draft_text(draft)
    assert text.count("it is freed") == 1
    assert "    # the next 5: it is freed\n    - prepare0\n    - prepare1\n" in text
    assert "- start # the ELF's entry" in text
