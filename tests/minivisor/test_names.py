# SPDX-License-Identifier: MIT
"""minivisor's own configuration means what it names; each of its names, misspelt, is an error."""

from __future__ import annotations

from collections.abc import Generator
from pathlib import Path

import msgspec
import pytest

from tcbsplit.config.name import Name
from tcbsplit.errors import UnknownNameError
from tcbsplit.frontend.pool import News
from tcbsplit.frontend.worker import Items
from tcbsplit.pipeline.analyze import analyze
from tcbsplit.pipeline.analyze import analyze as run_analyze
from tcbsplit.pipeline.extraction import Extraction
from tcbsplit.pipeline.workspace import Workspace
from tests.support.minivisor import Minivisor


def unwanted(items: Items, root: Path) -> Generator[News, None, None]:
    raise AssertionError("a unit was read")


def test_a_misspelt_registry_does_not_shrink_the_run_time_code(
    minivisor: Minivisor, tmp_path: Path
) -> None:
    settings, space = minivisor.settings, minivisor.analysed()
    (units,) = settings.registries
    for change, complaint in (
        ({"function": "inti"}, "function: struct unit has no field inti; did you mean init"),
        ({"key": "idd"}, "key: struct unit has no field idd; did you mean id"),
        ({"argument": 1}, "argument: units_call has 1 argument, counted from 0: none is 1"),
        ({"keys": {"hv_mian": ("arch",)}}, "keys: no function hv_mian; did you mean hv_main"),
    ):
        wrong = msgspec.structs.replace(units, **change)
        other = msgspec.structs.replace(settings, registries=(wrong,), compdb=space.compdb)
        with pytest.raises(UnknownNameError) as caught:
            run_analyze(other, Workspace(tmp_path), how=minivisor.how)
        assert str(caught.value).startswith(f"{units.where}: registry units: {complaint}")
    assert not (tmp_path / "analysis.json").exists()


def test_a_wrong_file_pattern_is_told_before_a_unit_is_read(
    minivisor: Minivisor, tmp_path: Path
) -> None:
    settings, space = minivisor.settings, minivisor.analysed()
    wrong = Name("file:arch/svm/vmrum.S", "minivisor.yaml:23")
    roots = msgspec.structs.replace(settings.roots, runtime=(*settings.roots.runtime, wrong))
    other = msgspec.structs.replace(settings, roots=roots, compdb=space.compdb)
    with pytest.raises(UnknownNameError) as caught:
        analyze(other, Workspace(tmp_path), how=Extraction(executor=unwanted))
    assert str(caught.value).startswith(
        "minivisor.yaml:23: roots.runtime: file:arch/svm/vmrum.S: no file of the tree is "
        "arch/svm/vmrum.S; did you mean arch/svm/vmrun.S"
    )
