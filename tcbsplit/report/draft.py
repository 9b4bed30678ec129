# SPDX-License-Identifier: MIT
"""Render a draft as the text of a configuration: values, evidence and questions in comments."""

from __future__ import annotations

import json
import re
import textwrap
from collections.abc import Iterable, Iterator, Sequence
from itertools import groupby

from tcbsplit.model.draft import Believed, Draft

_WIDTH = 100
_PLAIN = re.compile(r"[A-Za-z_./][\w./+-]*")
_WORDS = frozenset({"y", "n", "yes", "no", "on", "off", "true", "false", "null", "none"})
_OFFERS = 5
_MANY = 3  # values in a row with one reason


def draft_text(draft: Draft) -> str:
    """Return the YAML of a draft."""
    parts = (
        _head(draft),
        _image(draft),
        _components(draft),
        _beginnings(draft),
        _candidates(draft),
        _keyed(draft),
        _later(),
    )
    return "\n".join(line for part in parts for line in part) + "\n"


def questions(draft: Draft) -> tuple[str, ...]:
    """Return what could not be decided about images and roots."""
    return (*draft.questions, *draft.beginnings.questions)


def _head(draft: Draft) -> Iterator[str]:
    yield "# yaml-language-server: $schema=tcbsplit.schema.json"
    yield from _comment(
        "Written by `tcbsplit init`. The comment at a value is why it is believed; "
        "each line that begins with QUESTION wants an answer. Keys: "
        "docs/reference/keys.md; the schema of the first line: "
        "tcbsplit config schema > tcbsplit.schema.json."
    )
    yield from _questions(draft.questions)
    yield "version: 1"
    yield f"name: {_word(draft.name)}"
    yield f"source: {_word(draft.source)}"
    yield f"compdb: {_word(draft.compdb)}"


def _image(draft: Draft) -> Iterator[str]:
    yield ""
    yield f"image: {_word(draft.image)}"
    if draft.linked:
        yield from _comment(
            f"The units of this image are those that it says it is linked of: {draft.units} of the "
            f"{draft.units + draft.others} of the compile database."
        )
        yield f"linked: {_word(draft.linked)}"
    others = [o for o in draft.offers if o.path != draft.linked]
    if others:
        yield from _questions(
            ["Is another image meant? Then name it with linked: or init --image."]
        )
        for offer in others[:_OFFERS]:
            enters = "enters guests" if offer.launches else "enters no guest"
            yield f"#   {offer.path} ({offer.bytes} bytes, {enters})"
    if draft.exclude:
        yield "exclude:"
        yield from _list(draft.exclude, "  ")


def _components(draft: Draft) -> Iterator[str]:
    if draft.components:
        yield ""
        yield "components: # of the tables of lines, from the folders"
        for name, globs in draft.components.items():
            yield f"  {_word(name)}: [{', '.join(map(_word, globs))}]"


def _beginnings(draft: Draft) -> Iterator[str]:
    found = draft.beginnings
    yield ""
    yield from _questions(found.questions)
    yield "roots:"
    yield "  boot: # where the hypervisor, and each processor, starts"
    yield from _list(found.boot, "    ")
    if found.runtime:
        yield "  runtime: # what the processor enters while a guest runs"
        yield from _list(found.runtime, "    ")
    if found.boot_only:
        yield "  boot_only: # reached from run-time code, but it cannot run then"
        yield from _list(found.boot_only, "    ")
    if found.launch:
        yield "launch: # where the target guest starts: boot ends there"
        yield from _list(found.launch, "  ")
    if found.boot_only:
        return
    yield from _questions(
        ["Is anything called from run-time code, but only before the launch? See roots.boot_only."]
    )


def _candidates(draft: Draft) -> Iterator[str]:
    yield ""
    yield from _questions(
        ["What of the following could a guest do before the target starts? (tcbsplit suggest)"]
    )
    yield "# preprocess:"
    for c in draft.candidates:
        yield f"#   - {_word(c.value)} # {c.why}"
    if not draft.candidates:
        yield "#   - FUNCTION, or file:FOLDER/*"


def _keyed(draft: Draft) -> Iterator[str]:
    if not draft.keyed:
        return
    yield ""
    yield from _questions(
        [
            "Does each of these functions call only the entries that its literal selects? Then the "
            "registry makes the graph more exact; as it is, a call reaches every entry."
        ]
    )
    yield "# registries:"
    for k in draft.keyed:
        yield f"#   - name: {k.record.split()[-1]} # {k.entries} keys"
        yield f"#     record: {k.record}"
        yield f"#     key: {k.key}"
        yield f"#     function: {k.function}"
        yield f"#     dispatch: {k.dispatch}"
        yield f"#     argument: {k.argument}"
        yield f"#     match: {k.match}"


def _later() -> Iterator[str]:
    yield ""
    yield from _comment(
        "What a split needs besides, once preprocess names something: cuts (tcbsplit conflicts), "
        "split (tcbsplit config check shows the least), build, scenarios."
    )


def _list(values: Sequence[Believed], indent: str) -> Iterator[str]:
    """Yield the values, each with its evidence; what many in a row have in common is said once."""
    for why, group in groupby(values, lambda v: " ".join(v.why.split())):
        same = list(group)
        if len(same) >= _MANY:
            said = f"the next {len(same)}: {why}"
            yield from (f"{indent}{line}" for line in _comment(said, _WIDTH - len(indent)))
            yield from (f"{indent}- {_word(v.value)}" for v in same)
            continue
        for v in same:
            text = f"{indent}- {_word(v.value)}"
            if len(text) + len(why) + 3 > _WIDTH:
                yield from (f"{indent}{line}" for line in _comment(why, _WIDTH - len(indent)))
                yield text
            else:
                yield f"{text} # {why}"


def _questions(texts: Iterable[str]) -> Iterator[str]:
    for text in texts:
        yield from _comment(f"QUESTION: {text}")


def _comment(text: str, width: int = _WIDTH) -> list[str]:
    flat = " ".join(text.split())
    return [f"# {line}" for line in textwrap.wrap(flat, width - 2, break_long_words=False)]


def _word(text: str) -> str:
    """Return text as a YAML scalar."""
    plain = _PLAIN.fullmatch(text) and text.lower() not in _WORDS
    return text if plain else json.dumps(text, ensure_ascii=False)
