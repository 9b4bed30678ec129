# SPDX-License-Identifier: MIT
"""What is resident while the target runs: by component, with and without an image; its budget."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml

from tcbsplit.config.load import load
from tcbsplit.errors import ConfigError
from tcbsplit.model.program import Program
from tcbsplit.model.resident import Amount, Resident
from tcbsplit.pipeline.check import check
from tcbsplit.pipeline.split import reread
from tcbsplit.pipeline.workspace import Workspace
from tcbsplit.pipeline.workspace import load as load_artifact
from tcbsplit.report.resident import UNNAMED, UNPLACEABLE, resident
from tcbsplit.validate.build.image import read_image
from tcbsplit.validate.evidence.erased import erased_code, unnamed_constants
from tests.support.retiring import Retired

SOURCE = """
void moved (void);
static inline int twice (int n)
{
	return 2 * n;
}
static int boot (int n)
{
	moved ();
	return twice (n);
}
void on_exit_ (void) { }
void launch (void)
{
	on_exit_ ();
}
int main (void)
{
	secret = boot (1);
	launch ();
	return 0;
}
"""


def measured(made: Retired, *flags: str) -> Resident:
    original = load_artifact(Workspace(made.folder / "artifacts").program, Program)
    thin, _ = reread(made.folder / "out")
    image = made.build(*flags)
    facts = {"original": read_image(image), "thin": read_image(image)}

    def component(path: str) -> str:
        return "all"

    erased = erased_code(image)
    return resident(original, thin, made.retired, component, "glue", facts, erased)


def test_lines_functions_and_bytes_have_one_base(tmp_path: Path) -> None:
    found = measured(Retired(tmp_path, SOURCE))
    rows = {r.component: r for r in found.rows}
    assert list(rows) == ["all", "glue", "total"]
    # ``twice`` is inlined into what is erased.
    assert (rows["all"].original.functions, rows["all"].original.lines) == (6, 21)
    assert (rows["all"].resident.functions, rows["all"].resident.lines) == (3, 11)
    assert rows["all"].resident.text_bytes < rows["all"].thin.text_bytes
    assert rows["glue"].original == Amount()
    assert rows["total"].resident.lines == 11 + rows["glue"].resident.lines
    assert found.left == ()


def test_a_copy_that_stays_is_resident_and_told(tmp_path: Path) -> None:
    found = measured(Retired(tmp_path, SOURCE), "-O0")
    assert [(one.what, one.why) for one in found.left] == [
        ("main.c:twice", "inline: compilers copy it into its callers")
    ]
    assert found.left[0].text_bytes > 0
    assert found.rows[0].resident.lines == 11 + 4


def test_constants_without_a_name_are_counted(tmp_path: Path) -> None:
    """The literals of what is erased stay; a table has a name, and is erased."""
    word = "a literal of boot code that no optimiser can turn into anything else"
    more = f'static const int t[9] = {{ 1 }}; secret = t[n]; puts ("{word}"); moved ();'
    source = SOURCE.replace("moved ();", more)
    made = Retired(tmp_path, source)
    image = made.build()
    assert len(word) < unnamed_constants(image) < 4096
    thin, _ = reread(made.folder / "out")
    found = resident(
        thin, thin, made.retired, lambda path: "all", "glue", {}, (0, 0), unnamed_constants(image)
    )
    assert [(one.what, one.text_bytes) for one in found.left if one.why == UNPLACEABLE] == [
        (UNNAMED, unnamed_constants(image))
    ]


def test_without_an_image_an_inline_copy_counts_as_erased(tmp_path: Path) -> None:
    made = Retired(tmp_path, SOURCE)
    thin, _ = reread(made.folder / "out")
    found = resident(thin, thin, made.retired, lambda path: "all", "glue", {}, (0, 0))
    assert found.rows[0].resident.lines == 11


def test_the_lock_has_a_budget_of_what_is_resident(tmp_path: Path) -> None:
    Retired(tmp_path, SOURCE)
    settings = load(tmp_path / "case.yaml", compdb=tmp_path / "cc.json")
    space, lock = Workspace(tmp_path / "artifacts"), tmp_path / "tcb.lock"
    assert check(settings, space, lock, update=True, reason="").holds
    document = yaml.safe_load(lock.read_text())
    assert document["resident"] == {"top": {"functions": 3, "lines": 11}}
    assert check(settings, space, lock, update=False, reason="").holds
    document["resident"]["top"]["lines"] = 7
    lock.write_text(yaml.safe_dump(document))
    verdict = check(settings, space, lock, update=False, reason="")
    assert verdict.components == ("resident: top: 4 lines more",)
    assert verdict.larger
    with pytest.raises(ConfigError, match="the TCB grew"):
        check(settings, space, lock, update=True, reason="")
