# SPDX-License-Identifier: MIT
"""The small host program, split for real: both halves build and together do what it did."""

from __future__ import annotations

import hashlib
import os
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tcbsplit.config.load import load
from tcbsplit.config.settings import Settings
from tcbsplit.errors import ConflictError, EmissionError, OutputError
from tcbsplit.pipeline.analyze import analyze
from tcbsplit.pipeline.saved import load_analysis
from tcbsplit.pipeline.split import reread, split
from tcbsplit.pipeline.workspace import Workspace
from tcbsplit.split.prove.recheck import check
from tcbsplit.validate.build.image import symbol_offset


def prepared(tiny: Path, tmp_path: Path) -> tuple[Settings, Workspace]:
    settings = load(tiny / "tiny.yaml", compdb=tiny / "compile_commands.json")
    space = Workspace(tmp_path / "out")
    analyze(settings, space)
    return settings, space


def snapshot(folder: Path) -> dict[str, bytes]:
    return {str(p.relative_to(folder)): p.read_bytes() for p in folder.rglob("*") if p.is_file()}


def test_halves_do_together_what_the_whole_did(tiny: Path, tmp_path: Path) -> None:
    settings, space = prepared(tiny, tmp_path)
    before = snapshot(tiny)
    out = tmp_path / "split out"
    split(settings, space, out)
    assert snapshot(tiny) == before

    run: dict[str, Any] = {"check": True, "capture_output": True, "text": True}
    whole = tmp_path / "whole"
    whole.mkdir()
    subprocess.run(["cp", "-r", f"{tiny}/.", str(whole)], check=True)
    subprocess.run(["make"], cwd=whole, **run)
    expected = subprocess.run(["./tiny"], cwd=whole, **run).stdout
    assert expected.startswith("tiny ")

    thin, guest = out / "thin", out / "guest"
    subprocess.run(["make"], cwd=thin, **run)
    sources = [
        *(f"tcbsplit/{n}.c" for n in (
            "guest_main", "sha256", "send", "wipe", "table", "returns", "entries", "adapter")),
        *(str(p.relative_to(guest)) for p in guest.glob("src/*.c")),
    ]  # fmt: skip
    flags = ["-Wall", "-Wextra", "-Werror", "-Itcbsplit", "-Isrc/include"]
    subprocess.run(["gcc", *flags, "-o", "guest", *sources], cwd=guest, **run)

    environment = {**os.environ, "TINY_GUEST": f"'{guest / 'guest'}'"}
    unsealed = subprocess.run(["./tiny"], cwd=thin, capture_output=True, env=environment)
    assert unsealed.returncode == 3
    assert b"not sealed" in unsealed.stderr

    image = thin / "tiny"
    content = bytearray(image.read_bytes())
    at = symbol_offset(image, "tcbsplit_guest_digest", 32)
    content[at : at + 32] = hashlib.sha256(b"tiny").digest()
    image.write_bytes(content)
    sealed = subprocess.run(["./tiny"], cwd=thin, env=environment, **run)
    assert sealed.stdout == expected


def test_moved_code_is_gone_and_the_patch_is_exact(tiny: Path, tmp_path: Path) -> None:
    settings, space = prepared(tiny, tmp_path)
    out = tmp_path / "split"
    split(settings, space, out)
    text = (out / "thin/secret.c").read_text()
    for gone in ("derive (", "attempts", "Turns a seed"):
        assert gone not in text
    assert "banner" not in (out / "guest/src/main.c").read_text()

    copy = tmp_path / "copy"
    subprocess.run(["cp", "-r", str(tiny), str(copy)], check=True)
    subprocess.run(["git", "init", "-q"], cwd=copy, check=True)
    subprocess.run(["git", "apply", str(out / "split.patch")], cwd=copy, check=True)
    subprocess.run(["rm", "-rf", str(copy / ".git")], check=True)
    assert snapshot(copy) == snapshot(out / "thin")


def test_emitting_twice_gives_the_same_bytes(tiny: Path, tmp_path: Path) -> None:
    settings, space = prepared(tiny, tmp_path)
    split(settings, space, tmp_path / "one")
    split(settings, space, tmp_path / "two")
    split(settings, space, tmp_path / "two")  # our own folder may be written again
    assert snapshot(tmp_path / "one") == snapshot(tmp_path / "two")


def test_emitted_text_is_as_reviewed(
    tiny: Path, tmp_path: Path, golden: Callable[[Path, str], None]
) -> None:
    """The text that a maintainer would read; renew with make golden and review the change."""
    settings, space = prepared(tiny, tmp_path)
    out = tmp_path / "split"
    split(settings, space, out)
    expected = Path(__file__).resolve().parent / "golden"
    for name in ("thin/secret.c", "thin/main.c", "guest/src/secret.c", "guest/tcbsplit/entries.c",
                 "guest/tcbsplit/table.c", "guest/Makefile"):  # fmt: skip
        golden(expected / f"{name}.txt", (out / name).read_text())


def test_a_foreign_folder_is_refused(tiny: Path, tmp_path: Path) -> None:
    settings, space = prepared(tiny, tmp_path)
    foreign = tmp_path / "foreign"
    foreign.mkdir()
    (foreign / "letter.txt").write_text("mine")
    with pytest.raises(OutputError, match="not made by tcbsplit"):
        split(settings, space, foreign)
    assert snapshot(foreign) == {"letter.txt": b"mine"}


def test_a_mention_without_a_cut_is_a_conflict(tiny: Path, tmp_path: Path) -> None:
    main = tiny / "main.c"
    main.write_text(main.read_text().replace("\tbanner ();", "\tbanner ();\n\tkey_init ();"))
    config = tiny / "tiny.yaml"
    config.write_text(
        config.read_text().replace(
            'caller: "*"\n    callee: key_init', "caller: unit_key_init\n    callee: key_init"
        )
    )
    main.write_text("extern int key_init (void);\n" + main.read_text())
    settings, space = prepared(tiny, tmp_path)
    with pytest.raises(ConflictError, match=r"main\.c:\d+: main \(call\) -> key_init"):
        split(settings, space, tmp_path / "split")


def test_the_check_sees_a_lost_definition(tiny: Path, tmp_path: Path) -> None:
    settings, space = prepared(tiny, tmp_path)
    out = tmp_path / "split"
    result = split(settings, space, out)
    program, _, _ = load_analysis(space)
    main = out / "thin/main.c"
    main.write_text(main.read_text().replace("sum += *p++", "sum += 2 * *p++"))
    thin, guest = reread(out)
    with pytest.raises(EmissionError, match="thin: checksum was changed"):
        check(program, thin, guest, result)
