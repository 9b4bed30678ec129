# SPDX-License-Identifier: MIT
"""The linked file says which units are in an image."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from tcbsplit.errors import CompileDatabaseError
from tcbsplit.frontend.membership import members
from tcbsplit.model.unit import CompileCommand

SOURCES = {
    "main.c": "int shared (void); int main (void) { return shared (); }\n",
    "lib/shared.c": "int shared (void) { return sizeof (char *) == 4; }\n",
    "lib/unused.c": "int unused (void) { return 1; }\n",
    "other/main.c": "int other (void) { return 2; }\n",
}


def built(folder: Path, *flags: str) -> tuple[list[CompileCommand], Path]:
    """Compile all sources, shared.c with two sets of flags; link two of the objects."""
    commands = []
    for name, text in SOURCES.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text)
        for kind in ("", "-O2") if name == "lib/shared.c" else ("",):
            output = name.replace(".c", "-fast.o" if kind else ".o")
            arguments = ("gcc", *flags, *([kind] if kind else []))
            subprocess.run([*arguments, "-c", name, "-o", output], cwd=folder, check=True)
            commands.append(
                CompileCommand(file=name, directory=str(folder), arguments=arguments, output=output)
            )
    subprocess.run(
        ["gcc", "main.o", "lib/shared-fast.o", "-o", "image", "-Wl,-Map=image.map"],
        cwd=folder, check=True,
    )  # fmt: skip
    return commands, folder / "image"


def outputs(found: tuple[CompileCommand, ...]) -> set[str]:
    return {c.output for c in found}


def test_dwarf_tells_sources_and_flags(tmp_path: Path) -> None:
    commands, image = built(tmp_path, "-g")
    assert outputs(members(image, commands)) == {"main.o", "lib/shared-fast.o"}


def test_symbols_tell_base_names(tmp_path: Path) -> None:
    commands, image = built(tmp_path)
    found = outputs(members(image, commands))
    assert "lib/unused.o" not in found
    assert {"main.o", "lib/shared-fast.o"} <= found


def test_a_link_map_tells_objects(tmp_path: Path) -> None:
    commands, image = built(tmp_path)
    found = members(image.with_suffix(".map"), commands)
    assert outputs(found) == {"main.o", "lib/shared-fast.o"}


def test_archives_in_a_link_map(tmp_path: Path) -> None:
    commands, _ = built(tmp_path)
    subprocess.run(["ar", "rc", "lib.a", "lib/shared.o", "lib/unused.o"], cwd=tmp_path, check=True)
    subprocess.run(
        ["gcc", "main.o", "lib.a", "-o", "other-image", "-Wl,-Map=other.map"],
        cwd=tmp_path, check=True,
    )  # fmt: skip
    assert outputs(members(tmp_path / "other.map", commands)) == {"main.o", "lib/shared.o"}


def test_the_tree_may_have_moved(tmp_path: Path) -> None:
    (tmp_path / "copy").mkdir()
    commands, image = built(tmp_path / "copy", "-g")
    moved = [
        CompileCommand(file=c.file, directory=str(tmp_path), arguments=c.arguments, output=c.output)
        for c in commands
    ]
    assert outputs(members(image, moved)) == {"main.o", "lib/shared-fast.o"}


def test_a_file_of_something_else(tmp_path: Path) -> None:
    commands, image = built(tmp_path, "-g")
    (tmp_path / "notes.map").write_text("nothing of ours")
    with pytest.raises(CompileDatabaseError, match="is it the image of this build"):
        members(tmp_path / "notes.map", commands)
    with pytest.raises(CompileDatabaseError, match="linked must name"):
        members(tmp_path / "missing", commands)
    half = tmp_path / "half"
    half.write_bytes(image.read_bytes()[:100])
    with pytest.raises(CompileDatabaseError):
        members(half, commands)


def test_flags_that_others_overrule_are_not_recorded(tmp_path: Path) -> None:
    (tmp_path / "f.c").write_text("int f (void) { return 1; }\n")
    sets = (("-fno-pic", "-fno-pie", "-O2"), ())
    commands = []
    for number, flags in enumerate(sets):
        subprocess.run(
            ["gcc", "-g", *flags, "-c", "f.c", "-o", f"{number}.o"], cwd=tmp_path, check=True
        )
        commands.append(
            CompileCommand(
                file="f.c", directory=str(tmp_path), arguments=("gcc", "-g", *flags),
                output=f"{number}.o",
            )
        )  # fmt: skip
    for number in range(len(sets)):
        subprocess.run(
            ["gcc", "-nostdlib", "-no-pie", "-Wl,-e,0", f"{number}.o", "-o", "image"],
            cwd=tmp_path, check=True,
        )  # fmt: skip
        assert outputs(members(tmp_path / "image", commands)) == {f"{number}.o"}


def test_what_compiles_and_links_at_once_is_another_image(tmp_path: Path) -> None:
    commands, image = built(tmp_path, "-g")
    tool = CompileCommand(file="main.c", directory=str(tmp_path), arguments=("gcc",), output="tool")
    objects = {c.output: tmp_path / c.output for c in commands}
    found = members(image, [tool, *commands], lambda c: objects.get(c.output))
    assert outputs(found) == {"main.o", "lib/shared-fast.o"}
