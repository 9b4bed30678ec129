# SPDX-License-Identifier: MIT
"""Print the schema of scenario files, and of what stages write."""

from __future__ import annotations

from typing import Annotated

import typer

from tcbsplit.cli.output import dump
from tcbsplit.errors import InputError, near
from tcbsplit.model.documents import DocumentKind


def schema(
    kind: Annotated[
        str, typer.Argument(metavar="[KIND]", help=f"Of which: {', '.join(DocumentKind)}.")
    ] = DocumentKind.SCENARIOS.value,
) -> None:
    """Print the JSON Schema of files of scenarios, for editors, or of what a stage writes."""
    from tcbsplit.pipeline.schema import artifact_schema
    from tcbsplit.pipeline.schema import schema as scenario_schema

    if kind not in list(DocumentKind):
        hint = near(kind, DocumentKind) or f"; there are: {', '.join(DocumentKind)}"
        raise InputError(f"no schema of {kind}{hint}")
    found = DocumentKind(kind)
    dump(scenario_schema() if found is DocumentKind.SCENARIOS else artifact_schema(found))
