# SPDX-License-Identifier: MIT
"""The whole job on the embedded hypervisor, live: every stage, every boot, the report."""

from __future__ import annotations

import hashlib
import json
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes

REPOSITORY = Path(__file__).resolve().parent.parent.parent
CONFIG = REPOSITORY / "configs/minivisor.yaml"

pytestmark = [pytest.mark.live, pytest.mark.xdist_group("minivisor")]


def digests(folder: Path) -> dict[str, str]:
    return {
        str(p.relative_to(folder)): hashlib.sha256(p.read_bytes()).hexdigest()
        for p in folder.rglob("*")
        if p.is_file()
    }


@pytest.fixture(scope="module")
def finished(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, dict[str, object]]:
    """One run of everything, with a space in its path."""
    out = tmp_path_factory.mktemp("whole") / "with space"
    before = digests(REPOSITORY / "corpora/minivisor")
    done = subprocess.run(
        [sys.executable, "-m", "tcbsplit", "run", str(CONFIG), "--artifacts", str(out), "--json"],
        cwd=REPOSITORY, capture_output=True, text=True, timeout=280,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr + done.stdout[-3000:]
    assert digests(REPOSITORY / "corpora/minivisor") == before, "the input tree was written to"
    return out, json.loads(done.stdout)


def test_every_scenario_holds_on_every_build(finished: tuple[Path, dict[str, object]]) -> None:
    _, report = finished
    boots = report["boots"]
    assert isinstance(boots, list)
    verdicts = {(b["scenario"], b["build"]): b["verdict"] for b in boots}
    both = {"read", "grub", "second_try", "wrong_pin", "tampered"}
    refusals = {
        "corrupt_handoff", "second_handoff", "short_handoff", "outside_handoff", "unmeasured_guest",
        "grub_no_room",
    }  # fmt: skip
    wanted = {(s, b) for s in both for b in ("original", "split")} | {
        (s, "split") for s in refusals
    }
    assert set(verdicts) == wanted
    assert set(verdicts.values()) == {"pass"}


def test_both_builds_read_the_true_plaintext(finished: tuple[Path, dict[str, object]]) -> None:
    out, _ = finished
    expected = json.loads((out / "assets/expected.json").read_text())["sectors"]
    for build in ("original", "split"):
        text = (out / f"boots/read-{build}/serial.log").read_text()
        for sector, digest in expected.items():
            assert f"target: sector {sector} sha256 {digest}" in text


def test_modules_are_moved_where_grub_put_them_and_nowhere_else(
    finished: tuple[Path, dict[str, object]],
) -> None:
    out, _ = finished
    for build in ("original", "split"):
        for scenario, moved in ("grub", True), ("read", False):
            text = (out / f"boots/{scenario}-{build}/serial.log").read_text()
            assert ("minivisor: modules moved out of guest memory" in text) == moved


def test_the_disk_holds_only_ciphertext_where_the_target_wrote(
    finished: tuple[Path, dict[str, object]],
) -> None:
    out, _ = finished
    original, split = (
        (out / f"boots/read-{b}/disk.img").read_bytes() for b in ("original", "split")
    )
    assert original == split
    untouched = (out / "assets/disk.img").read_bytes()
    size, written = 512, (1000, 1001)
    differs = [
        n for n in range(len(original) // size)
        if original[n * size : (n + 1) * size] != untouched[n * size : (n + 1) * size]
    ]  # fmt: skip
    assert differs == list(written), "the target writes these sectors and no other"
    # guest/target/disk.c writes this pattern; the hypervisor encrypts as dm-crypt does.
    pattern = bytes((i * 7 + i // size) & 0xFF for i in range(2 * size))
    key = bytes.fromhex(json.loads((out / "assets/expected.json").read_text())["storage_key"])
    for number, sector in enumerate(written):
        tweak = sector.to_bytes(16, "little")
        cipher = Cipher(algorithms.AES(key), modes.XTS(tweak))
        plain = cipher.decryptor().update(original[sector * size : (sector + 1) * size])
        assert plain == pattern[number * size : (number + 1) * size]


def test_the_thin_hypervisor_is_smaller_and_glue_counts(
    finished: tuple[Path, dict[str, object]],
) -> None:
    out, report = finished
    total = report["table"]["total"]  # type: ignore[index]
    assert 0 < total["glue"]["lines"] <= 350
    thin = total["kept"]["lines"] + total["glue"]["lines"]
    assert 0 < thin < total["original"]["lines"]
    assert (out / "split/REPORT.md").is_file()
    symbols = subprocess.run(
        ["nm", str(out / "split/thin/minivisor.elf")], capture_output=True, text=True, check=True
    ).stdout
    for moved in ("ed25519_verify", "keywrap_unwrap", "pbkdf2_hmac_sha256", "config_parse"):
        assert f" {moved}\n" not in symbols


def test_at_most_half_is_resident_while_the_target_runs(
    finished: tuple[Path, dict[str, object]],
) -> None:
    out, report = finished
    total = report["resident"]["rows"][-1]  # type: ignore[index]
    for measure in "lines", "text_bytes", "functions":
        whole, left = total["original"][measure], total["resident"][measure]
        assert 0 < left <= whole / 2, (measure, left, whole)
    size = total["resident"]["text_bytes"]
    assert f"-> {size})" in (out / "split/REPORT.md").read_text()


def test_a_recorded_boot_is_judged_again(finished: tuple[Path, dict[str, object]]) -> None:
    out, _ = finished
    done = subprocess.run(
        [
            sys.executable, "-m", "tcbsplit", "boot", str(CONFIG), "read", "wrong_pin",
            "--replay", str(out / "boots"), "--json",
        ],
        cwd=REPOSITORY, capture_output=True, text=True, timeout=60,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert {b["verdict"] for b in json.loads(done.stdout)} == {"pass"}


def test_the_split_says_and_writes_what_the_original_does(
    finished: tuple[Path, dict[str, object]], tmp_path: Path
) -> None:
    out, _ = finished
    copy = tmp_path / "out"
    shutil.copytree(out, copy, symlinks=True)
    boot = ["boot", str(CONFIG), "read", "grub", "second_try", "wrong_pin", "tampered",
            "--compare", "--artifacts", str(copy), "--json"]  # fmt: skip

    def tcbsplit(*words: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, "-m", "tcbsplit", *words],
            cwd=REPOSITORY, capture_output=True, text=True, timeout=120,
        )  # fmt: skip

    moved = tcbsplit(*boot)
    assert moved.returncode == 2
    assert "was moved or copied" in moved.stderr
    built = tcbsplit("build", str(CONFIG), "--artifacts", str(copy))
    assert built.returncode == 0, built.stderr
    done = tcbsplit(*boot)
    assert done.returncode == 0, done.stderr + done.stdout
    boots = json.loads(done.stdout)
    assert [(b["verdict"], b.get("divergence")) for b in boots] == [("pass", None)] * 10


def test_patch_makes_the_thin_tree(
    finished: tuple[Path, dict[str, object]], tmp_path: Path
) -> None:
    out, _ = finished
    files = subprocess.run(
        ["git", "ls-files", "-co", "--exclude-standard", "-z"],
        cwd=REPOSITORY / "corpora/minivisor", capture_output=True, text=True, check=True,
    ).stdout.split("\0")  # fmt: skip
    copy = tmp_path / "copy"
    for name in filter(None, files):
        source = REPOSITORY / "corpora/minivisor" / name
        if source.is_file():
            (copy / name).parent.mkdir(parents=True, exist_ok=True)
            (copy / name).write_bytes(source.read_bytes())
    subprocess.run(["git", "init", "-q"], cwd=copy, check=True)
    subprocess.run(["git", "apply", str(out / "split/split.patch")], cwd=copy, check=True)
    for name, digest in digests(copy).items():
        if not name.startswith(".git/"):
            thin = out / "split/thin" / name
            assert hashlib.sha256(thin.read_bytes()).hexdigest() == digest, name
