"""minivisor's own configuration means what it names; each of its names, misspelt, is an error."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import msgspec
import pytest

from tcbsplit.config import Name, Settings, load
from tcbsplit.errors import UnknownNameError
from tcbsplit.frontend.pool import Batch, Items
from tcbsplit.pipeline.analyze import analyze
from tcbsplit.pipeline.capture import capture_copy
from tcbsplit.pipeline.extraction import Extraction
from tcbsplit.pipeline.workspace import Workspace
from tests.conftest import REPOSITORY


@pytest.fixture(scope="module")
def captured(tmp_path_factory: pytest.TempPathFactory) -> tuple[Settings, Workspace]:
    settings = load(REPOSITORY / "configs/minivisor.yaml")
    space = Workspace(tmp_path_factory.mktemp("names"))
    capture_copy(settings, space)
    return settings, space


def unwanted(items: Items, root: Path) -> Iterator[Batch]:
    raise AssertionError("a unit was read")


def test_a_misspelt_registry_does_not_shrink_the_run_time_code(
    captured: tuple[Settings, Workspace], tmp_path: Path
) -> None:
    settings, space = captured
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
            analyze(other, Workspace(tmp_path), how=Extraction(tmp_path / "cache.sqlite"))
        assert str(caught.value).startswith(f"{units.where}: registry units: {complaint}")
    assert not (tmp_path / "analysis.json").exists()


def test_a_wrong_file_pattern_is_told_before_a_unit_is_read(
    captured: tuple[Settings, Workspace], tmp_path: Path
) -> None:
    settings, space = captured
    wrong = Name("file:arch/svm/vmrum.S", "minivisor.yaml:23")
    roots = msgspec.structs.replace(settings.roots, runtime=(*settings.roots.runtime, wrong))
    other = msgspec.structs.replace(settings, roots=roots, compdb=space.compdb)
    with pytest.raises(UnknownNameError) as caught:
        analyze(other, Workspace(tmp_path), how=Extraction(executor=unwanted))
    assert str(caught.value).startswith(
        "minivisor.yaml:23: roots.runtime: file:arch/svm/vmrum.S: no file of the tree is "
        "arch/svm/vmrum.S; did you mean arch/svm/vmrun.S"
    )
