# SPDX-License-Identifier: MIT
"""Facts of a header are shared by units that differ in macros which it does not depend on."""

from __future__ import annotations

from pathlib import Path

import pytest

from tcbsplit.frontend.extract.macros import Macros
from tcbsplit.frontend.extract.shared import Shared
from tcbsplit.frontend.reading import read_units
from tcbsplit.model.unit import CompileCommand, Facts
from tests.support.reading import in_process

PLAIN = "static inline int plain (void) { return 1; }\n"
# Headers that depend on -DOBJECT, on their own or by the others.
DEPENDENT = {
    "named.h": "static inline int named (void) { return OBJECT; }\n",
    "choice.h": "#ifdef OBJECT\nstatic inline int choice (void) { return 1; }\n#endif\n",
    "body.h": "static inline int body (void) { return LEADS; }\n",
    "twice.h": "static inline int twice (void) { return LEADS_TOO; }\n",
    "chosen.h": "static inline int chosen (void) { return KIND; }\n",
    "pasted.h": "#define PASTE(x) OBJ ## x\nstatic inline int pasted (void) { return 2; }\n",
}
BASE = """
#define LEADS (1 + \\
  OBJECT)
#define LEADS_TOO LEADS
"""
CHOICE = "#if defined (OBJECT) && OBJECT > 1\n#define KIND 2\n#else\n#define KIND 1\n#endif\n"
FREE = {"plain.h": PLAIN, "OBJECTS.h": "#define OBJECTS 1\nint OBJECTS_too;\n"}


@pytest.mark.parametrize("name", [*DEPENDENT, *FREE])
def test_a_header_depends_on_what_its_text_leads_to(name: str) -> None:
    texts = {**DEPENDENT, **FREE, "base.h": BASE, "choice_of.h": CHOICE, "main.c": "int x;\n"}
    contents = {path: text.encode() for path, text in texts.items()}
    found = Macros().flags(("-O2", "-DOBJECT=3", "-UOTHER"), "main.c", contents)
    assert found[name] == ("-O2\0-DOBJECT=3" if name in DEPENDENT else "-O2")
    assert "main.c" not in found


def test_units_share_what_does_not_differ(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    headers = {"base.h": BASE, "choice_of.h": CHOICE, **DEPENDENT, "plain.h": PLAIN}
    for name, text in headers.items():
        (tmp_path / name).write_text(text)
    included = "".join(f'#include "{n}"\n' for n in headers)
    commands = []
    for i, unit in enumerate(("a.c", "b.c"), 1):
        (tmp_path / unit).write_text(f"{included}int f{i} (void) {{ return plain (); }}\n")
        arguments = ("gcc", f"-DOBJECT={i}")
        commands.append(CompileCommand(file=unit, directory=str(tmp_path), arguments=arguments))
    walked: list[str] = []
    add = Shared.add

    def counted(self: Shared, facts: Facts) -> str:
        walked.extend(f.name for f in facts.functions)
        return add(self, facts)

    monkeypatch.setattr(Shared, "add", counted)
    read_units(commands, tmp_path, executor=in_process)
    assert walked.count("plain") == 1
    assert {walked.count(name.removesuffix(".h")) for name in DEPENDENT} == {2}
