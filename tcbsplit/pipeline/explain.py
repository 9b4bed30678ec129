# SPDX-License-Identifier: MIT
"""Explain why a function is in its class, and the chains between two functions."""

from __future__ import annotations

from tcbsplit.model.advice import Between, Explanation
from tcbsplit.phases import explain as explaining
from tcbsplit.pipeline.saved import load_analysis, load_classes
from tcbsplit.pipeline.workspace import Workspace


def explain(space: Workspace, function: str) -> Explanation:
    """Explain the class of a function; raise ``UnknownNameError`` for an unknown name."""
    return explaining.explain(*load_analysis(space), function)


def between(space: Workspace, start: str, end: str) -> Between:
    """Return all chains from one function to another."""
    return explaining.between(*load_classes(space), start, end)
