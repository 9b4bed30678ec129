# SPDX-License-Identifier: MIT
"""The order of minivisor: what protects it is set up before the preprocessing guest runs."""

from __future__ import annotations

import re
from pathlib import Path

from tcbsplit import artifacts
from tcbsplit.config.load import load
from tcbsplit.model.order import BootOrder
from tcbsplit.model.vocabulary import bare_name
from tcbsplit.pipeline.analyze import analyze
from tcbsplit.pipeline.order import order
from tcbsplit.pipeline.workspace import Workspace
from tests.support.minivisor import CONFIG, Minivisor

CALL = re.compile(r'^\tunits_call \("(\w+)"\).*\n', re.MULTILINE)


def called(text: str, *units: str) -> str:
    """``hv_main`` with the calls of these units in this order, at the place of the first."""
    lines = {found[1]: found[0] for found in CALL.finditer(text)}
    assert lines.keys() >= {*units}
    first = min(text.index(lines[u]) for u in units)
    for unit in units:
        text = text.replace(lines[unit], "")
    return text[:first] + "".join(lines[u] for u in units) + text[first:]


def checked(minivisor: Minivisor, folder: Path, *units: str) -> BootOrder:
    """The order of a copy of minivisor that calls ``units`` in this order."""
    source = minivisor.settings.source
    tree = folder / "tree"
    artifacts.copy_tree(source, artifacts.source_files(source), tree)
    main = tree / "core/main.c"
    main.write_text(called(main.read_text(), *units))
    database = folder / "compile_commands.json"
    database.write_text(minivisor.analysed().compdb.read_text().replace(str(source), str(tree)))
    settings = load(CONFIG, source=tree, compdb=database)
    space = Workspace(folder / "artifacts")
    analyze(settings, space, how=minivisor.how)
    return order(settings, space)


def test_protections_after_the_guest_are_found(minivisor: Minivisor, tmp_path: Path) -> None:
    found = checked(minivisor, tmp_path, "preproc", "pass")
    # What handlers read, and the permission maps, which the processor reads.
    assert {"ranges", "range_count", "leaves", "leaf_count", "io_map", "msr_map"} <= {
        bare_name(s.name) for s in found.late
    }
    assert {"pass_cpuid_init", "pass_msr_init", "pass_port_init"} <= {
        bare_name(i) for s in found.late for w in s.ways for i in w.chain.ids[1:2]
    }
    assert {"hide_svm", "hide_leaf"} <= {bare_name(h.function) for h in found.handlers}


def test_a_guard_after_the_guest_is_found(minivisor: Minivisor, tmp_path: Path) -> None:
    found = checked(minivisor, tmp_path, "pass", "preproc")  # "guard" is called after both
    assert {"closed", "ranges"} <= {bare_name(s.name) for s in found.late}


def test_minivisor_holds(minivisor: Minivisor) -> None:
    found = order(minivisor.settings, minivisor.analysed())
    assert found.holds, [s.name for s in found.late]
