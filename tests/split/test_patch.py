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
