# SPDX-License-Identifier: MIT
"""What a split leaves for reviewers: the series, the bill of materials, and verify."""

from __future__ import annotations

import json
import os
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from cyclonedx.schema import SchemaVersion
from cyclonedx.validation.json import JsonStrictValidator

from tcbsplit.config.load import load
from tcbsplit.errors import OutputError
from tcbsplit.model.edit import Emission
from tcbsplit.model.vocabulary import Style
from tcbsplit.pipeline.analyze import analyze
from tcbsplit.pipeline.bom import bom
from tcbsplit.pipeline.split import split
from tcbsplit.pipeline.verify import verify
from tcbsplit.pipeline.workspace import Workspace

Emitted = Callable[..., Path]


@pytest.fixture
def emitted(tiny: Path, tmp_path: Path) -> Emitted:
    def emit(**how: object) -> Path:
        settings = load(tiny / "tiny.yaml", compdb=tiny / "compile_commands.json")
        space = Workspace(tmp_path / "artifacts")
        analyze(settings, space)
        out = tmp_path / "split"
        split(settings, space, out, emission=Emission(**how))  # type: ignore[arg-type]
        return out

    return emit


def content(folder: Path) -> dict[str, bytes]:
    return {
        str(p.relative_to(folder)): p.read_bytes()
        for p in folder.rglob("*")
        if p.is_file() and ".git" not in p.parts
    }


@pytest.mark.parametrize("style", ["excise", "guard"])
def test_git_takes_the_series(emitted: Emitted, tiny: Path, tmp_path: Path, style: str) -> None:
    out = emitted(style=Style(style), series=True)
    copy = tmp_path / "copy"
    subprocess.run(["cp", "-r", str(tiny), str(copy)], check=True)
    who = {f"GIT_{r}_{w}": "t" for r in ("AUTHOR", "COMMITTER") for w in ("NAME", "EMAIL")}
    run: dict[str, Any] = {"cwd": copy, "check": True, "capture_output": True, "text": True,
           "env": {**os.environ, **who}}  # fmt: skip
    subprocess.run(["git", "init", "-q"], **run)
    subprocess.run(["git", "add", "-A"], **run)
    subprocess.run(["git", "commit", "-qm", "before"], **run)
    patches = sorted(map(str, (out / "series").iterdir()))
    subprocess.run(["git", "am", "-q", *patches], **run)
    assert content(copy) == content(out / "thin")
    log = subprocess.run(["git", "log", "--format=%s%n%b"], **run).stdout
    assert "to the preprocessing guest" in log
    assert "lines of code, leave the run-time trusted computing base" in " ".join(log.split())
    for cut in json.loads((out / "manifest.json").read_bytes())["cuts"]:
        assert cut["reason"] in " ".join(log.split())


def test_the_bill_of_materials_is_cyclonedx(emitted: Emitted) -> None:
    out = emitted()
    path = bom(out)
    text = path.read_text()
    assert JsonStrictValidator(SchemaVersion.V1_6).validate_str(text) is None
    bill = json.loads(text)
    names = {c["name"]: c for c in bill["components"]}
    assert {"main.c", "secret.c"} <= names.keys()
    moved = {p["name"] for p in bill["metadata"]["component"]["properties"]}
    assert "tcbsplit:function:secret.c:derive" in moved
    kept = {p["name"]: p["value"] for p in names["main.c"]["properties"]}
    assert kept["tcbsplit:function:main"].startswith("runtime; thin; sha256:")
    assert bom(out).read_text() == text


@pytest.mark.parametrize("style", ["excise", "guard"])
def test_what_was_emitted_verifies(emitted: Emitted, style: str) -> None:
    out = emitted(style=Style(style), series=True)
    bom(out)
    found = verify(out)
    assert found.problems == ()
    assert found.products == 0
    assert found.definitions > 10


def test_made_again_it_is_the_same(emitted: Emitted, tiny: Path, tmp_path: Path) -> None:
    out = emitted(series=True)
    settings = load(tiny / "tiny.yaml", compdb=tiny / "compile_commands.json")
    space = Workspace(tmp_path / "artifacts")
    assert verify(out, (settings, space)).problems == ()


def edited(out: Path, change: Callable[[dict], None]) -> None:  # type: ignore[type-arg]
    path = out / "manifest.json"
    document = json.loads(path.read_bytes())
    change(document)
    path.write_text(json.dumps(document))


def rehash(out: Path) -> None:
    """What a careful forger does: hashes of files as they are now."""
    import hashlib

    def change(document: dict) -> None:  # type: ignore[type-arg]
        for name in document["outputs"]:
            document["outputs"][name] = hashlib.sha256((out / name).read_bytes()).hexdigest()

    edited(out, change)


def test_a_changed_file_is_seen(emitted: Emitted) -> None:
    out = emitted()
    main = out / "thin/main.c"
    main.write_text(main.read_text().replace("sum += *p++", "sum += 2 * *p++"))
    assert any("main.c: is not what was emitted" in p for p in verify(out).problems)


def test_a_changed_file_with_a_forged_hash_is_seen(emitted: Emitted) -> None:
    out = emitted()
    main = out / "thin/main.c"
    main.write_text(main.read_text().replace("sum += *p++", "sum += 2 * *p++"))
    rehash(out)
    problems = " ".join(verify(out).problems)
    assert "thin: checksum has another text than was emitted" in problems
    assert "main.c: thin without split.patch is not the input that was analysed" in problems


def test_a_missing_file_is_seen(emitted: Emitted) -> None:
    out = emitted()
    (out / "thin/tcbsplit/adapter.h").unlink()
    assert any("no such file" in p for p in verify(out).problems)


def test_code_that_came_back_is_seen(emitted: Emitted, tiny: Path) -> None:
    out = emitted()
    (out / "thin/secret.c").write_bytes((tiny / "secret.c").read_bytes())
    rehash(out)
    assert "thin: secret.c:derive is there, but should not be" in verify(out).problems


def test_false_claims_are_seen(emitted: Emitted) -> None:
    out = emitted()

    def lie(document: dict) -> None:  # type: ignore[type-arg]
        for definition in document["definitions"]:
            if definition["id"] == "secret.c:derive":
                definition["sha256"] = "0" * 64
        document["handoff"]["entries"][0]["size"] += 1
        document["cuts"][0]["stub"] = "nothing"

    edited(out, lie)
    problems = " ".join(verify(out).problems)
    assert "secret.c:derive: has another text than the manifest says" in problems
    assert "handoff: the entries do not have the layout hash" in problems
    assert "has no stub nothing" in problems


def test_no_manifest_is_told(tmp_path: Path) -> None:
    with pytest.raises(OutputError, match="run tcbsplit split first"):
        verify(tmp_path)


UNREACHED = {
    "main.c": """\
int kept (int n);
int unreached (void);
int in_table (void);
int deep (void);
int main (void) { return kept (0); }
static int helper (void) { return 3; }
int unreached (void) { return helper () + deep (); }
int in_table (void) { return 4; }
int deep (void) { return 5; }
int (*const table[]) (void) = { in_table };
static int moved_only (void) { return 6; }
int moved (void);
int moved (void) { return moved_only (); }
int kept (int n) { return n; }
""",
    "list.txt": "list\n",
}


def test_dropped_code_is_what_the_linker_drops(tmp_path: Path) -> None:
    """The image has the same symbols with and without --drop-unreached, under --gc-sections."""
    tree = tmp_path / "tree"
    tree.mkdir()
    for name, text in UNREACHED.items():
        (tree / name).write_text(text)
    (tmp_path / "none.c").write_text("/* none */\n")
    (tmp_path / "c.yaml").write_text(
        "version: 1\nname: c\nsource: tree\nimage: c\nroots: {boot: [main]}\n"
        "preprocess: [moved]\nsplit:\n  guest: {adapter: none.c}\n"
        "  glue: {adapter: none.c, folder: glue, list: {file: list.txt, after: list, text: x}}\n"
    )
    command = {"directory": str(tree), "file": "main.c", "arguments": ["cc", "-c", "main.c"]}
    (tmp_path / "cc.json").write_text(json.dumps([command]))
    settings = load(tmp_path / "c.yaml", compdb=tmp_path / "cc.json")
    space = Workspace(tmp_path / "artifacts")
    analyze(settings, space)
    texts, symbols = [], []
    for drop in (False, True):
        out = tmp_path / f"split-{drop}"
        split(settings, space, out, emission=Emission(drop_unreached=drop))
        source = out / "thin/main.c"
        texts.append(source.read_text())
        image = tmp_path / f"image-{drop}"
        subprocess.run(
            ["gcc", "-Wall", "-Wextra", "-Werror", "-ffunction-sections", "-fdata-sections",
             "-Wl,--gc-sections", "-o", image, source],
            check=True,
        )  # fmt: skip
        listed = subprocess.run(["nm", image], capture_output=True, text=True, check=True).stdout
        symbols.append({line.split()[-1] for line in listed.splitlines()})
    assert symbols[0] == symbols[1]
    assert "unreached (void) {" in texts[0]
    assert "deep (void) {" not in texts[1]
    assert "helper" not in texts[1]
    assert "in_table (void) { return 4" in texts[1]  # a table that stays names it
