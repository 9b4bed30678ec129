# SPDX-License-Identifier: MIT
"""Tables between linker symbols, by the linker's script and by the addresses in the image."""

from __future__ import annotations

import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from tcbsplit.callgraph import build_graph
from tcbsplit.callgraph.tables import Tables, linker_symbols
from tcbsplit.config.settings import Registry
from tcbsplit.frontend import scripts
from tcbsplit.frontend.machine.placed import linking_of
from tcbsplit.frontend.reading import read_program
from tcbsplit.model.graph import ReferenceGraph
from tcbsplit.model.linking import Linking
from tcbsplit.model.program import Program
from tcbsplit.model.unit import CompileCommand
from tcbsplit.model.vocabulary import SymbolId, bare_name

C = r"""
typedef void (*call_t) (void);
struct unit { const char *name; void (*init) (void); void (*late) (void); };
struct choice { int kind; union { int *number; void (*parse) (void); } u; };
#define IN(s) __attribute__ ((section (s), used))
static void early_a (void) { }
static void early_b (void) { }
static void first (void) { }
static void second (void) { }
static void boot_unit (void) { }
static void run_unit (void) { }
static void late_unit (void) { }
static void parse_it (void) { }
static void named (void) { }
static void ordinary (void) { }
static int number;
static const call_t call_early_a IN (".call0") = early_a;
static const call_t call_early_b IN (".call0") = early_b;
static const call_t call_first IN (".call1") = first, call_second IN (".call1") = second;
static const struct unit unit_boot IN (".units.boot") = { "boot", boot_unit, late_unit };
static const struct unit unit_run IN (".units.run") = { "run", run_unit };
static const struct choice choice_a IN (".choices") = { 1, { .parse = parse_it } };
static const struct choice choice_b IN (".choices") = { 0, { .number = &number } };
static const call_t call_named IN ("names") = named;
struct unit plain = { "plain", ordinary };
call_t changing = ordinary;
extern const call_t calls_start[], calls_middle[], calls_end[];
extern const struct unit boot_start[], boot_end[], run_start[], run_end[];
extern const struct choice choices_start[], choices_end[];
extern const call_t __start_names[], __stop_names[];
extern char _image_start[], _image_end[];
extern const call_t nowhere[];
extern const call_t none_start[], none_end[];
asm (".pushsection .foreign, \"a\"; .quad main; .popsection");
extern long total;
void early (void) { const call_t *c; for (c = calls_start; c < calls_middle; c++) (*c) (); }
void ordered (void) { const call_t *c; for (c = calls_middle; c < calls_end; c++) (*c) (); }
void indexed (void) { for (int i = 0; &calls_middle[i] < calls_end; i++) calls_middle[i] (); }
static void each (const struct unit *u, const struct unit *end)
{ for (; u < end; u++) u->init (); }
void boot (void) { each (boot_start, boot_end); }
void backwards (void)
{ const struct unit *u = run_end; while (u-- > run_start) u->init (); }
void downwards (const struct unit *last)
{ const struct unit *u; for (u = run_end - 1; u != last; u--) u->init (); }
void any (void) { plain.init (); }
void choose (void)
{ const struct choice *c; for (c = choices_start; c < choices_end; c++) c->u.parse (); }
void by_name (void) { const call_t *c; for (c = __start_names; c < __stop_names; c++) (*c) (); }
void memory (void) { call_t f = *(call_t *)_image_start; f (); total = _image_end - _image_start; }
void foreign (void) { nowhere[0] (); }
void none (void) { const call_t *c; for (c = none_start; c < none_end; c++) (*c) (); }
int main (void) {
  early (); ordered (); indexed (); boot (); backwards (); downwards (0); any (); choose ();
  by_name (); none (); memory (); foreign (); return 0; }
"""
SCRIPT = """
/* The layout { of } a test. */
ENTRY(main)
SECTIONS {
  . = 0x100000;
  _image_start = .;
  .text : { *(.text .text.*) }
  .rodata : ALIGN(16) {
    *(EXCLUDE_FILE(*other.o) .rodata .rodata.*)
    calls_start = .;
    KEEP(*(SORT(.call0)))
    PROVIDE(calls_middle = .);
    *(SORT_BY_INIT_PRIORITY(.call1))
    calls_end = ABSOLUTE(.);
  } :segment = 0x9090
  boot_start = ADDR(.units_boot);
  boot_end = ADDR(.units_boot) + SIZEOF(.units_boot);
  .units_boot : { *(.units.boot) }
  . = ALIGN(8);
  run_start = .;
  .units_run . + 0x10 : AT(ADDR(.units_run) - 0x1000) { *.o(.units.run) }
  run_end = .;
  .choices : { choices_start = .; *(.choices) choices_end = .; }
  names : { *(names) none_start = .; none_end = .; }
  .data : { *(.data .data.*) }
  .bss : { *(.bss) *(COMMON) }
  .foreign : { foreign_start = .; *(.foreign) }
  _image_end = .;
  total = 12;
  nowhere = foreign_start;
  /DISCARD/ : { *(.comment) *(.note*) *(.eh_frame) }
  ASSERT(_image_end > 4, "(")
}
PHDRS_LIKE = 4;
"""
EXPECTED = {
    "early": ("resolved", {"early_a", "early_b"}),
    "ordered": ("resolved", {"first", "second"}),
    "indexed": ("resolved", {"first", "second"}),
    "each": ("exact", {"boot_unit"}),
    "backwards": ("exact", {"run_unit"}),
    "downwards": ("exact", {"run_unit"}),
    "choose": ("exact", {"parse_it"}),
    "by_name": ("exact", {"named"}),
    "none": ("empty", set()),
    "memory": ("empty", set()),
}


def read(folder: Path, text: str = C) -> Program:
    (folder / "c.c").write_text(text)
    command = CompileCommand(file="c.c", directory=str(folder), arguments=("gcc",))
    return read_program([command], folder, "x")


def by_script(folder: Path, program: Program) -> Linking:
    (folder / "x.lds").write_text(SCRIPT)
    (folder / "other.ld").write_text("SECTIONS { calls_start = .; .text : { *(.text) } }")
    (found,) = scripts.find([folder / "absent", folder], linker_symbols(program))
    assert found.path == str(folder / "x.lds")
    return found


def by_image(folder: Path, program: Program) -> Linking:
    script = SCRIPT.replace(":segment = 0x9090", "").replace("PHDRS_LIKE = 4;", "")
    (folder / "x.lds").write_text(script)
    words = ["-O0", "-fno-pie", "-ffreestanding", "-fcf-protection=none", "-c"]
    subprocess.run(["gcc", *words, "c.c"], cwd=folder, check=True)
    subprocess.run(
        ["ld", "-static", "-T", "x.lds", "--no-warn-rwx-segments", "-o", "image", "c.o"],
        cwd=folder, check=True,
    )  # fmt: skip
    return linking_of(folder / "image", program, linker_symbols(program))


def called(graph: ReferenceGraph) -> dict[str, tuple[str, set[str]]]:
    targets: dict[str, set[str]] = {}
    for edge in graph.edges:
        if edge.kind == "indirect":
            targets.setdefault(bare_name(edge.caller), set()).add(bare_name(edge.callee))
    sites = {bare_name(s.caller): s.status for s in graph.sites}
    return {caller: (status, targets.get(caller, set())) for caller, status in sites.items()}


@pytest.mark.parametrize("way", [by_script, by_image])
def test_the_elements_are_what_stands_between(
    tmp_path: Path, way: Callable[[Path, Program], Linking]
) -> None:
    program = read(tmp_path)
    graph = build_graph(program, roots=[SymbolId("main")], linkings=[way(tmp_path, program)])
    found = called(graph)
    assert {c: found[c] for c in EXPECTED} == EXPECTED
    # What no table holds reaches all records of the type, as before.
    assert found["any"][1] == {"ordinary", "boot_unit", "run_unit"}
    assert found["foreign"][0] == "assumed"
    assert {bare_name(v) for v in graph.gathered} >= {"unit_boot", "unit_run", "call_first"}


def test_without_a_layout_only_sections_with_names_of_c_are_known(tmp_path: Path) -> None:
    found = called(build_graph(read(tmp_path), roots=[SymbolId("main")]))
    assert found["by_name"] == EXPECTED["by_name"]
    assert {found[c][0] for c in ("early", "ordered", "each", "backwards")} == {"assumed"}


def test_a_changed_element_is_not_kept_apart(tmp_path: Path) -> None:
    text = C.replace("static const struct unit unit_run", "static struct unit unit_run")
    text += "void set (struct unit *u) { u->init = ordinary; }"
    program = read(tmp_path, text.replace("any ();", "any (); set (&plain);"))
    graph = build_graph(program, roots=[SymbolId("main")], linkings=[by_script(tmp_path, program)])
    found = called(graph)
    assert found["backwards"][1] == {"ordinary", "boot_unit", "run_unit"}
    assert found["each"] == EXPECTED["each"]


def test_records_of_a_pointer_from_elsewhere_are_merged(tmp_path: Path) -> None:
    text = C.replace("static void each", "void each")
    text += "void other (void) { each (&plain, &plain + 1); }"
    program = read(tmp_path, text.replace("any ();", "any (); other ();"))
    graph = build_graph(program, roots=[SymbolId("main")], linkings=[by_script(tmp_path, program)])
    assert called(graph)["each"][1] == {"ordinary", "boot_unit", "run_unit"}


def test_a_range_of_several_types_is_memory(tmp_path: Path) -> None:
    text = C.replace("early (); ordered", "span (); early (); ordered")
    text = text.replace("int main", "extern const call_t run_start_too[];\nint main")
    text += "void span (void) { const call_t *c = (const call_t *) boot_start;\n"
    text += "for (; c < (const call_t *) choices_end; c++) (*c) (); }"
    program = read(tmp_path, text)
    tables = Tables(program, [by_script(tmp_path, program)])
    assert tables.of("boot_start", "span") == ()
    assert {bare_name(v) for v in tables.of("boot_start", "boot")} == {"unit_boot"}


@pytest.mark.parametrize(
    ("registry", "dispatcher", "edges"),
    [
        (
            Registry(
                name="units", record="struct unit", key="name", function="init", dispatch="call"
            ),
            "call",
            {("user", "boot_unit")},
        ),
        (Registry(name="calls", section=".call1", dispatch="ordered"), "ordered", {
            ("ordered", "first"), ("ordered", "second"),
        }),
    ],
)  # fmt: skip
def test_a_registry_accounts_for_its_entries(
    tmp_path: Path, registry: Registry, dispatcher: str, edges: set[tuple[str, str]]
) -> None:
    text = C.replace(
        "int main",
        """
int strcmp (const char *, const char *);
static void call (const char *name)
{ const struct unit *u; for (u = boot_start; u < run_end; u++)
  if (!strcmp (u->name, name)) u->init (); }
void user (void) { call ("boot"); }
int main""",
    ).replace("any ();", "user ();")
    program = read(tmp_path, text.replace("static void call (", "void call ("))
    linking = by_script(tmp_path, program)
    graph = build_graph(program, [registry], roots=[SymbolId("main")], linkings=[linking])
    found = {
        (bare_name(e.caller), bare_name(e.callee)) for e in graph.edges if e.kind == "registry"
    }
    assert found == edges
    assert called(graph)[dispatcher] == ("registry", set())
    listed = {"units": "unit_", "calls": "call_first"}[registry.name]
    assert not any(bare_name(v).startswith(listed) for v in graph.gathered)


def test_a_script_is_read_in_order() -> None:
    text = """
    OUTPUT_FORMAT("elf64-x86-64", "a", "b") PHDRS { text PT_LOAD ; }
    SECTIONS {
      start = 0x100 ; /* *(.hidden) */
      .a (NOLOAD) : { a_start = . ; *lib.a:x.o(.a.*) *(.b .c) ; LONG(4) a_end = .; } >ram :text
      . = ASSERT(. < 9, "no");
      PROVIDE_HIDDEN (same = a_start) ;
      .b ALIGN(8) : AT(0) { HIDDEN(b = ALIGN(8)); KEEP(*(SORT_BY_NAME(.d.*))) } =0x90
      moved = . + 4;
      moved += 1;
    }
    """
    found = scripts.parsed(text, "x")
    assert [e.symbol or e.sections for e in found.entries] == [
        "same", "a_start", (".a.*",), (".b", ".c"), "a_end", "b", (".d.*",), "moved",
    ]  # fmt: skip
    assert found.constants == {"start"}
