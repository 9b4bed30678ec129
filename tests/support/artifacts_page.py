# SPDX-License-Identifier: MIT
"""Writes the reference of artifacts from the types that are saved, and the comments in them."""

from __future__ import annotations

import inspect
import re
from collections.abc import Iterator, Mapping
from typing import Any, get_args

import msgspec

from tcbsplit.model.access import UnknownUse
from tcbsplit.model.documents import DocumentKind
from tcbsplit.pipeline.schema import ARTIFACTS, artifact_schema
from tests.support.documents import anchor_of
from tests.support.reference import WRITTEN

# File below the artifacts, the stage that writes it, what it holds.
FILES: Mapping[DocumentKind, tuple[str, str, str]] = {
    DocumentKind.ANALYSIS: ("analysis.json", "analyze", "functions with class and chain, edges"),
    DocumentKind.MACHINE: ("machine.json", "analyze, run, audit", "machine code, by build"),
    DocumentKind.MANIFEST: ("split/manifest.json", "split", "what moved and stayed, with hashes"),
    DocumentKind.BUILD: ("split/build.json", "build", "what builds wrote, with hashes"),
    DocumentKind.BOOTS: ("boots.json", "boot", "a list: the verdicts of the last boots"),
    DocumentKind.EXECUTED: ("traces/*/executed.json", "trace", "functions that ran, by phase"),
    DocumentKind.AUDIT: ("audit.json", "audit", "what ran and should not have"),
    DocumentKind.REPORT: ("split/report.json", "report", "all results"),
    DocumentKind.TABLES: ("split/tables/tables.json", "report", "all tables"),
}
# Those that only later stages read, or people.
OTHERS = (
    ("compile_commands.json", "capture", "the compile database"),
    ("original/", "capture", "a copy of the source tree, built"),
    ("program.msgpack", "analyze", "the facts of all units, linked"),
    ("graph.msgpack", "analyze", "the reference graph"),
    ("classes.msgpack", "analyze", "phases and classes"),
    ("degraded/", "analyze", "files that reproduce the errors of degraded units"),
    ("split/", "split", "the emitted trees ([the split](../explanation/split.md#out))"),
    ("logs/", "capture, build", "what builds printed"),
    ("assets/", "boot", "files for the boots"),
    ("boots/", "boot", "a folder for each boot: consoles, disks, verdict, command line"),
    ("traces/", "trace", "the same for boots that were traced"),
    ("analysis.stamp", "analyze", "what `status` compares; so are the other files"),
)
INTRO = """\
Stages keep what they find in one folder for each configuration: `tcbsplit help artifacts` says
where. These files are for other programs:
"""
VERSIONS = """
A document with a `version` keeps names and order; a higher version says that something was renamed
or left. A field that is missing has its default.
"""


def artifacts_page() -> str:
    """Return the page of the artifacts."""
    parts = [WRITTEN.format("the types in tcbsplit/model"), "# Artifacts and their schema\n"]
    parts.append(INTRO)
    parts.append(
        "| file | stage | what it holds | its schema | record |\n| --- | --- | --- | --- | --- |"
    )
    schemas = {kind: artifact_schema(kind) for kind in FILES}
    for kind, (file, stage, what) in FILES.items():
        record = _first(ARTIFACTS[kind])
        parts.append(
            f"| `{file}` | {stage} | {what} | `tcbsplit schema {kind}` | "
            f"[{record}](#{anchor_of(record)}) |"
        )
    parts += [VERSIONS, "## Other files\n"]
    parts.append("| file | stage | what it holds |\n| --- | --- | --- |")
    parts += [f"| `{file}` | {stage} | {what} |" for file, stage, what in OTHERS]
    parts.append("\n## Records\n")
    records: dict[str, tuple[Any, Any]] = {}
    for found in schemas.values():
        for name, part in found["$defs"].items():
            if "enum" not in part:
                records.setdefault(name, (part, found["$defs"]))
    ours = (c for c in _records(msgspec.Struct) if c.__module__.startswith("tcbsplit."))
    classes: dict[str, type] = {c.__name__: c for c in (*ours, UnknownUse)}
    for name in sorted(records):
        parts += _record(name, *records[name], classes[name])
    return "\n".join(parts)


def _first(kind: Any) -> str:
    """Return the name of the record that a document is, or has several of."""
    while arguments := get_args(kind):
        kind = arguments[-1]
    return str(kind.__name__)


def _records(kind: type) -> Iterator[type]:
    for inner in kind.__subclasses__():
        yield inner
        yield from _records(inner)


def _record(name: str, part: Any, names: Any, kind: type) -> Iterator[str]:
    yield f"### {name}\n"
    said = " ".join((kind.__doc__ or "").split()).replace("``", "`")
    listed = " A list, in this order." if "prefixItems" in part else ""
    yield f"{said}{listed}\n"
    yield "| field | value | meaning |\n| --- | --- | --- |"
    meanings = comments(kind)
    values = part.get("prefixItems") or list(part["properties"].values())
    for (field, written), value in zip(_fields(kind), values, strict=True):
        meaning = meanings.get(field, "").replace("|", "\\|").replace("``", "`")
        yield f"| `{written}` | {_value(value, names)} | {meaning} |"
    yield ""


def _fields(kind: type) -> list[tuple[str, str]]:
    """Return the fields of a record: their names, and those that are written."""
    if issubclass(kind, msgspec.Struct):
        return [(f.name, f.encode_name) for f in msgspec.structs.fields(kind)]
    return [(name, name) for name in kind.__annotations__]


def _value(part: Any, names: Any) -> str:
    if "$ref" in part:
        name = part["$ref"].rpartition("/")[2]
        inner = names[name]
        if "enum" in inner:
            return "one of " + ", ".join(f"`{c}`" for c in inner["enum"])
        return f"[{name}](#{anchor_of(name)})"
    if "anyOf" in part:
        return " or ".join(_value(p, names) for p in part["anyOf"])
    kind = part.get("type", "")
    if kind == "array" and "prefixItems" in part:
        return "list: " + ", ".join(_value(p, names) for p in part["prefixItems"])
    if kind == "array":
        return f"list: {_value(part['items'], names)}" if "items" in part else "list"
    if kind == "object":
        inner = part.get("additionalProperties")
        return f"mapping: {_value(inner, names)}" if isinstance(inner, dict) else "mapping"
    plain = {"integer": "number", "boolean": "`true` or `false`", "string": "text"}
    return plain.get(kind, str(kind))


def comments(kind: type) -> dict[str, str]:
    """Return what comments in the source say of the fields of a record."""
    found: dict[str, str] = {}
    above: list[str] = []
    for line in inspect.getsource(kind).splitlines():
        field = re.match(r"    (\w+): [^#]*?(?:  # (.*))?$", line)
        if comment := re.match(r"    # (.*)", line):
            above.append(comment[1])
        elif field:
            found[field[1]] = (field[2] or " ".join(above)).strip()
            above = []
        else:
            above = []
    return found
