# SPDX-License-Identifier: MIT
"""Builds, the images they make, and sealing."""

from __future__ import annotations

import hashlib
import subprocess
from pathlib import Path

import pytest

from tcbsplit.config.settings import Assets, Recipe
from tcbsplit.errors import BuildError
from tcbsplit.validate.build.image import DIGEST_SYMBOL, read_image, seal, symbol_offset
from tcbsplit.validate.build.trees import build, make_assets

CODE = """
static int hidden (int x) { return x * 3; }
int shown (int x) { return hidden (x) + 1; }
const volatile unsigned char tcbsplit_guest_digest[32] = { 0 };
int _start (void) { return shown (tcbsplit_guest_digest[0]); }
"""


@pytest.fixture(params=["-m64", "-m32"])
def image(request: pytest.FixtureRequest, tmp_path: Path) -> Path:
    """A linked ELF file, 64 and 32 bit."""
    return compiled(tmp_path, CODE, request.param)


def compiled(folder: Path, code: str, *flags: str) -> Path:
    source, target = folder / "code.c", folder / "image.elf"
    source.write_text(code)
    subprocess.run(
        ["gcc", "-O0", "-ffreestanding", "-fno-pic", "-no-pie", "-nostdlib", "-static",
         "-fno-asynchronous-unwind-tables", *flags, "-o", target, source],
        check=True,
    )  # fmt: skip
    return target


def test_an_image_is_read(image: Path) -> None:
    facts = read_image(image)
    assert facts.digest == hashlib.sha256(image.read_bytes()).hexdigest()
    found = {f.name: f for f in facts.functions}
    assert {"hidden", "shown", "_start"} <= set(found)
    assert found["hidden"].file == "code.c"
    assert found["shown"].file == ""
    listed = subprocess.run(["nm", "-S", image], capture_output=True, text=True, check=True).stdout
    sizes = {w[3]: int(w[1], 16) for line in listed.splitlines() if len(w := line.split()) == 4}
    assert all(f.size == sizes[f.name] > 0 for f in facts.functions)
    assert facts.text_bytes >= sum(f.size for f in facts.functions)


def test_what_is_no_image_is_refused(tmp_path: Path) -> None:
    (tmp_path / "text").write_text("no image")
    with pytest.raises(BuildError, match="text: not an ELF file, or a damaged one"):
        read_image(tmp_path / "text")
    with pytest.raises(BuildError, match="none: the build made no image"):
        read_image(tmp_path / "none")


def test_a_damaged_image_is_refused(image: Path) -> None:
    content = image.read_bytes()
    for length in (4, 20, 60, len(content) // 2):
        image.write_bytes(content[:length])
        with pytest.raises(BuildError):
            read_image(image)


def test_sealing_changes_the_digest_and_nothing_else(image: Path, tmp_path: Path) -> None:
    guest = tmp_path / "guest.elf"
    guest.write_bytes(b"the guest")
    before = image.read_bytes()
    at = symbol_offset(image, DIGEST_SYMBOL, 32)
    assert before[at : at + 32] == bytes(32)
    digest = hashlib.sha256(b"the guest").digest()
    assert seal(image, guest) == digest.hex()
    assert image.read_bytes() == before[:at] + digest + before[at + 32 :]
    dump = tmp_path / "memory"
    subprocess.run(["objcopy", "-O", "binary", image, dump], check=True, capture_output=True)
    assert digest in dump.read_bytes()


@pytest.mark.parametrize(
    ("code", "message"),
    [
        ("int _start (void) { return 0; }", "has 0 symbols tcbsplit_guest_digest"),
        (CODE.replace("[32]", "[31]"), "has 31 bytes, needs 32"),
        (CODE.replace("const volatile", "").replace("= { 0 }", ""), "which the file does not hold"),
    ],
)
def test_an_image_without_a_place_for_the_seal(code: str, message: str, tmp_path: Path) -> None:
    image = compiled(tmp_path, code)
    before = image.read_bytes()
    with pytest.raises(BuildError, match=message):
        seal(image, image)
    assert image.read_bytes() == before


def test_sealing_names_a_missing_guest(tmp_path: Path) -> None:
    image = compiled(tmp_path, CODE)
    with pytest.raises(BuildError, match=r"guest\.elf: "):
        seal(image, tmp_path / "guest.elf")


def test_a_build_is_run_in_its_tree(tmp_path: Path) -> None:
    tree = tmp_path / "a tree"
    tree.mkdir()
    compiled(tree, CODE).rename(tree / "ready.elf")
    recipe = Recipe(command=("sh", "-c", "echo jobs {jobs}; cp ready.elf hv.elf"), image="hv.elf")
    result = build("thin", tree, recipe, tmp_path / "logs/thin.log")
    assert result.image.path == str(tree / "hv.elf")
    assert Path(result.log).read_text().startswith("jobs ")
    assert int(result.command[-1].split()[2].rstrip(";")) >= 1


def test_a_tree_is_cleaned_first(tmp_path: Path) -> None:
    compiled(tmp_path, CODE).rename(tmp_path / "hv.elf")
    recipe = Recipe(command=("true",), image="hv.elf", clean=("rm", "hv.elf"))
    with pytest.raises(BuildError, match=r"the thin build made no hv\.elf"):
        build("thin", tmp_path, recipe, tmp_path / "log")


def test_builds_that_fail_say_why(tmp_path: Path) -> None:
    log = tmp_path / "log"
    with pytest.raises(BuildError) as caught:
        build("thin", tmp_path, Recipe(command=("sh", "-c", "echo a.c:1: error: x; exit 2"),
                                       image="hv"), log)  # fmt: skip
    assert str(caught.value).startswith("the thin build failed: ")
    assert str(log) in str(caught.value)
    assert "a.c:1: error: x" in str(caught.value)
    with pytest.raises(BuildError, match=r"the thin build made no hv\.elf"):
        build("thin", tmp_path, Recipe(command=("true",), image="hv.elf"), log)
    with pytest.raises(BuildError, match="there is no tree of the thin build"):
        build("thin", tmp_path / "none", Recipe(command=("true",), image="hv"), log)
    with pytest.raises(BuildError, match="not done after 1 s"):
        build("thin", tmp_path, Recipe(command=("sleep", "60"), image="hv", timeout=1), log)


def test_assets_are_made_in_their_folder(tmp_path: Path) -> None:
    script = "import sys; open(sys.argv[1] + '/token', 'w').write(sys.argv[2])"
    assets = Assets(command=("{python}", "-c", script, "{assets}", "{source}"))
    make_assets(assets, tmp_path, tmp_path / "made here", tmp_path / "log")
    assert (tmp_path / "made here/token").read_text() == str(tmp_path)
    with pytest.raises(BuildError, match="the assets could not be made"):
        make_assets(Assets(command=("false",)), tmp_path, tmp_path / "x", tmp_path / "log")
