# SPDX-License-Identifier: MIT
"""``init`` on the embedded hypervisor, on small images of other processors, and on too little."""

from __future__ import annotations

import json
import shutil
import subprocess
from collections.abc import Sequence
from pathlib import Path

import pytest
import yaml

from tcbsplit.config.load import load
from tcbsplit.model.base import Record
from tcbsplit.pipeline.analyze import analyze as run_analyze
from tcbsplit.pipeline.workspace import Workspace
from tests.support.cli import refused, tcbsplit
from tests.support.minivisor import CONFIG, Minivisor

REGISTRY = "name: unit\nrecord: struct unit\nkey: id\nfunction: init\ndispatch: units_call\n"


@pytest.fixture(scope="module")
def tree(minivisor: Minivisor, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The embedded hypervisor, built in its tree, with its compile database."""
    folder = tmp_path_factory.mktemp("init") / "a tree"
    shutil.copytree(minivisor.original(), folder, symlinks=True)
    database = minivisor.analysed().compdb.read_text()
    source = str(minivisor.settings.source)
    (folder / "compile_commands.json").write_text(database.replace(source, str(folder)))
    return folder


@pytest.fixture(scope="module")
def written(tree: Path) -> tuple[Path, str]:
    """The configuration, and what ``init`` says."""
    done = tcbsplit("init", tree, "-o", "mine.yaml", cwd=tree.parent)
    assert done.returncode == 0, done.stderr
    return tree.parent / "mine.yaml", done.stdout


def classes(config: Path, space: Workspace) -> dict[str, bool]:
    settings = load(config)
    run_analyze(settings, space)
    found = json.loads(space.analysis.read_bytes())["functions"]
    return {f["id"]: "runtime" in f["phases"] for f in found}


def test_roots_and_launch_are_those_written_by_hand(written: tuple[Path, str]) -> None:
    mine, hand = load(written[0]), load(CONFIG)
    assert set(hand.roots.boot) <= set(mine.roots.boot)
    assert set(hand.roots.runtime) <= set(mine.roots.runtime)
    assert set(hand.launch) == set(mine.launch)
    assert mine.linked == "minivisor.elf"


def test_classes_are_those_of_the_configuration_written_by_hand(
    written: tuple[Path, str], minivisor: Minivisor, tmp_path: Path
) -> None:
    mine = classes(written[0], Workspace(tmp_path / "mine"))
    found = json.loads(minivisor.analysed().analysis.read_bytes())["functions"]
    hand = {f["id"]: "runtime" in f["phases"] for f in found}
    differ = {i for i in mine.keys() | hand.keys() if mine.get(i) != hand.get(i)}
    assert len(differ) < 0.05 * len(hand), sorted(differ)


def test_everything_is_said_with_its_evidence(written: tuple[Path, str]) -> None:
    text = written[0].read_text()
    for evidence in (
        "- entry # the entry address of the ELF header",
        "- svm_vmexit # svm_run_loop calls it behind VMRUN",
        "which holds VMRUN",
        "cut up into struct gate",
        "QUESTION: Is another image meant?",
        "an object for another kind of machine",
    ):
        assert evidence in text
    uncommented = "\n".join(line.lstrip("# -") for line in text.splitlines())
    assert REGISTRY in "\n".join(line.split(" #")[0].strip() for line in uncommented.splitlines())
    assert "yaml-language-server" in text.splitlines()[0]


def test_the_analysis_is_there_and_up_to_date(written: tuple[Path, str]) -> None:
    config, said = written
    assert "functions:" in said
    again = tcbsplit("explain", config, "svm_vmexit", cwd=config.parent)
    assert again.returncode == 0
    assert tcbsplit("config", "check", config, cwd=config.parent).returncode == 0


def test_nothing_is_overwritten(written: tuple[Path, str], tree: Path) -> None:
    before = written[0].read_bytes()
    refused(tcbsplit("init", tree, "-o", "mine.yaml", cwd=tree.parent), "is there already")
    assert written[0].read_bytes() == before


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
