# SPDX-License-Identifier: MIT
"""What is said of a configuration before any unit is read: files, flags, contradictions."""

from __future__ import annotations

from pathlib import Path

import pytest

from tcbsplit.config.load import load
from tcbsplit.config.precheck import void
from tcbsplit.config.select import may_mean
from tcbsplit.errors import ConfigError
from tcbsplit.model.unit import CompileCommand

BASE = "version: 1\nname: hv\nsource: .\nimage: hv\n"
SPLIT = """
split:
  glue: {adapter: core/main.c, list: {file: Makefile, after: "objs :=", text: x}}
  guest: {adapter: core/main.c%s}
"""
SOURCES = ("core/main.c", "core/x86/entry.s", "drivers/ata.c", "drivers/usb.c", "vpn/vpn.c")
FILES = (*SOURCES, "Makefile", "include/core.h", "tools/boot.c")


def complaints(folder: Path, text: str) -> list[str]:
    """Write a tree with its configuration; return what is said."""
    for name in FILES:
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text("objs := core/main.o\n")
    (folder / "hv.yaml").write_text(BASE + text)
    commands = [
        CompileCommand(file=f, directory=str(folder), arguments=("gcc", "-mno-sse", "-Iinclude"))
        for f in SOURCES
    ]
    entries = [(f, f"{f}.o") for f in (*SOURCES, "tools/boot.c")]
    return void(load(folder / "hv.yaml"), entries, commands, FILES)


GOOD = (
    "roots: {boot: [main], runtime: ['file:core/x86/*.s', 'section:.x', 'core/main.c:on_exit',\n"
    "        'registry:units:panic', 'attribute:weak', handler]}\n"
    "exclude: ['tools/*']\n"
    "components: {core: ['core/*', 'include/*'], drivers: ['drivers/*'], rest: ['*']}\n"
    "preprocess: ['vpn/*', 'drivers/*init', '*:probe', '*/usb.c']\n"
    "registries: [{name: units, record: struct u, function: f, dispatch: d}]\n"
    "cuts: [{caller: '*', callee: 'vpn/*:init', policy: elide, reason: x}]\n"
)


def test_nothing_is_said_of_what_is_there(tmp_path: Path) -> None:
    text = GOOD + SPLIT % ", provides: ['core/*', 'file:include/*'], drop_flags: [-mno-sse]"
    assert complaints(tmp_path, text) == []


ROOTS = "roots: {boot: [main]}\n"


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        (
            "roots: {boot: ['file:core/x68/entry.s']}\n",
            "hv.yaml:5: roots.boot: file:core/x68/entry.s: no file of the tree is "
            "core/x68/entry.s; did you mean core/x86/entry.s",
        ),
        (
            "roots: {boot: [main], runtime: [handler,\n  'core/x68/*.s']}\n",
            "hv.yaml:6: roots.runtime: core/x68/*.s: no file of the tree is core/x68/*.s; did you",
        ),
        ("roots: {boot: [main], boot_only: ['cor/*']}\n", "hv.yaml:5: roots.boot_only: cor/*: no"),
        (
            ROOTS + "launch: ['core/mian.c:run']\n",
            "hv.yaml:6: launch: core/mian.c:run: no file of the tree is core/mian.c; did you mean "
            "core/main.c",
        ),
        (ROOTS + "preprocess: ['idman/*']\n", "hv.yaml:6: preprocess: idman/*: no file"),
        (ROOTS + "pinned: ['file:idman/*']\n", "hv.yaml:6: pinned: file:idman/*: no file"),
        (
            ROOTS + "launch: ['attribute:weka']\n",
            "hv.yaml:6: launch: no attribute weka; did you mean weak?; there are: assembly, ",
        ),
        (
            ROOTS + "launch: ['registry:unit:x']\n"
            "registries: [{name: units, record: r, function: f, dispatch: d}]\n",
            "hv.yaml:6: launch: no registry unit; did you mean units? (configured: units)",
        ),
        (
            ROOTS + "exclude: ['tols/*']\n",
            "hv.yaml:6: exclude: no source or output in the compile database is tols/*",
        ),
        (
            ROOTS + "components: {core: ['core/*'],\n  net: ['net/*']}\n",
            "hv.yaml:7: components.net: no file of the tree is net/*",
        ),
        (
            ROOTS + "components: {core: ['*'],\n  net: ['vpn/*']}\n",
            "hv.yaml:7: components.net: every file that is vpn/* belongs to core already",
        ),
        (
            ROOTS + "cuts: [{caller: 'net/*:f', callee: g, policy: elide, reason: x}]\n",
            "hv.yaml:6: cut: net/*:f: no file of the tree is net/*",
        ),
        (
            ROOTS + "bridges: [{caller: 'net/x.c:f', callee: g, reason: x}]\n",
            "hv.yaml:6: bridge: net/x.c:f: no file of the tree is net/x.c",
        ),
        (
            ROOTS + "registries: [{name: u, record: r, function: f, dispatch: 'core/man.c:d'}]\n",
            "hv.yaml:6: registry u: core/man.c:d: no file of the tree is core/man.c; did you mean "
            "core/main.c",
        ),
        (
            ROOTS + "handoff: {secret: ['idman/pin.c:*']}\n",
            "hv.yaml:6: handoff.secret: idman/pin.c:*: no file of the tree is idman/pin.c",
        ),
        (
            ROOTS + "handoff: {include: [{name: 'idman/pin.c:pin', reason: x}]}\n",
            "hv.yaml:6: handoff.include: idman/pin.c:pin: no file of the tree is idman/pin.c",
        ),
        (
            ROOTS + SPLIT % ", provides: ['ip/*']",
            "hv.yaml:9: split.guest.provides: ip/*: no file of the tree is ip/*",
        ),
        (
            ROOTS + SPLIT % ", drop_flags: [-mno-see]",
            "hv.yaml:9: split.guest.drop_flags: no compile command has -mno-see; did you mean "
            "-mno-sse",
        ),
        (
            ROOTS + (SPLIT % "").replace("objs :=", "objects :="),
            "hv.yaml:8: split.glue.list.after: no line of Makefile has 'objects :='",
        ),
        (
            ROOTS + (SPLIT % "").replace("file: Makefile", "file: makefile"),
            "hv.yaml:8: split.glue.list.file: no file makefile in the tree; did you mean Makefile",
        ),
        (
            ROOTS + "preprocess: [main]\n",
            "hv.yaml:5: roots.boot: main is in roots.boot and designated preprocess; it cannot be",
        ),
        (
            "roots: {boot: [main], runtime: [f], boot_only: [f]}\n",
            "hv.yaml:5: roots.boot_only: f is in roots.runtime and in roots.boot_only; it can be",
        ),
        (
            ROOTS + "cuts:\n  - {caller: a, callee: b, policy: elide, reason: x}\n"
            "  - {caller: a, callee: b, policy: panic, reason: x}\n",
            "hv.yaml:8: cut a -> b: is given twice; the second would mean nothing",
        ),
        (
            ROOTS + "registries:\n  - {name: u, record: r, function: f, dispatch: d}\n"
            "  - {name: u, record: s, function: f, dispatch: d}\n",
            "hv.yaml:8: registry u: is given twice",
        ),
        (
            ROOTS + "handoff: {secret: [key], exclude: [{name: key, reason: x}]}\n",
            "hv.yaml:6: handoff.secret: key is excluded, too: it is not sent, so it is not wiped",
        ),
        (
            ROOTS + "handoff: {include: [{name: v, reason: x}], exclude: [{name: v, reason: x}]}\n",
            "hv.yaml:6: handoff.include: v is excluded, too",
        ),
    ],
)
def test_what_means_nothing_is_told_with_its_place(
    tmp_path: Path, text: str, complaint: str
) -> None:
    found = complaints(tmp_path, text)
    assert len(found) == 1
    assert found[0].startswith(complaint)


@pytest.mark.parametrize(
    "text",
    [
        "roots: {boot: [main, {name: 'file:net/*', optional: true}]}\n",
        ROOTS + "exclude: [{name: 'net/*', optional: true}]\n",
        ROOTS + "components: {net: [{name: 'net/*', optional: true}]}\n",
        ROOTS + "cuts: [{caller: 'net/*', callee: f, policy: elide, reason: x, optional: true}]\n",
        ROOTS + "bridges: [{caller: 'n/x.c:f', callee: g, reason: x, optional: true}]\n",
        ROOTS + "registries: [{name: u, record: r, function: f, dispatch: 'n/x.c:d',\n"
        "  optional: true}]\n",
        ROOTS + "handoff: {secret: [{name: 'net/x.c:*', optional: true}],\n"
        "  exclude: [{name: 'n/*', reason: x, optional: true}]}\n",
        ROOTS + SPLIT % ", provides: [{name: 'ip/*', optional: true}]",
        ROOTS + SPLIT % ", drop_flags: [{name: -mno-see, optional: true}]",
    ],
)
def test_what_is_optional_may_be_void(tmp_path: Path, text: str) -> None:
    assert complaints(tmp_path, text) == []


def test_a_name_as_a_mapping_has_its_own_mistakes(tmp_path: Path) -> None:
    text = "roots:\n  boot:\n    - main\n    - {nam: x}\n    - {name: x, optional: maybe}\n"
    with pytest.raises(ConfigError) as caught:
        complaints(tmp_path, text)
    assert [line.partition("hv.yaml:")[2] for line in str(caught.value).splitlines()] == [
        "8: roots.boot[1].nam: unknown key; did you mean name?",
        "8: roots.boot[1]: missing key name",
        "9: roots.boot[2].optional: must be true or false, not 'maybe'",
    ]


@pytest.mark.parametrize(
    ("pattern", "means"),
    [
        ("idman/*", True),
        ("idman/pin.c", True),
        ("*/pin.c", True),
        ("idman/*init", True),  # idman/pin.c:pin_init
        ("idman/*.c:ask", True),
        ("idman/pin.c:a?k", True),
        ("*:ask", True),
        ("idman/*.s", False),  # names in C have no dots
        ("idman/pin.s:*", False),
        ("core/*init", False),
        ("idman", False),
    ],
)
def test_patterns_of_files_and_ids(pattern: str, means: bool) -> None:
    assert may_mean(pattern, "idman/pin.c") is means
