# SPDX-License-Identifier: MIT
"""Print the schema of scenario files."""

from __future__ import annotations

from tcbsplit.cli.output import dump


def schema() -> None:
    """Print the JSON Schema of files of scenarios, for editors."""
    from tcbsplit.pipeline.schema import schema as scenario_schema

    dump(scenario_schema())
