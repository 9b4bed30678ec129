# SPDX-License-Identifier: MIT
"""Explain why a function is in its class, and the chains between two functions."""

from __future__ import annotations

import msgspec

from tcbsplit.config.settings import Settings
from tcbsplit.model.advice import Between, Explanation
from tcbsplit.model.vocabulary import CodeClass
from tcbsplit.phases import explain as explaining
from tcbsplit.pipeline.retire import boundary_of, retires
from tcbsplit.pipeline.saved import Analysed, load_analysis, load_classes
from tcbsplit.pipeline.workspace import Workspace


def explain(settings: Settings, space: Workspace, function: str) -> Explanation:
    """Explain the class of a function; raise ``UnknownNameError`` for an unknown name.

    Where code is retired, also say whether it lasts beyond the boundary, and why.
    """
    program, graph, classes = load_analysis(space)
    found = explaining.explain(program, graph, classes, function)
    if not retires(settings) or found.kind is CodeClass.PREPROCESS:
        return found
    boundary = boundary_of(Analysed.of(settings, space), classes)
    last = boundary.lasts.get(found.id)
    return msgspec.structs.replace(found, lasts=last, erased=() if last else boundary.places)


def between(space: Workspace, start: str, end: str) -> Between:
    """Return all chains from one function to another."""
    return explaining.between(*load_classes(space), start, end)
