# SPDX-License-Identifier: MIT
"""Small programs of one file whose boot code is retired; they run as programs of the host."""

from __future__ import annotations

import subprocess
from collections.abc import Mapping, Sequence
from pathlib import Path

from tcbsplit.config.load import load
from tcbsplit.model.edit import Emission
from tcbsplit.model.retire import Retirement, SectionKind
from tcbsplit.model.vocabulary import Style, bare_name
from tcbsplit.pipeline.analyze import analyze
from tcbsplit.pipeline.split import split
from tcbsplit.pipeline.workspace import Workspace
from tests.support.divided import MAIN_ONLY, laid_out
from tests.support.reading import IN_PROCESS

# ``main`` boots, ``launch`` starts the target, ``on_exit_`` handles its exits.
HEAD = """
#include <stdio.h>
void on_exit_ (void);
void launch (void);
int secret;
"""
TAIL = """
void moved (void) { }
"""
CONFIG = """\
preprocess: [moved]
cuts: [{caller: "*", callee: moved, policy: elide, reason: "r"}]
"""
# The linker knows ``hidden``; the analysis does not.
SCRIPT = "PROVIDE (hidden = on_boot);\nSECTIONS\n{\n\t/* here */\n}\nINSERT AFTER .data;\n"
ADAPTER = r"""
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include "adapter.h"
extern char tcbsplit_retired_text[], tcbsplit_retired_data_end[];
static void __attribute__ ((constructor)) unlock (void)
{
	unsigned long size = tcbsplit_retired_data_end - tcbsplit_retired_text;

	if (mprotect (tcbsplit_retired_text, size, PROT_READ | PROT_WRITE | PROT_EXEC))
		abort ();
}
void tcbsplit_adapter_print (const char *line) { puts (line); fflush (stdout); }
void tcbsplit_adapter_panic (const char *line) { puts (line); exit (7); }
"""


class Retired:
    """A program, split into ``folder/out``."""

    def __init__(
        self, folder: Path, source: str, retire: str = "", *, style: str = "excise",
        adapter: str = ADAPTER, script: str = "/* here */",
        more: Mapping[str, str] | None = None,
        units: Sequence[tuple[str, list[str]]] = MAIN_ONLY, roots: str = "",
    ) -> None:  # fmt: skip
        self.folder, self.style = folder, style
        files = {"main.c": HEAD + source + TAIL, "x.lds": SCRIPT, **(more or {})}
        words = f'retire: {{linker: {{file: x.lds, after: "{script}"}}{retire}}}\n'
        config = f"  {words}{CONFIG}launch: [launch]\n"
        laid_out(folder, files, config, units)
        (folder / "case.yaml").write_text(
            (folder / "case.yaml")
            .read_text()
            .replace("roots: {boot: [main]", f"roots: {{boot: [main], runtime: [on_exit_]{roots}")
        )
        (folder / "thin.c").write_text(adapter)
        settings = load(folder / "case.yaml", compdb=folder / "cc.json")
        space = Workspace(folder / "artifacts")
        analyze(settings, space, how=IN_PROCESS)
        made = split(
            settings, space, folder / "out", how=IN_PROCESS, emission=Emission(style=Style(style))
        )
        assert made.plan.retired is not None
        self.retired: Retirement = made.plan.retired

    def placed(self, *kinds: SectionKind) -> set[str]:
        """The bare names of what is retired in these sections, of code by default."""
        wanted = kinds or (SectionKind.CODE,)
        return {bare_name(p.id) for p in self.retired.placed if p.section in wanted}

    @property
    def data(self) -> set[str]:
        return self.placed(*(k for k in SectionKind if k is not SectionKind.CODE))

    @property
    def unplaced(self) -> dict[str, str]:
        return {bare_name(u.id): u.why for u in self.retired.unplaced}

    def build(self, *flags: str, compiler: str = "gcc") -> Path:
        """Link the thin tree; the adapter makes what is retired writable."""
        thin = self.folder / "out/thin"
        macros = ["-DTCBSPLIT_THIN"] if self.style == "guard" else []
        done = subprocess.run(
            [compiler, "-std=gnu11", "-O2", "-Wall", "-Wextra", "-Werror", "-fno-pie",
             *(f for f in flags if not f.startswith("-Wl,")), *macros, "-Iglue", "-c",
             "main.c", "glue/retire.c", "glue/adapter.c"],
            cwd=thin, capture_output=True, text=True,
        )  # fmt: skip
        assert done.returncode == 0, done.stderr
        subprocess.run(
            ["gcc", "-no-pie", "-Wl,-T,x.lds,--no-warn-rwx-segments",
             *(f for f in flags if f.startswith("-Wl,")), "-o", "program",
             "main.o", "retire.o", "adapter.o"],
            cwd=thin, check=True,
        )  # fmt: skip
        return thin / "program"

    def run(self, *flags: str, compiler: str = "gcc") -> subprocess.CompletedProcess[str]:
        program = self.build(*flags, compiler=compiler)
        return subprocess.run([program], capture_output=True, text=True, timeout=30)
