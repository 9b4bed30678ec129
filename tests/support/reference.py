# SPDX-License-Identifier: MIT
"""Writes the reference of keys and of the command line, from the types and from its help."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from typing import Any

from tcbsplit.cli.app import main_command
from tcbsplit.cli.described import Described, described
from tcbsplit.cli.manual import EXAMPLES, GROUPS, TOPICS, ending
from tcbsplit.config.keys import FIRST, sections
from tests.support.documents import anchor_of

WRITTEN = "<!-- Written by `make golden`; change what it is written from: {} -->\n"
Schema = Mapping[str, Any]


def keys_page(title: str, intro: str, schema: Schema, without: frozenset[str] = frozenset()) -> str:
    """Return the page of the keys of a schema; records ``without`` have a page of their own."""
    named = _places(schema, without)
    headings = {name: ", ".join(f"`{p}`" for p in dict.fromkeys(named[name])) for name in named}
    first = next(iter(headings))
    headings[first] = "The file"
    links = {n: anchor_of(h) for n, h in headings.items()}
    parts = [WRITTEN.format("tcbsplit/config/keys.yaml and the records beside it"), f"# {title}\n"]
    parts.append(intro)
    for name, heading in headings.items():
        parts += _record(name, heading, schema["$defs"][name], schema, links)
    return "\n".join(parts)


def _places(schema: Schema, without: frozenset[str]) -> dict[str, list[str]]:
    """Return where each record stands in the file, as paths of keys."""
    found: dict[str, list[str]] = {}

    def follow(name: str, path: str) -> None:
        new = name not in found
        found.setdefault(name, []).append(path)
        if new:
            for key, part in schema["$defs"][name]["properties"].items():
                for inner, more in _records(part, schema):
                    if inner not in without:
                        follow(inner, ".".join(filter(None, (path, key, more))))

    follow(schema["$ref"].rpartition("/")[2], "")
    return found


def _records(part: Schema, schema: Schema) -> Iterator[tuple[str, str]]:
    """Yield the records of a key's value, and what of the path stands between."""
    if "$ref" in part:
        name = part["$ref"].rpartition("/")[2]
        if "properties" in schema["$defs"][name]:
            yield name, ""
    for inner in part.get("anyOf", ()):
        yield from _records(inner, schema)
    if "items" in part:
        yield from _records(part["items"], schema)
    if isinstance(part.get("additionalProperties"), dict):
        for name, _ in _records(part["additionalProperties"], schema):
            yield name, "NAME"


def _record(
    name: str, heading: str, part: Schema, schema: Schema, links: Mapping[str, str]
) -> Iterator[str]:
    section = sections()[name]
    yield f"## {heading}\n"
    yield part["description"] + "\n"
    yield "| key | meaning | value | default | since |\n| --- | --- | --- | --- | --- |"
    for key, value in part["properties"].items():
        default = "required" if key in part.get("required", ()) else _default(value)
        cells = (
            f"`{key}`", value["description"], _value(value, schema, links), default,
            section.since.get(key, FIRST),
        )  # fmt: skip
        yield "| " + " | ".join(c.replace("|", "\\|") for c in cells) + " |"
    yield ""
    for example in section.examples:
        yield f"```yaml\n{example.rstrip()}\n```\n"


def _default(value: Schema) -> str:
    default = value.get("default")
    if default is None or (not default and not isinstance(default, bool | int)):
        return "none"
    return f"`{json.dumps(default).strip(chr(34))}`"


def _value(part: Schema, schema: Schema, links: Mapping[str, str]) -> str:
    """Return in words which values a key takes."""
    if "$ref" in part:
        name = part["$ref"].rpartition("/")[2]
        inner = schema["$defs"][name]
        if "enum" in inner:
            return "one of " + ", ".join(f"`{c}`" for c in inner["enum"])
        return f"[mapping](#{links[name]})" if name in links else "mapping"
    if "enum" in part:
        return ", ".join(f"`{c}`" for c in part["enum"])
    if "anyOf" in part:
        choices = [c for c in part["anyOf"] if c.get("type") != "null"]
        if any(c.get("required") == ["name"] for c in choices):
            return "name"
        return " or ".join(dict.fromkeys(_value(c, schema, links) for c in choices))
    kind = part["type"]
    if kind == "array":
        return f"list: {_value(part['items'], schema, links)}"
    if kind == "object":
        return f"NAME: {_value(part['additionalProperties'], schema, links)}{_names(part, schema)}"
    if kind == "integer":
        least, most = part.get("minimum"), part.get("maximum")
        limits = f" from {least}" if least is not None else ""
        return f"number{limits}{f' to {most}' if most is not None else ''}"
    return "`true` or `false`" if kind == "boolean" else "text"


def _names(part: Schema, schema: Schema) -> str:
    """Return which names a mapping has, if they are a closed set."""
    kind = part.get("propertyNames", {})
    kind = schema["$defs"][kind["$ref"].rpartition("/")[2]] if "$ref" in kind else kind
    names = ", ".join(f"`{n}`" for n in kind.get("enum", ()))
    return f"; NAME one of {names}" if names else ""


def command_page() -> str:
    """Return the page of the command line."""
    known: dict[str, list[Described]] = {}
    for found in described(main_command()):
        known.setdefault(found.words[0], []).append(found)
    parts = [WRITTEN.format("the help in tcbsplit/cli"), "# The command line\n"]
    parts.append(
        "`tcbsplit SUBCOMMAND --help` and `tcbsplit help TOPIC` say the same; "
        "`tcbsplit help --man` prints it as a manual page.\n"
    )
    for group, names in GROUPS.items():
        parts.append(f"## {group}\n")
        for name in names:
            for command in known[name]:
                parts += _command(command)
            parts.append(f"```sh\n{EXAMPLES[name]}\n```\n\n{ending(name)}\n")
    parts.append("## Topics\n")
    for topic, text in TOPICS.items():
        parts.append(f"### {topic}\n\n```text\n{text}\n```\n")
    return "\n".join(parts)


def _command(found: Described) -> Iterator[str]:
    yield f"### tcbsplit {' '.join(found.words)}\n"
    usage = " ".join(("tcbsplit", *found.words, *found.arguments))
    yield f"`{usage}`: {_cell(found.help)}\n"
    if found.options:
        yield "| option | meaning |\n| --- | --- |"
        for option in found.options:
            takes = "CHOICE" if option.choices else option.takes
            words = f"{', '.join(option.names)} {takes}".rstrip()
            choices = ", ".join(f"`{c}`" for c in option.choices)
            meaning = f"{_cell(option.help)}{f' CHOICE: {choices}.' if choices else ''}".strip()
            yield f"| `{words}` | {meaning} |"
        yield ""


def _cell(text: str) -> str:
    """Return help as text of Markdown; words of a closed set, and of options, are code."""
    text = re.sub(r"(?<![\w`-])(--[a-z][\w-]*)", r"`\1`", text)
    return text.replace("|", "\\|").replace("<", "&lt;").replace("*", "\\*")
