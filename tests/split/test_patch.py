# SPDX-License-Identifier: MIT
"""Patches are exact for bytes that git converts or quotes elsewhere."""

from __future__ import annotations

from pathlib import Path

import pytest

from tcbsplit.errors import OutputError
from tcbsplit.split.write.patch import reverse, unified

OLD = {
    ".gitattributes": b"* text=auto eol=crlf ident\n*.bin filter=none\n",
    ".gitignore": b"*\n",
    "crlf.c": b"int a;\r\nint b; /* $Id$ */\r\n",
    "end.c": b"int a;\nint b;",
    "latin.c": b"/* \xe9\xff \0 */\nint a;\f\nint b;\n",
    "with space.c": b"int a;\n",
    "déjà/gone.c": b"int gone;\n",
}
NEW = {n: c.replace(b"int a;", b"") + b"\nint c;" for n, c in OLD.items() if "gone" not in n}


def test_a_patch_taken_back_gives_the_same_bytes(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / ".gitconfig").write_text("[core]\nautocrlf = true\n[diff]\nnoprefix = true\n")
    monkeypatch.setenv("HOME", str(tmp_path))
    new = NEW | {"same.c": b"int same;\n", "added/file.c": b"int added;\n"}
    old = OLD | {"same.c": b"int same;\n"}
    patch = unified(old, new)
    assert reverse(patch, new) == old
    assert patch == unified(old, new)
    with pytest.raises(OutputError, match=r"does not fit thin: .*end\.c"):
        reverse(patch, new | {"end.c": b"another text"})


def test_equal_trees_have_an_empty_patch() -> None:
    assert unified(OLD, OLD) == b""
    assert reverse(b"", OLD) == OLD


def test_the_repository_of_a_hook_is_left_alone(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """git gives its hooks variables that name the user's repository; programs must not run."""
    plain = unified(OLD, NEW)
    ran = tmp_path / "ran"
    program = tmp_path / "program"
    program.write_text(f"#!/bin/sh\ntouch '{ran}'\n")
    program.chmod(0o755)
    index = tmp_path / "index"
    index.write_bytes(b"the user's")
    for name in ("GIT_INDEX_FILE", "GIT_OBJECT_DIRECTORY", "GIT_COMMON_DIR", "GIT_DIR"):
        monkeypatch.setenv(name, str(index))
    monkeypatch.setenv("GIT_EXTERNAL_DIFF", str(program))
    monkeypatch.setenv("GIT_DIFF_OPTS", "--unified=0")
    monkeypatch.setenv("GIT_CONFIG_COUNT", "1")
    monkeypatch.setenv("GIT_CONFIG_KEY_0", "core.fsmonitor")
    monkeypatch.setenv("GIT_CONFIG_VALUE_0", str(program))
    assert unified(OLD, NEW) == plain
    assert reverse(plain, NEW) == OLD
    assert index.read_bytes() == b"the user's"
    assert not ran.exists()
