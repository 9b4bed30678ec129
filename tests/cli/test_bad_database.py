# SPDX-License-Identifier: MIT
"""Compile databases and source trees that do not fit; exit status 2."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path

from tests.support.cli import analyze, edit, refused, tcbsplit


def another_image(tiny: Path) -> None:
    """A loader with a main of its own joins the database."""
    (tiny / "loader.c").write_text("static void jump (void) { }\nint main (void) { jump (); }\n")
    database = tiny / "compile_commands.json"
    entries = json.loads(database.read_text())
    loader = {**entries[0], "file": "loader.c", "output": "loader.o"}
    loader["arguments"] = ["gcc", "-Iinclude", "-g", "-c", "-o", "loader.o", "loader.c"]
    database.write_text(json.dumps([*entries, loader]))


def test_a_database_of_two_images(tiny: Path, tmp_path: Path) -> None:
    another_image(tiny)
    refused(
        analyze(tiny, tmp_path),
        "1 names have several definitions, so these units are not all of one image:\n"
        "  loader.c and main.c: main\n",
        "exclude: [FILES OR OUTPUTS]",
        "linked: PATH",
    )
    edit(tiny / "tiny.yaml", "image: tiny", "image: tiny\nexclude: [loader.o]")
    done = analyze(tiny, tmp_path)
    assert done.returncode == 0, done.stderr
    assert "several definitions" not in done.stdout


def test_both_definitions_of_a_linked_image_count(tiny: Path, tmp_path: Path) -> None:
    another_image(tiny)
    command = ["gcc", "-Iinclude", "-g", "-Wl,-z,muldefs", "-o", "tiny.elf"]
    sources = ["main.c", "secret.c", "unit.c", "loader.c"]
    subprocess.run([*command, *sources], cwd=tiny, check=True)
    edit(tiny / "tiny.yaml", "image: tiny", "image: tiny\nlinked: tiny.elf")
    done = analyze(tiny, tmp_path)
    assert done.returncode == 0, done.stderr
    assert (
        "1 names have several definitions (what each of them says counts):\n"
        "  loader.c and main.c: main\n" in done.stdout
    )
    analysis = json.loads((tmp_path / "out/analysis.json").read_text())
    assert analysis["collisions"] == [{"name": "main", "units": ["loader.c", "main.c"]}]
    classes = {f["id"]: f["class"] for f in analysis["functions"]}
    assert classes["loader.c:jump"] != "unreached"
    assert classes["units_call"] != "unreached"


def test_no_database(tiny: Path, tmp_path: Path) -> None:
    (tiny / "compile_commands.json").unlink()
    refused(analyze(tiny, tmp_path), "no compile database", "tcbsplit capture --")


def test_empty_database(tiny: Path, tmp_path: Path) -> None:
    (tiny / "compile_commands.json").write_text("[]")
    refused(analyze(tiny, tmp_path), "the compile database is empty")


def test_malformed_database(tiny: Path, tmp_path: Path) -> None:
    (tiny / "compile_commands.json").write_text("{")
    refused(analyze(tiny, tmp_path), "not a compile database")


def test_missing_source(tiny: Path, tmp_path: Path) -> None:
    (tiny / "unit.c").unlink()
    refused(analyze(tiny, tmp_path), "no such source", "unit.c", "--source")


def test_command_strings_and_launchers_are_accepted(tiny: Path, tmp_path: Path) -> None:
    database = tiny / "compile_commands.json"
    entries = json.loads(database.read_text())
    for entry in entries:
        arguments = entry.pop("arguments")
        entry["command"] = "ccache " + " ".join(arguments)
    database.write_text(json.dumps(entries))
    done = analyze(tiny, tmp_path)
    assert done.returncode == 0, done.stderr
    assert "12 functions" in done.stdout


def test_parse_errors_are_reported_as_degraded(tiny: Path, tmp_path: Path) -> None:
    with (tiny / "main.c").open("a") as stream:
        stream.write("unknown_type broken (void);\n")
    done = analyze(tiny, tmp_path)
    assert done.returncode == 0
    assert "1 units with parse errors" in done.stdout
    analysis = json.loads((tmp_path / "out/analysis.json").read_text())
    assert analysis["degraded"][0]["unit"] == "main.c"
    assert "unknown_type" in json.dumps(analysis["degraded"])
    bundle = tmp_path / "out/degraded/main.c"
    assert "unknown_type" in (bundle / "diagnostics.json").read_text()
    assert "unknown_type broken" in (bundle / "preprocessed.i").read_text()
    assert "clang -fsyntax-only" in (bundle / "command.sh").read_text()


def test_a_cause_of_several_units_is_told_once(tiny: Path, tmp_path: Path) -> None:
    with (tiny / "include/unit.h").open("a") as stream:
        stream.write("unknown_type broken (void);\n")
    done = analyze(tiny, tmp_path)
    assert done.returncode == 0
    lines = [line for line in done.stdout.splitlines() if "unknown_type" in line]
    assert len(lines) == 1, done.stdout
    assert lines[0].strip().startswith("include/unit.h:")
    assert "(in main.c, secret.c" in lines[0]


def test_capture_writes_a_database(tiny: Path, tmp_path: Path) -> None:
    (tiny / "compile_commands.json").unlink()
    done = tcbsplit("capture", "--", "make", "CFLAGS=-Iinclude -O0", cwd=tiny)
    assert done.returncode == 0, done.stderr
    assert "3 compile commands" in done.stdout
    assert len(json.loads((tiny / "compile_commands.json").read_text())) == 3


def test_capture_of_a_failing_build(tiny: Path, tmp_path: Path) -> None:
    done = tcbsplit("capture", "--", "make", "no-such-target", cwd=tiny)
    assert done.returncode == 2
    assert "no-such-target" in done.stderr


def test_a_database_of_another_tree(tiny: Path, tmp_path: Path) -> None:
    other = tmp_path / "other"
    other.mkdir()
    done = tcbsplit(
        "analyze", tiny / "tiny.yaml", "--source", other, "--artifacts", tmp_path / "out",
        "--compdb", tiny / "compile_commands.json", cwd=tmp_path,
    )  # fmt: skip
    refused(done, "is not below", "Check --source")
