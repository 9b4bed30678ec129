# SPDX-License-Identifier: MIT
"""What real trees do: macros that define several things, templates, links, several images."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path

import pytest

from tcbsplit.config.load import load
from tcbsplit.errors import ConflictError
from tcbsplit.model.split import Split
from tcbsplit.pipeline.analyze import analyze
from tcbsplit.pipeline.split import split as split_trees
from tcbsplit.pipeline.verify import verify
from tcbsplit.pipeline.workspace import Workspace

FILES = {
    "main.c": """\
#include "lib.h"
int kept_value (void);
int main (void) { int secret = unlock (3); return run (secret) + kept_value (); }
int run (int n) { return table[n & 1] (n) + half (n); }
""",
    "lib.h": """\
typedef unsigned long handle_t;
int run (int n);
int unlock (handle_t h);
extern int (*const table[2]) (int);
static inline int half (int n) { return n / 2; }
static inline int only_moved (int n) { return n * 2; }
""",
    "lib.c": """\
#include "lib.h"
#define PAIR(type, name) type name##_new (void) { return 1; } type name##_free (void) { return 2; }
#define ONE(type, name, value) type name = value
PAIR (int, moved)
PAIR (int, mixed)
ONE (int, moved_data, 7);
static int named_by_table (int n) { return n; }
static int helper (int n) { return only_moved (n) + named_by_table (n) + moved_data; }
int (*const table[2]) (int) = { named_by_table, named_by_table };
int kept_value (void) { return mixed_new (); }
int unlock (handle_t h) { return helper ((int) h) + moved_new () + moved_free () + mixed_free (); }
""",
    "other.c": "int unlock (unsigned long h);\nint main (void)\n{\n\treturn unlock (1);\n}\n",
    "Makefile": """\
all: hv tool
hv: main.o lib.o adapter_glue.o
\tcc -o hv main.o lib.o
adapter_glue.o:
\ttouch adapter_glue.o
tool: other.o lib.o
\tcc -o tool other.o lib.o
""",
    "thin.c": "void tcbsplit_adapter_panic (const char *line) { (void) line; for (;;) ; }\n",
    "guest.c": "/* nothing */\n",
    "hv.yaml": """\
version: 1
name: hv
source: .
image: hv
exclude: [other.c]
roots: {boot: [main]}
preprocess: [unlock]
cuts:
  - {caller: main, callee: unlock, policy: stub, expression: "5", reason: known before}
  - {caller: main, callee: unlock, other_image: true, policy: stub, expression: "6", reason: no}
split:
  glue: {adapter: thin.c, folder: glue, list: {file: Makefile, after: "all: hv tool", text: ""}}
  guest: {adapter: guest.c}
""",
}


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    folder = tmp_path / "a tree"
    folder.mkdir()
    for name, text in FILES.items():
        (folder / name).write_text(text)
    (folder / "alias.h").symlink_to("lib.h")
    (folder / "compile_commands.json").write_text(
        json.dumps(
            [
                {"directory": str(folder), "file": f, "arguments": ["cc", "-c", f]}
                for f in ("main.c", "lib.c", "other.c")
            ]
        )
    )
    return folder


def emitted(tree: Path, tmp_path: Path) -> tuple[Split, Path]:
    settings = load(tree / "hv.yaml", compdb=tree / "compile_commands.json")
    space = Workspace(tmp_path / "out")
    analyze(settings, space)
    out = tmp_path / "split"
    return split_trees(settings, space, out), out / "thin"


def test_the_thin_tree_builds_all_its_images(tree: Path, tmp_path: Path) -> None:
    _, thin = emitted(tree, tmp_path)
    done = subprocess.run(["make", "CFLAGS=-Wall -Wextra -Werror"], cwd=thin, capture_output=True)
    assert done.returncode == 0, done.stderr.decode()
    # run (5) = 5 + 2, kept_value () = 1; the tool gets its own stub.
    assert subprocess.run(["./hv"], cwd=thin).returncode == 8
    assert subprocess.run(["./tool"], cwd=thin).returncode == 6


def test_an_expansion_goes_whole_or_stays_whole(tree: Path, tmp_path: Path) -> None:
    _, thin = emitted(tree, tmp_path)
    text = (thin / "lib.c").read_text()
    assert "PAIR (int, mixed)" in text
    assert "PAIR (int, moved)" not in text
    assert "moved_data" not in text
    assert "\n)" not in text


def test_what_a_kept_table_names_stays(tree: Path, tmp_path: Path) -> None:
    split, thin = emitted(tree, tmp_path)
    text = (thin / "lib.c").read_text()
    assert "named_by_table (int n)" in text
    assert "helper" not in text
    assert "lib.c:helper" in split.sides.moved


def test_headers_and_links_stay_as_they_are(tree: Path, tmp_path: Path) -> None:
    _, thin = emitted(tree, tmp_path)
    assert (thin / "lib.h").read_text() == FILES["lib.h"]
    assert (thin / "alias.h").is_symlink()
    assert (thin / "alias.h").readlink() == Path("lib.h")


def test_a_file_with_several_names_is_edited_once(tree: Path, tmp_path: Path) -> None:
    (tree / "lib.c").rename(tree / "real.c")
    (tree / "lib.c").symlink_to(tree / "real.c")  # absolute: a copy must not lead back
    (tree / "include").mkdir()
    (tree / "lib.h").rename(tree / "include/lib.h")
    (tree / "inc").symlink_to("include")
    words = ["cc", "-Iinc"]
    entries = [
        {"directory": str(tree), "file": f, "arguments": [*words, "-c", f]}
        for f in ("main.c", "lib.c", "other.c")
    ]
    (tree / "compile_commands.json").write_text(json.dumps(entries))
    split, thin = emitted(tree, tmp_path)
    assert {e.file for e in split.plan.thin_edits} == {"real.c", "other.c", "Makefile"}
    assert (thin / "lib.c").readlink() == Path("real.c")
    assert (thin / "inc").readlink() == Path("include")
    assert "helper" not in (thin / "lib.c").read_text()
    assert verify(thin.parent).problems == ()
    guest = thin.parent / "guest"
    assert "helper" in (guest / "src/lib.c").read_text()
    subprocess.run(["make", "build/src/real.o"], cwd=guest, check=True)
    subprocess.run(["git", "init", "-q"], cwd=tree, check=True)
    subprocess.run(["git", "apply", str(thin.parent / "split.patch")], cwd=tree, check=True)
    assert (tree / "real.c").read_bytes() == (thin / "real.c").read_bytes()


def test_callers_of_another_image_have_the_stub_that_their_cut_asks_for(
    tree: Path, tmp_path: Path
) -> None:
    _, thin = emitted(tree, tmp_path)
    assert "#define unlock tcbsplit_cut_unlock\n" in (thin / "other.c").read_text()
    assert "tcbsplit_cut_unlock (handle_t h)" in (thin / "lib.c").read_text()


def test_another_image_must_be_cut_too(tree: Path, tmp_path: Path) -> None:
    config = tree / "hv.yaml"
    lines = config.read_text().splitlines(keepends=True)
    config.write_text("".join(line for line in lines if "other_image" not in line))
    with pytest.raises(ConflictError, match=r"other\.c:4: main mentions unlock.*another image"):
        emitted(tree, tmp_path)


def test_a_cut_of_no_other_image_is_an_error(tree: Path, tmp_path: Path) -> None:
    config = tree / "hv.yaml"
    config.write_text(
        config.read_text().replace(
            "callee: unlock, other_image: true", "callee: run, other_image: true"
        )
    )
    with pytest.raises(ConflictError, match="no other image has such an edge"):
        emitted(tree, tmp_path)
