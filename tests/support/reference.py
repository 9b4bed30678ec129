# SPDX-License-Identifier: MIT
"""Writes the reference of keys and of the command line, from the types and from its help."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

from tcbsplit.cli.app import main_command
from tcbsplit.cli.described import Described, described
from tcbsplit.cli.manual import EXAMPLES, GROUPS, TOPICS, ending
from tcbsplit.config.keys import FIRST, sections
from tcbsplit.report.keys import Schema, default, records, root, value
from tests.support.documents import anchor_of

WRITTEN = "<!-- Written by `make golden`; change what it is written from: {} -->\n"


def keys_page(title: str, intro: str, schema: Schema, without: frozenset[str] = frozenset()) -> str:
    """Return the page of the keys of a schema; records ``without`` have a page of their own."""
    named = places(schema, without)
    headings = {name: ", ".join(f"`{p}`" for p in dict.fromkeys(named[name])) for name in named}
    first = next(iter(headings))
    headings[first] = "The file"
    links = {n: anchor_of(h) for n, h in headings.items()}
    parts = [WRITTEN.format("tcbsplit/config/keys.yaml and the records beside it"), f"# {title}\n"]
    parts.append(intro)
    for name, heading in headings.items():
        parts += _record(name, heading, schema["$defs"][name], schema, links)
    return "\n".join(parts)


def places(schema: Schema, without: frozenset[str]) -> dict[str, list[str]]:
    """Return where each record stands in the file, as paths of keys."""
    found: dict[str, list[str]] = {}

    def follow(name: str, path: str) -> None:
        new = name not in found
        found.setdefault(name, []).append(path)
        if new:
            for key, part in schema["$defs"][name]["properties"].items():
                for inner, more in records(part, schema):
                    if inner not in without:
                        follow(inner, ".".join(filter(None, (path, key, more))))

    follow(root(schema), "")
    return found


def _record(
    name: str, heading: str, part: Schema, schema: Schema, links: Mapping[str, str]
) -> Iterator[str]:
    section = sections()[name]

    def shown(of: str) -> str:
        return f"[mapping](#{links[of]})" if of in links else "mapping"

    yield f"## {heading}\n"
    yield part["description"] + "\n"
    yield "| key | meaning | value | default | since |\n| --- | --- | --- | --- | --- |"
    for key, found in part["properties"].items():
        needed = "required" if key in part.get("required", ()) else default(found)
        cells = (
            f"`{key}`", found["description"], value(found, schema, shown), needed,
            section.since.get(key, FIRST),
        )  # fmt: skip
        yield "| " + " | ".join(c.replace("|", "\\|") for c in cells) + " |"
    yield ""
    for example in section.examples:
        yield f"```yaml\n{example.rstrip()}\n```\n"


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
