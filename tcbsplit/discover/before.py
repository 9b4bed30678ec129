# SPDX-License-Identifier: MIT
"""Find files whose code runs before the launch only: candidates for preprocessing."""

from __future__ import annotations

import re
from collections import defaultdict

from tcbsplit.model.draft import Believed
from tcbsplit.model.phase import Classification
from tcbsplit.model.program import Program
from tcbsplit.model.vocabulary import Phase

_FEWEST = 40  # lines of code
# What usually can be done by a guest: identities, keys, configuration, formats.
_PREPARES = re.compile(
    r"ident|idman|passw|auth|cert|rsa|x509|asn1|pkcs|crypt|sha\d|aes|key|config|cfg|parse|cmdline|acpi"
    r"|dmi|fdt|dtb|inflate|unzip|decompress|lz|elf|font|logo|test"
)


def boot_only(program: Program, classes: Classification) -> tuple[Believed, ...]:
    """Return files, those first whose name speaks of preparations, then by size.

    What touches hardware (inline assembly, assembly) is left out.
    """
    lines: dict[str, int] = defaultdict(int)
    bound: set[str] = set()  # files with code that must stay
    for identity, function in program.functions.items():
        found = classes.functions.get(identity)
        phases = found.phases if found else ()
        file = function.extent.file
        if Phase.RUNTIME in phases or function.assembly or (phases and function.privileged):
            bound.add(file)
        elif phases:
            lines[file] += program.lines_of(function)
    free = [f for f, n in lines.items() if f not in bound and n >= _FEWEST]
    return tuple(
        Believed(
            value=f"file:{file}",
            why=f"{lines[file]} lines that run before the launch only, without inline assembly",
        )
        for file in sorted(free, key=lambda f: (not _PREPARES.search(f.lower()), -lines[f], f))
    )
