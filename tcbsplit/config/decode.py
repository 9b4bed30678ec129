"""Nodes -> records, driven by the records' own type hints."""

from __future__ import annotations

import types
import typing
from collections.abc import Callable
from enum import Enum
from pathlib import Path
from typing import Any, Literal, get_args, get_origin

import msgspec
import yaml

from tcbsplit.config.document import Mistakes, scalar
from tcbsplit.config.name import Name
from tcbsplit.config.rules import broken
from tcbsplit.config.settings import HIDDEN
from tcbsplit.errors import near

_MISSING = object()


class _Spelled(msgspec.Struct, frozen=True, kw_only=True):
    """A name as a mapping."""

    name: str
    optional: bool = False


class Decoder:
    """Decodes nodes of one file; mistakes are collected, values in error are left out."""

    def __init__(self, path: Path, mistakes: Mistakes) -> None:
        self.path = path
        self.mistakes = mistakes

    def wrong(self, node: yaml.Node | None, where: str, what: str) -> Any:
        """Note a mistake and return the marker of a missing value."""
        self.mistakes.add(self.path, node, where, what)
        return _MISSING

    def value(self, node: yaml.Node, kind: Any, where: str) -> Any:
        """Decode ``node`` as ``kind``."""
        origin = get_origin(kind)
        if origin in (types.UnionType, typing.Union):
            return self._optional(node, kind, where)
        if origin is Literal:
            return self._choice(node, get_args(kind), where)
        if origin is tuple:
            return self._sequence(node, get_args(kind)[0], where)
        if origin is dict:
            return self._mapping(node, get_args(kind)[1], where)
        if kind is Name:
            return self._name(node, where)
        if isinstance(kind, type) and issubclass(kind, Enum):
            chosen = self._choice(node, tuple(kind), where)
            return chosen if chosen is _MISSING else kind(chosen)
        if isinstance(kind, type) and issubclass(kind, msgspec.Struct):
            return self.record(node, kind, where)
        return self._scalar(node, kind, where)

    def record(self, node: yaml.Node, kind: type, where: str) -> Any:
        """Decode a mapping as a record: unknown, double and missing keys are mistakes."""
        pairs = self._pairs(node, where)
        if pairs is None:
            return _MISSING
        hints = typing.get_type_hints(kind)
        known = {n for n in hints if n not in HIDDEN}
        values: dict[str, Any] = {}
        complete = True
        for name, (key, inner) in pairs.items():
            place = f"{where}.{name}" if where else name
            if name not in known:
                hint = near(name, known) or f" (known here: {', '.join(sorted(known))})"
                self.wrong(key, place, f"unknown key{hint}")
                continue
            values[name] = self.value(inner, hints[name], place)
            complete &= values[name] is not _MISSING
        for name in _required(kind):
            if name in known and name not in pairs:
                complete = False
                self.wrong(node, where, f"missing key {name}")
        if not complete:
            return _MISSING
        if "where" in hints:
            values["where"] = self._place(node)
        record = kind(**values)
        for field, what in broken(record, self.path.resolve().parent):
            inner = pairs[field][1] if field in pairs else node
            self.wrong(inner, ".".join(p for p in (where, field) if p), what)
        return record

    def _place(self, node: yaml.Node) -> str:
        return f"{self.path.name}:{node.start_mark.line + 1}"

    def _name(self, node: yaml.Node, where: str) -> Any:
        """A name: its text, or a mapping that says whether it may match nothing."""
        if isinstance(node, yaml.MappingNode):
            found = self.record(node, _Spelled, where)
            return (
                found if found is _MISSING else Name(found.name, self._place(node), found.optional)
            )
        text = self._scalar(node, str, where)
        return text if text is _MISSING else Name(text, self._place(node))

    def _pairs(self, node: yaml.Node, where: str) -> dict[str, tuple[yaml.Node, yaml.Node]] | None:
        if not isinstance(node, yaml.MappingNode):
            self.wrong(node, where, f"must be a mapping, is {_named(node)}")
            return None
        pairs: dict[str, tuple[yaml.Node, yaml.Node]] = {}
        for key, inner in node.value:
            if not isinstance(key, yaml.ScalarNode):
                self.wrong(key, where, f"a key must be a name, is {_named(key)}")
                continue
            name = str(key.value)
            if name in pairs:
                self.wrong(key, f"{where}.{name}" if where else name, "given twice")
            pairs[name] = (key, inner)
        return pairs

    def _optional(self, node: yaml.Node, kind: Any, where: str) -> Any:
        inner = [k for k in get_args(kind) if k is not type(None)]
        if isinstance(node, yaml.ScalarNode) and scalar(node) is None:
            return None
        return self.value(node, inner[0], where)

    def _choice(self, node: yaml.Node, choices: tuple[Any, ...], where: str) -> Any:
        found = scalar(node) if isinstance(node, yaml.ScalarNode) else None
        if found in choices and not isinstance(found, bool | float):
            return found
        valid = ", ".join(str(c) for c in choices)
        shown = node.value if isinstance(node, yaml.ScalarNode) else _named(node)
        hint = near(str(shown), map(str, choices))
        return self.wrong(node, where, f"{shown!r} is none of: {valid}{hint}")

    def _sequence(self, node: yaml.Node, kind: Any, where: str) -> Any:
        if not isinstance(node, yaml.SequenceNode):
            return self.wrong(node, where, f"must be a list, is {_named(node)}")
        values = [self.value(n, kind, f"{where}[{i}]") for i, n in enumerate(node.value)]
        return _MISSING if _MISSING in values else tuple(values)

    def _mapping(self, node: yaml.Node, kind: Any, where: str) -> Any:
        pairs = self._pairs(node, where)
        if pairs is None:
            return _MISSING
        values = {
            n: self.value(v, kind, f"{where}.{n}" if where else n) for n, (_, v) in pairs.items()
        }
        return _MISSING if any(v is _MISSING for v in values.values()) else values

    def _scalar(self, node: yaml.Node, kind: Any, where: str) -> Any:
        if not isinstance(node, yaml.ScalarNode):
            return self.wrong(node, where, f"must be {_SCALARS[kind][0]}, is {_named(node)}")
        found = scalar(node)
        name, fits = _SCALARS[kind]
        if kind in (str, Path) and found is not None:
            # An unquoted 2718 or on is meant as text where text is wanted.
            text = str(node.value)
            if "\0" in text:
                return self.wrong(node, where, "holds a zero byte, which no name or path may")
            return Path(text) if kind is Path else text
        if not fits(found):
            return self.wrong(node, where, f"must be {name}, is {node.value!r}")
        return found


_SCALARS: dict[Any, tuple[str, Callable[[Any], bool]]] = {
    str: ("text", lambda v: isinstance(v, str)),
    Path: ("a path", lambda v: isinstance(v, str)),
    bool: ("true or false", lambda v: isinstance(v, bool)),
    int: ("a whole number", lambda v: isinstance(v, int) and not isinstance(v, bool)),
}


def missing(value: Any) -> bool:
    """Whether decoding gave nothing because of a mistake."""
    return value is _MISSING


def _required(kind: type) -> list[str]:
    return [f.name for f in msgspec.structs.fields(kind) if f.required]


def _named(node: Any) -> str:
    kinds = {"mapping": "a mapping", "sequence": "a list", "scalar": "a single value"}
    return kinds[str(node.id)]
