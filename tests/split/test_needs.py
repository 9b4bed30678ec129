# SPDX-License-Identifier: MIT
"""What moved code needs and nobody provides is one list, with C to fill in."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path

from tcbsplit.config.load import load
from tcbsplit.model.split import Split
from tcbsplit.pipeline.analyze import analyze
from tcbsplit.pipeline.split import split as split_trees
from tcbsplit.pipeline.workspace import Workspace

SOURCES = {
    "main.c": """\
int moved (void);
int idle (void);
int kept_log (const char *text, unsigned long length);
void kept_flush (void);
int kept_state[4];
int main (void) { kept_flush (); return kept_log ("x", 1) + kept_state[0]; }
int kept_log (const char *text, unsigned long length) { return text[length]; }
void kept_flush (void) { }
""",
    "moved.c": """\
int kept_log (const char *text, unsigned long length);
void kept_flush (void);
int outside (int n);
extern int kept_state[4];
int moved (void);
int idle (void);
static int (*work) (void); /* set by what the guest does not run */
void sets (void);
void sets (void) { work = idle; }
int moved (void) { return kept_log ("m", 1) + outside (kept_state[1]) + (work ? work () : 0); }
int idle (void) { kept_flush (); return 0; }
""",
    "list.txt": "list\n",
}


def emitted(folder: Path, adapter: str = "/* nothing */\n") -> tuple[Split, Path]:
    tree = folder / "tree"
    tree.mkdir()
    for name, text in SOURCES.items():
        (tree / name).write_text(text)
    (folder / "a.c").write_text(adapter)
    (folder / "c.yaml").write_text(
        "version: 1\nname: c\nsource: tree\nimage: c\nroots: {boot: [main]}\n"
        "preprocess: [moved, idle, sets]\nhandoff: {exclude: [{name: '*', reason: none}]}\nsplit:\n"
        "  guest: {adapter: a.c, uses: [moved], provides: ['kept_*']}\n"
        "  glue: {adapter: a.c, folder: glue, list: {file: list.txt, after: list, text: x}}\n"
    )
    commands = [
        {"directory": str(tree), "file": f, "arguments": ["cc", "-c", f]}
        for f in ("main.c", "moved.c")
    ]
    (folder / "cc.json").write_text(json.dumps(commands))
    settings = load(folder / "c.yaml", compdb=folder / "cc.json")
    space = Workspace(folder / "artifacts")
    analyze(settings, space)
    return split_trees(settings, space, folder / "split"), folder / "split/guest/needs.c"


def test_the_list_says_who_needs_what(tmp_path: Path) -> None:
    split, skeleton = emitted(tmp_path)
    assert [(n.symbol, n.callers, n.entered) for n in split.needs] == [
        ("kept_log", ("moved",), True),
        ("kept_state", ("moved",), True),
        ("outside", ("moved",), True),
        ("kept_flush", ("idle",), False),
    ]
    text = skeleton.read_text()
    assert (
        "/* kept_log: for moved */\nint kept_log (const char *text, unsigned long length)" in text
    )
    assert "int kept_state[4];" in text
    assert "outside: defined nowhere in the hypervisor" in text
    done = subprocess.run(
        ["gcc", "-fsyntax-only", "-Wno-implicit-function-declaration", skeleton],
        capture_output=True,
    )
    assert done.returncode == 0, done.stderr.decode()


def test_what_the_adapter_defines_is_provided(tmp_path: Path) -> None:
    adapter = (
        "int\nkept_log (const char *text, unsigned long length)\n{\n\treturn text[length];\n}\n"
        "int outside (int n) { return n; }\nint kept_state[4];\nvoid kept_flush (void) {}\n"
    )
    split, skeleton = emitted(tmp_path, adapter)
    assert split.needs == ()
    assert not skeleton.exists()
