# SPDX-License-Identifier: MIT
"""Say in words what a key of a configuration takes and means, from the schema of configurations."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from tcbsplit.config.keys import FIRST, sections
from tcbsplit.errors import UnknownNameError, near

Schema = Mapping[str, Any]


def key_text(path: str, schema: Schema) -> str:
    """Return what is known of a key: ``split.guest.flags``, ``build.thin.image``.

    Raise ``UnknownNameError`` if there is none.
    """
    record, key, part = _found(path, schema)
    section = sections()[record]
    inner = [n for n, _ in records(part, schema)]
    examples = (e for n in (*inner, record) for e in sections()[n].examples)
    example = next((e for e in examples if f"{key}:" in e), "")
    keys = [f"  {k}: {v['description']}" for n in inner for k, v in _keys(n, schema).items()]
    required = key in schema["$defs"][record].get("required", ())
    return "\n".join(
        (
            f"{path}: {value(part, schema, lambda _: 'mapping')}",
            part["description"],
            *keys,
            f"default: {'required' if required else default(part)}",
            f"since: {section.since.get(key, FIRST)}",
            "",
            "Example:",
            "",
            *(f"  {line}" for line in example.rstrip().splitlines()),
        )
    ).replace("`", "")


def _found(path: str, schema: Schema) -> tuple[str, str, Schema]:
    """Return the record that has a key, its last word, and what the schema says of it."""
    found, named = (root(schema), "", schema), False
    choices = [root(schema)]
    for word in path.split("."):
        holder = next((c for c in choices if word in _keys(c, schema)), None)
        if holder is not None:
            part = _keys(holder, schema)[word]
            found, named = (holder, word, part), _named(part)
            choices = [n for n, _ in records(part, schema)]
        elif named:
            named = False  # the name of an entry is of the user's choice: build.thin
        else:
            known = [k for c in choices for k in _keys(c, schema)]
            raise UnknownNameError(f"{path}: no key {word}{near(word, known)}")
    return found


def _named(part: Schema) -> bool:
    inner = (part, *part.get("anyOf", ()))
    return any(isinstance(p.get("additionalProperties"), dict) for p in inner)


def root(schema: Schema) -> str:
    """Return the name of the record that a whole document is."""
    return str(schema["$ref"].rpartition("/")[2])


def _keys(record: str, schema: Schema) -> dict[str, Any]:
    return dict(schema["$defs"][record]["properties"])


def records(part: Schema, schema: Schema) -> Iterator[tuple[str, str]]:
    """Yield the records of a key's value, and what of the path stands between."""
    if "$ref" in part:
        name = part["$ref"].rpartition("/")[2]
        if "properties" in schema["$defs"][name]:
            yield name, ""
    for inner in part.get("anyOf", ()):
        yield from records(inner, schema)
    if "items" in part:
        yield from records(part["items"], schema)
    if isinstance(part.get("additionalProperties"), dict):
        for name, _ in records(part["additionalProperties"], schema):
            yield name, "NAME"


def default(part: Schema) -> str:
    """Return the default of a key that may be left out."""
    found = part.get("default")
    if found is None or (not found and not isinstance(found, bool | int)):
        return "none"
    return f"`{json.dumps(found).strip(chr(34))}`"


def value(part: Schema, schema: Schema, shown: Callable[[str], str]) -> str:
    """Return in words which values a key takes; ``shown`` returns what stands for a record."""
    if "$ref" in part:
        name = part["$ref"].rpartition("/")[2]
        inner = schema["$defs"][name]
        return f"one of {_words(inner['enum'])}" if "enum" in inner else shown(name)
    if "enum" in part:
        return _words(part["enum"])
    if "anyOf" in part:
        choices = [c for c in part["anyOf"] if c.get("type") != "null"]
        if any(c.get("required") == ["name"] for c in choices):
            return "name"
        return " or ".join(dict.fromkeys(value(c, schema, shown) for c in choices))
    kind = part["type"]
    if kind == "array":
        return f"list: {value(part['items'], schema, shown)}"
    if kind == "object":
        names = _choices(part.get("propertyNames", {}), schema)
        return f"NAME: {value(part['additionalProperties'], schema, shown)}{names}"
    if kind == "integer":
        least, most = part.get("minimum"), part.get("maximum")
        limits = f" from {least}" if least is not None else ""
        return f"number{limits}{f' to {most}' if most is not None else ''}"
    return "`true` or `false`" if kind == "boolean" else "text"


def _choices(names: Schema, schema: Schema) -> str:
    """Return which names a mapping has, if they are a closed set."""
    closed = schema["$defs"][root(names)] if "$ref" in names else names
    return f"; NAME one of {_words(closed['enum'])}" if "enum" in closed else ""


def _words(choices: list[Any]) -> str:
    return ", ".join(f"`{c}`" for c in choices)
