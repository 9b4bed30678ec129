# SPDX-License-Identifier: MIT
"""Describe configurations, files of scenarios and artifacts as JSON Schemas."""

from __future__ import annotations

from typing import Any, cast

import msgspec

from tcbsplit.config.keys import sections
from tcbsplit.config.name import Name
from tcbsplit.config.scenario import ScenarioFile
from tcbsplit.config.settings import NO_KEYS, Settings
from tcbsplit.model.analysis import Analysis
from tcbsplit.model.documents import DocumentKind
from tcbsplit.model.machine import Findings
from tcbsplit.model.manifest import BuildRecord, Manifest
from tcbsplit.model.report import Report
from tcbsplit.model.result import BootResult
from tcbsplit.model.table import Tables
from tcbsplit.model.trace import Audit, Trace

# What a document that a stage writes holds.
ARTIFACTS: dict[DocumentKind, Any] = {
    DocumentKind.ANALYSIS: Analysis,
    DocumentKind.MACHINE: dict[str, Findings],
    DocumentKind.MANIFEST: Manifest,
    DocumentKind.BUILD: BuildRecord,
    DocumentKind.BOOTS: list[BootResult],
    DocumentKind.EXECUTED: Trace,
    DocumentKind.AUDIT: Audit,
    DocumentKind.REPORT: Report,
    DocumentKind.TABLES: Tables,
}


def schema() -> dict[str, Any]:
    """Return the JSON Schema of a file of scenarios."""
    found = _schema(ScenarioFile, NO_KEYS - {"parameters"})
    # Templates may lack keys; templates and scenarios may have a base.
    part = found["$defs"]["Scenario"]
    part["properties"] = {"base": {"type": "string"}, **part["properties"]}
    part.pop("required", None)
    return _described(found)


def settings_schema() -> dict[str, Any]:
    """Return the JSON Schema of a configuration, for editors."""
    found = _schema(Settings, NO_KEYS)
    whole = found["$defs"]["Settings"]
    inline = whole["properties"]["scenarios"]
    whole["properties"]["scenarios"] = {"anyOf": [{"type": "string"}, inline]}
    return cast("dict[str, Any]", _unquoted(_described(found)))


def _described(found: dict[str, Any]) -> dict[str, Any]:
    """Say in a schema what each record and key means; editors show it."""
    for name, part in found["$defs"].items():
        _in_one_line(part)
        for key in part.get("properties", {}):
            meaning = sections()[name].keys[key]
            part["properties"][key] = {**part["properties"][key], "description": meaning}
    return found


def artifact_schema(kind: DocumentKind) -> dict[str, Any]:
    """Return the JSON Schema of what a stage writes."""
    found = msgspec.json.schema(ARTIFACTS[kind], schema_hook=_texts)
    for part in found.get("$defs", {}).values():
        _in_one_line(part)
    return found


def _in_one_line(part: dict[str, Any]) -> None:
    if "description" in part:
        part["description"] = " ".join(part["description"].split()).replace("``", "`")


def _unquoted(part: Any) -> Any:
    """Return a part of a schema in which text may be written without quotes: 2718, on."""
    if isinstance(part, list):
        return [_unquoted(p) for p in part]
    if not isinstance(part, dict):
        return part
    if part.get("type") == "string" and part.keys().isdisjoint({"enum", "pattern"}):
        return {**part, "type": ["string", "number", "boolean"]}
    return {k: _unquoted(v) for k, v in part.items()}


def _schema(kind: type, hidden: frozenset[str]) -> dict[str, Any]:
    """Return the schema of a record type, without the fields ``hidden``, which the loader sets."""
    found = msgspec.json.schema(kind, schema_hook=_texts)
    for part in found["$defs"].values():
        keys = part.get("properties", {})
        for key in hidden & keys.keys():
            del keys[key]
        if part.get("type") == "object":
            part["additionalProperties"] = False
    return found


def _texts(kind: type) -> dict[str, Any]:
    """Return the schema of a path, or of a name, which may be written as a mapping."""
    if kind is not Name:
        return {"type": "string"}
    optional = {
        "type": "object",
        "properties": {"name": {"type": "string"}, "optional": {"type": "boolean"}},
        "required": ["name"],
        "additionalProperties": False,
    }
    return {"anyOf": [{"type": "string"}, optional]}
