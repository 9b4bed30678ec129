# SPDX-License-Identifier: MIT
"""``verify`` looks at every file of OUT, and builds record what they write there."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from tcbsplit.errors import BuildError, SourceError
from tcbsplit.pipeline.boot import ONCE, bench
from tcbsplit.pipeline.split import split
from tcbsplit.pipeline.verify import verify
from tcbsplit.split.write.manifest import read_manifest
from tcbsplit.validate.build.products import recorded
from tests.support.made import Made


@pytest.fixture
def made(tiny: Path, tmp_path: Path) -> Made:
    return Made(tiny, tmp_path)


def test_products_of_the_build_are_known(made: Made) -> None:
    made.build()
    found = verify(made.out)
    assert found.problems == ()
    assert found.products >= 5  # two programs and the objects of one
    made.build()  # make has nothing to do; what the first build wrote is still a product
    assert verify(made.out) == found


def gnumakefile(out: Path) -> str:
    (out / "thin/GNUmakefile").write_text("include Makefile\n")
    return "thin/GNUmakefile"


def header(out: Path) -> str:
    (out / "thin/stdio.h").write_text("#define printf(...) 0\n")
    return "thin/stdio.h"


def source(out: Path) -> str:
    (out / "guest/src/more.c").write_text("int more;\n")
    return "guest/src/more.c"


def objects(out: Path) -> str:
    (out / "thin/more.o").write_bytes(b"")
    return "thin/more.o"


def hidden(out: Path) -> str:
    (out / "thin/.config").write_text("CONFIG_DEBUG=y\n")
    return "thin/.config"


def link(out: Path) -> str:
    (out / "thin/more.c").symlink_to("main.c")
    return "thin/more.c"


def linked_folder(out: Path) -> str:
    (out / "thin/more").symlink_to(out.parent)
    return "thin/more"


def pipe(out: Path) -> str:
    os.mkfifo(out / "guest/pipe")
    return "guest/pipe"


def repository(out: Path) -> str:
    subprocess.run(["git", "init", "-q"], cwd=out / "thin", check=True)
    return "thin/.git ("


def beside(out: Path) -> str:
    (out / "notes.txt").write_text("mine\n")
    return "notes.txt"


INTRUDERS = [gnumakefile, header, source, objects, hidden, link, linked_folder, pipe, repository,
             beside]  # fmt: skip


@pytest.mark.parametrize("intruder", INTRUDERS)
def test_a_file_of_nobody_is_a_finding(made: Made, intruder: Callable[[Path], str]) -> None:
    path = intruder(made.out)
    assert f"{made.out}/{path}" in made.problems()
    assert len(verify(made.out).problems) == 1


def test_what_lay_there_before_the_build_is_no_product(made: Made) -> None:
    path = gnumakefile(made.out)
    subprocess.run(["make", "main.o"], cwd=made.out / "thin", check=True, capture_output=True)
    (made.out / "thin/secret.o").write_bytes(b"")  # built anew: it is older than its source
    os.utime(made.out / "thin/secret.o", (0, 0))
    made.build()
    problems = verify(made.out).problems
    assert [p.split(":")[0] for p in problems] == [f"{made.out}/{path}", f"{made.out}/thin/main.o"]


def changed_product(out: Path) -> str:
    (out / "thin/main.o").write_bytes(b"another")
    return "thin/main.o: is not what the build wrote"


def linked_file(out: Path) -> str:
    shutil.copy(out / "thin/main.c", out.parent / "main.c")
    (out / "thin/main.c").unlink()
    (out / "thin/main.c").symlink_to(out.parent / "main.c")
    return f"thin/main.c: is a link to {out.parent}/main.c"


def swapped_folder(out: Path) -> str:
    (out / "thin/include").rename(out.parent / "include")
    (out / "thin/include").symlink_to(out.parent / "include")
    return "thin/include/unit.h: no such file, or only through a link"


def executable(out: Path) -> str:
    (out / "thin/main.c").chmod(0o755)
    return "thin/main.c: can be executed"


@pytest.mark.parametrize("change", [changed_product, linked_file, swapped_folder, executable])
def test_what_is_not_as_it_was_is_a_finding(made: Made, change: Callable[[Path], str]) -> None:
    made.build()
    assert change(made.out) in made.problems()


def test_links_and_modes_of_the_source_are_as_emitted(tiny: Path, tmp_path: Path) -> None:
    (tiny / "configure").write_text("#!/bin/sh\n")
    (tiny / "configure").chmod(0o755)
    (tiny / "again.txt").symlink_to("configure")
    made = Made(tiny, tmp_path)
    assert made.problems() == ""
    (made.out / "thin/configure").chmod(0o644)
    assert "thin/configure: cannot be executed" in made.problems()
    (made.out / "thin/again.txt").unlink()
    (made.out / "thin/again.txt").write_text("#!/bin/sh\n")
    assert "thin/again.txt: is no link to configure" in made.problems()


def test_a_killed_build_begins_anew(made: Made) -> None:
    """What it left would be taken for up to date: an object that is only begun."""
    begun = made.out / "thin/main.o"
    slow = made.config.read_text().replace(
        "command: [make, -f, Makefile]",
        "command: [sh, -c, 'if ! test -e main.o; then : > main.o; sleep 60; fi; make']",
    )
    made.config.write_text(slow)
    child = subprocess.Popen(
        [sys.executable, "-m", "tcbsplit", "build", made.config, "--trees", made.out,
         "--artifacts", made.artifacts],
        stdout=subprocess.DEVNULL, stderr=subprocess.PIPE,
    )  # fmt: skip
    deadline = time.monotonic() + 60
    while not begun.is_file() and child.poll() is None and time.monotonic() < deadline:
        time.sleep(0.05)
    assert begun.is_file(), child.communicate()
    child.send_signal(signal.SIGKILL)
    child.wait()
    assert "build.json: a build did not end; build again" in made.problems()
    made.config.write_text(slow.replace("sleep 60", "rm main.o"))
    results = made.build()
    assert begun.read_bytes()[:4] == b"\x7fELF"
    assert {r.name: r.anew for r in results if r.anew} == dict.fromkeys(
        ("guest", "thin"), "the build before this one did not end; built anew"
    )
    assert made.problems() == ""


def test_a_build_that_failed_begins_anew(made: Made) -> None:
    made.build()
    with pytest.raises(RuntimeError), recorded(made.out, read_manifest(made.out)):
        (made.out / "thin/tiny").write_bytes(b"half")
        raise RuntimeError
    made.build()
    assert (made.out / "thin/tiny").read_bytes()[:4] == b"\x7fELF"


def test_one_build_at_a_time(made: Made) -> None:
    with (
        recorded(made.out, read_manifest(made.out)),
        pytest.raises(BuildError, match="another tcbsplit builds there"),
    ):
        made.build()


@pytest.mark.parametrize("how", [shutil.move, shutil.copytree])
def test_a_folder_in_another_place(
    made: Made, tmp_path: Path, how: Callable[[Path, Path], object]
) -> None:
    made.build()
    old, made.out = made.out, tmp_path / "elsewhere"
    how(old, made.out)
    assert made.problems() == ""
    (made.out / "thin/main.o").write_bytes(b"names files of the old place")
    assert made.build()[-1].anew == f"was built at {old}; built anew"
    assert made.problems() == ""


def moved_project(made: Made, tmp_path: Path) -> None:
    """The whole project, its artifacts too, is now in another folder."""
    tree = made.config.parent
    tree.rename(tmp_path / "new place")
    made.config = tmp_path / "new place" / made.config.name
    made.compdb = made.config.parent / made.compdb.name


def test_artifacts_of_a_source_that_moved(made: Made, tmp_path: Path) -> None:
    moved_project(made, tmp_path)
    with pytest.raises(SourceError, match=r"program\.msgpack: is the analysis of .*analyze again"):
        split(made.settings, made.space, tmp_path / "again")


@pytest.mark.parametrize("how", [shutil.move, shutil.copytree])
def test_an_artifact_folder_in_another_place(
    made: Made, tmp_path: Path, how: Callable[[Path, Path], object]
) -> None:
    """Images of the old place are never booted in the name of the new one."""
    made.build()
    old, made.artifacts = made.artifacts, tmp_path / "elsewhere"
    how(old, made.artifacts)
    told = rf"elsewhere: was moved or copied; its builds are at {old}/original: run tcbsplit build"
    with pytest.raises(SourceError, match=told):
        bench(made.settings, made.space, made.out, ONCE, made.space.boots)
    made.build()
    found = bench(made.settings, made.space, made.out, ONCE, made.space.boots)
    assert found.builds["original"][0] == made.artifacts / "original"
    assert found.builds["original"][1].is_file()


def test_a_link_to_a_folder_is_as_emitted(made: Made) -> None:
    path = made.out / "manifest.json"
    document = json.loads(path.read_bytes())
    document["links"]["thin/arch"] = "include"
    path.write_text(json.dumps(document))
    assert f"{made.out}/thin/arch: is not the link that was emitted" in made.problems()
    (made.out / "thin/arch").symlink_to("include")
    assert made.problems() == ""
