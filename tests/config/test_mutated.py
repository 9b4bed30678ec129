# SPDX-License-Identifier: MIT
"""Configurations that are changed at random: settings, or errors of the configuration."""

from __future__ import annotations

import random
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.conftest import REPOSITORY
from tests.soak.configurations import MODELS, complaint, mutated


@settings(
    max_examples=150, deadline=None, derandomize=True, database=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)  # fmt: skip
@given(model=st.sampled_from(MODELS), dice=st.randoms(use_true_random=False))
def test_a_mutated_configuration(tmp_path: Path, model: str, dice: random.Random) -> None:
    content = mutated((REPOSITORY / model).read_text(), dice)
    assert complaint(content, tmp_path / "c.yaml") == ""


@pytest.mark.parametrize("key", ["adapter", "include", "policy"])
def test_a_name_that_is_too_long(tmp_path: Path, key: str) -> None:
    """What is not even the name of a file is an error of a bearable length."""
    text = (REPOSITORY / "tests/data/tiny/tiny.yaml").read_text()
    long = "x" * 3000
    text = {
        "adapter": text.replace("adapter: adapter.c", f"adapter: {long}"),
        "include": f"{text}scenarios: {{include: [{long}]}}\n",
        "policy": text.replace("policy: handoff", f"policy: {long}", 1),
    }[key]
    assert long in text
    assert complaint(text.encode(), tmp_path / "c.yaml") == ""


def test_other_errors_are_complained_of(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def fails(path: Path) -> None:
        raise KeyError("x")

    monkeypatch.setattr("tests.soak.configurations.load", fails)
    assert complaint(b"", tmp_path / "c.yaml") == "KeyError: 'x'"
