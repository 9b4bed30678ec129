# SPDX-License-Identifier: MIT
"""Symbols of what was built are held against the manifest; degraded units do not move."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest
from msgspec.structs import replace

from tcbsplit.errors import BrokenContract, BuildError, SourceError
from tcbsplit.model.vocabulary import Side, SymbolId
from tcbsplit.split.write.manifest import read_manifest
from tcbsplit.validate.build.contents import compare_symbols
from tests.support.cli import edit
from tests.support.made import Made


@pytest.fixture
def made(tiny: Path, tmp_path: Path) -> Made:
    return Made(tiny, tmp_path)


def thin_by(made: Made, command: str) -> None:
    edit(made.config, "command: [make, -f, Makefile]", f'command: [sh, -c, "{command}"]')


def test_moved_code_in_the_thin_image_is_told(made: Made) -> None:
    """Whichever way it came back: here by a header that only the build names."""
    header = made.out.parent / "back.h"
    header.write_text("__attribute__ ((used)) static int derive (int n) { return n; }\n")
    thin_by(made, f"make CFLAGS='-Iinclude -include {header}'")
    with pytest.raises(BrokenContract, match=r"thin/tiny: defines secret\.c:derive \(secret\.c:"):
        made.build()


def test_objects_are_read_where_the_image_is_stripped(made: Made) -> None:
    *_, guest, thin = (Path(r.image.path) for r in made.build())
    manifest, objects = read_manifest(made.out), list(thin.parent.glob("*.o"))
    stripped = thin.with_name("stripped")
    subprocess.run(["strip", "-o", stripped, thin], check=True)
    sides: dict[Side, list[Path]] = {Side.THIN: objects, Side.GUEST: []}
    assert compare_symbols(manifest, stripped, guest, sides) == ()
    source = made.config.parent / "secret.c"
    subprocess.run(
        ["gcc", "-I", source.parent / "include", "-c", "-o", thin.parent / "secret.o", source],
        check=True,
    )
    found = compare_symbols(manifest, stripped, guest, sides)
    assert any(f.startswith(f"{thin.parent}/secret.o: defines secret.c:derive (") for f in found)
    with pytest.raises(BuildError, match="has no symbols, and its build left no objects"):
        compare_symbols(manifest, stripped, guest, dict.fromkeys(Side, ()))


def test_a_definition_that_no_object_of_the_guest_has(made: Made) -> None:
    """The other variant of a unit was compiled."""
    edit(made.config, "gcc -Itcbsplit", "gcc -Dkey_init=other_init -Itcbsplit")
    with pytest.raises(
        BrokenContract,
        match=r"guest: no object defines key_init \(secret\.c:\d+\), which the guest",
    ):
        made.build()


def linked(folder: Path, name: str, code: str) -> tuple[Path, Path]:
    """An image and its object."""
    image, made = folder / name, folder / f"{name}.o"
    (folder / f"{name}.c").write_text(code)
    subprocess.run(["gcc", "-c", "-fno-pie", "-o", made, folder / f"{name}.c"], check=True)
    subprocess.run(["gcc", "-nostdlib", "-static", "-no-pie", "-o", image, made], check=True)
    return image, made


def test_a_weak_reference_to_what_left_is_told(made: Made, tmp_path: Path) -> None:
    """It links, and is zero."""
    code = "void _start (void) { if (%s) %s (); }\n"
    manifest = read_manifest(made.out)
    moved = next(
        d for d in manifest.definitions
        if ":" not in d.id and d.where == (Side.GUEST,) and d.klass is not None
    )  # fmt: skip
    declared = f"int {moved.id} (void) __attribute__ ((weak));\n"
    thin, there = linked(tmp_path, "thin_image", declared + code % (moved.id, moved.id))
    guest, _ = linked(tmp_path, "guest_image", "void _start (void) { }\n")
    found = compare_symbols(manifest, thin, guest, {Side.THIN: [there], Side.GUEST: []})
    assert len(found) == 1
    assert found[0].startswith(f"{there}: refers to {moved.id} (")
    assert found[0].endswith("is not on the side thin; the reference is weak, so it is zero")


def test_a_designated_function_in_a_degraded_unit(tiny: Path, tmp_path: Path) -> None:
    path = tiny / "secret.c"
    path.write_text(path.read_text() + "int broken (void) { return nowhere; }\n")
    with pytest.raises(SourceError) as told:
        Made(tiny, tmp_path)
    first, *_, last = str(told.value).splitlines()
    assert first.startswith("secret.c:")
    assert "is designated, but the file was not read completely (secret.c:" in first
    assert "use of undeclared identifier 'nowhere'" in first
    assert last.startswith("Correct the source")


def test_another_unit_may_be_degraded(tiny: Path, tmp_path: Path) -> None:
    path = tiny / "unit.c"
    path.write_text(path.read_text() + "int broken (void) { return nowhere; }\n")
    Made(tiny, tmp_path)


def test_the_glue_may_have_a_static_function_of_the_same_name(made: Made) -> None:
    """In a file of the same base name, too: one copy is the glue's, another is what moved."""
    *_, guest, thin = (Path(r.image.path) for r in made.build())
    manifest = read_manifest(made.out)
    moved = next(d for d in manifest.definitions if d.id == "secret.c:derive")
    compress = replace(moved, id=SymbolId("lib/sha256.c:compress"), file="lib/sha256.c")
    unit = replace(manifest.commands[Side.THIN][0], file="lib/sha256.c")
    manifest = replace(
        manifest,
        definitions=(*manifest.definitions, compress),
        commands={s: (*units, unit) for s, units in manifest.commands.items()},
    )
    none: dict[Side, list[Path]] = {s: [] for s in Side}
    assert compare_symbols(manifest, thin, guest, none) == ()
    folder = thin.parent / "lib"
    folder.mkdir()
    (folder / "sha256.c").write_text(
        "__attribute__ ((used)) static int compress (int n) { return n; }\n"
    )
    objects = [*thin.parent.glob("*.o"), *thin.parent.glob("tcbsplit/*.o")]
    subprocess.run(["gcc", "-o", thin, *objects, folder / "sha256.c"], check=True)
    found = compare_symbols(manifest, thin, guest, none)
    assert [f for f in found if f.startswith(f"{thin}: defines lib/sha256.c:compress (")]
