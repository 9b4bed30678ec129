# SPDX-License-Identifier: MIT
"""Loads excerpts of configurations and of files of scenarios, with what completes them."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import yaml

from tcbsplit.config.load import load
from tcbsplit.pipeline.schema import schema, settings_schema

_LEAST: dict[str, Any] = {
    "version": 1, "name": "x", "source": ".", "image": "x", "roots": {"boot": ["start"]},
}  # fmt: skip
_SPLIT = {"glue": {"adapter": "thin.c", "include_in": "main.c"}, "guest": {"adapter": "guest.c"}}


def accept(folder: Path, excerpt: str) -> None:
    """Load an excerpt in a new folder: the loader raises what is wrong with it."""
    folder = folder / "inner"
    folder.mkdir()
    document = yaml.safe_load(excerpt)
    for text in (*_texts(document), *_texts(_SPLIT)):
        if text.endswith((".c", ".yaml")) and "*" not in text and "{" not in text:
            (folder / text).parent.mkdir(parents=True, exist_ok=True)
            (folder / text).write_text("{}\n")
    (folder / document.get("source", ".")).mkdir(parents=True, exist_ok=True)
    if is_of_scenarios(document):
        (folder / "only scenarios.yaml").write_text(excerpt)
        document = {"scenarios": "only scenarios.yaml"}
        excerpt = yaml.safe_dump(document)
    more = {k: v for k, v in _LEAST.items() if k not in document}
    if "split" in document and not document["split"].keys() >= _SPLIT.keys():
        whole = {**document, **more, "split": {**_SPLIT, **document["split"]}}
        excerpt, more = yaml.safe_dump(whole), {}
    (folder / "x.yaml").write_text((yaml.safe_dump(more) if more else "") + excerpt)
    load(folder / "x.yaml")


def is_of_scenarios(document: dict[str, Any]) -> bool:
    """Whether it is an excerpt of a file of scenarios: a configuration has other keys as well."""
    return document.keys() <= _keys(schema())


def is_excerpt(document: Any) -> bool:
    """Whether it is an excerpt of either."""
    known = _keys(schema()), _keys(settings_schema())
    return isinstance(document, dict) and any(document.keys() <= k for k in known)


def _keys(found: dict[str, Any]) -> set[str]:
    return set(found["$defs"][found["$ref"].rpartition("/")[2]]["properties"])


def _texts(part: Any) -> Iterator[str]:
    inner = part.values() if isinstance(part, dict) else part if isinstance(part, list) else ()
    for value in inner:
        if isinstance(value, str):
            yield value
        yield from _texts(value)
