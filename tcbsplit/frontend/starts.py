# SPDX-License-Identifier: MIT
"""Find the entry symbols that linker scripts name (GNU ld manual, 3.4.1)."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from pathlib import Path

from tcbsplit.files import read_file

_SCRIPT = re.compile(r"\.(ld|lds|x|ldscript)(\.(S|in|h|c))?$")
_ENTRY = re.compile(r"\bENTRY\s*\(\s*\"?([A-Za-z_.$][\w.$]*)\"?\s*\)")
_COMMENT = re.compile(r"/\*.*?\*/", re.DOTALL)


def entries(root: Path, files: Iterable[str]) -> Iterator[tuple[str, str]]:
    """Yield (symbol, script) of every ENTRY in the linker scripts among ``files``."""
    for file in files:
        if not _SCRIPT.search(file):
            continue
        try:
            text = read_file(root / file).decode("utf-8", "replace")
        except OSError:
            continue
        for symbol in dict.fromkeys(_ENTRY.findall(_COMMENT.sub("", text))):
            yield symbol, file
