# SPDX-License-Identifier: MIT
"""The handoff's C on the host, under ASan and UBSan: what is taken, and every refusal."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from tcbsplit.model.handoff import HandoffEntry
from tcbsplit.model.vocabulary import SymbolId
from tcbsplit.split.write import handoff

HERE = Path(__file__).resolve().parent
RUNTIME = HERE.parent.parent / "tcbsplit/runtime/handoff"
TAKEN = ("good", "twice", "late")
REFUSED = (
    "magic", "version", "count", "layout", "total", "digest", "payload", "id", "reserved",
    "entry_length", "padding", "short", "long", "again", "before", "unsealed", "wrong_guest",
    "unmeasured_call", "copy_failure", "guest_failure", "silent",
)  # fmt: skip


def entry(number: int, name: str, size: int) -> HandoffEntry:
    return HandoffEntry(
        id=number, name=SymbolId(name), symbol=name, file="harness.c", size=size, layout=f"u{size}",
        secret=False, writers=(), readers=(),
    )  # fmt: skip


def thin_side(folder: Path, entries: tuple[HandoffEntry, ...], kind: str) -> list[Path]:
    """The sources of the thin side: of any handoff, or of one that is plain bytes."""
    if kind == "any":
        return [RUNTIME / n for n in ("receive.c", "thin.c")]
    plain = folder / "plain"
    plain.mkdir()
    for name in ("handoff.h", "receive.c"):
        (plain / name).write_text((RUNTIME / "plain" / name).read_text())
    (plain / "thin.c").write_text((RUNTIME / "thin.c").read_text())
    (plain / "plain_table.c").write_bytes(handoff.plain_table(entries, ()))
    return sorted(plain.glob("*.c"))


@pytest.fixture(scope="module", params=["gcc any", "clang any", "gcc plain", "clang plain"])
def harness(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("handoff")
    entries = (entry(0, "small", 5), entry(1, "word", 8), entry(2, "large", 100))
    for name, content in handoff.table_files(entries).items():
        (folder / name).write_bytes(content)
    compiler, kind = request.param.split()
    sources = [HERE / "harness.c", folder / "table.c", *thin_side(folder, entries, kind)]
    sources += [RUNTIME / n for n in ("send.c", "sha256.c")]
    sanitisers = ["-fsanitize=address,undefined", "-fno-sanitize-recover=all"]
    if compiler == "clang":
        sanitisers = []  # its sanitisers are a package of their own
    subprocess.run(
        [
            compiler, "-g", "-O1", "-Wall", "-Wextra", "-Werror", *sanitisers,
            f"-I{folder}", f"-I{RUNTIME}", "-o", folder / "harness", *sources,
        ],
        check=True,
    )  # fmt: skip
    return folder / "harness"


@pytest.mark.parametrize("case", [*TAKEN, *REFUSED, "mutations"])
def test_handoff(harness: Path, case: str) -> None:
    done = subprocess.run([harness, case], capture_output=True, text=True, timeout=120)
    assert (done.returncode, done.stdout) == (0, "PASS\n"), done.stdout + done.stderr


def test_a_wrong_expectation_fails(harness: Path) -> None:
    """The harness itself can fail: a case that it does not know is no refusal."""
    done = subprocess.run([harness, "no such case"], capture_output=True, text=True, timeout=60)
    assert done.returncode == 1
    assert "FAIL: the case was not refused" in done.stdout


def test_the_receive_side_is_small() -> None:
    assert len((RUNTIME / "receive.c").read_text().splitlines()) <= 200
    assert len((RUNTIME / "plain/receive.c").read_text().splitlines()) <= 60


def test_an_empty_table_compiles(tmp_path: Path) -> None:
    for name, content in handoff.table_files(()).items():
        (tmp_path / name).write_bytes(content)
    (tmp_path / "returns.c").write_bytes(handoff.returns_c(()))
    (tmp_path / "plain").mkdir()
    for name in ("handoff.h", "receive.c"):
        (tmp_path / "plain" / name).write_text((RUNTIME / "plain" / name).read_text())
    (tmp_path / "plain/plain_table.c").write_bytes(handoff.plain_table((), ()))
    for name in (
        "plain/plain_table.c",
        "plain/receive.c",
        "table.c",
        "returns.c",
        *(str(RUNTIME / n) for n in ("receive.c", "send.c")),
    ):
        subprocess.run(
            ["gcc", "-O2", "-Wall", "-Wextra", "-Werror", "-c", f"-I{tmp_path}", f"-I{RUNTIME}",
             "-o", tmp_path / "o.o", tmp_path / name],
            check=True,
        )  # fmt: skip
