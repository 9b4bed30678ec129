# SPDX-License-Identifier: MIT
"""YAML in the documents is what the loader, or the templates of continuous integration, take."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.support.documents import REPOSITORY, codes, documents
from tests.support.excerpts import accept, is_excerpt


def blocks() -> Iterator[tuple[str, str]]:
    """The blocks of YAML of all documents, with their places."""
    for path in documents():
        for code in codes(path.read_text()):
            if code.language == "yaml":
                yield f"{path.relative_to(REPOSITORY)}:{code.line}", code.text


BLOCKS = dict(blocks())
EXCERPTS = {place: text for place, text in BLOCKS.items() if is_excerpt(yaml.safe_load(text))}


@pytest.mark.parametrize("place", EXCERPTS)
def test_excerpts_of_configurations_are_accepted(place: str, tmp_path: Path) -> None:
    accept(tmp_path, EXCERPTS[place])


def unknown_inputs(block: Any) -> set[str]:
    """The inputs that a block of continuous integration gives, and that nothing there takes."""
    action = yaml.safe_load((REPOSITORY / "action.yml").read_text())["inputs"].keys()
    template = yaml.safe_load((REPOSITORY / "ci/gitlab.yml").read_text())["tcbsplit"]["variables"]
    steps = [s for job in block.get("jobs", {}).values() for s in job["steps"]]
    ours = [s for s in steps if "tcbsplit" in s.get("uses", "")]
    given = {key for s in ours for key in s["with"]}
    return {*given} - {*action} | {*block.get("variables", {})} - {*template}


def test_other_blocks_are_of_continuous_integration() -> None:
    others = {p: yaml.safe_load(t) for p, t in BLOCKS.items() if p not in EXCERPTS}
    assert len(others) == 2
    for place, block in others.items():
        assert block.keys() & {"jobs", "variables"}, place
        assert unknown_inputs(block) == set(), place


def test_unknown_inputs_are_found() -> None:
    step = {"uses": "x/tcbsplit@1", "with": {"config": "a", "biuld": "b"}}
    assert unknown_inputs({"jobs": {"a": {"steps": [step]}}}) == {"biuld"}
    assert unknown_inputs({"variables": {"CONFIG": "a", "BASE": "b"}}) == {"BASE"}
    assert not is_excerpt({"roots": {}, "jobs": {}})
