# SPDX-License-Identifier: MIT
"""Describe scenario files as a JSON Schema."""

from __future__ import annotations

from typing import Any

import msgspec

from tcbsplit.config.scenario import ScenarioFile


def schema() -> dict[str, Any]:
    """Return the JSON Schema of a file of scenarios."""
    found = msgspec.json.schema(ScenarioFile)
    for name in ("Scenario",):
        # Templates may lack keys; templates and scenarios may have a base.
        part = found["$defs"][name]
        part["properties"]["base"] = {"type": "string"}
        part.pop("required", None)
    for part in found["$defs"].values():
        part["additionalProperties"] = False
    return found
