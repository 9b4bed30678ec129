# SPDX-License-Identifier: MIT
"""Decode YAML nodes into records: record types become schemas of pydantic's validator.

The validator reports all mistakes of a document at once, each with its keys and indices. These
identify the node, and so the file and line.
"""

from __future__ import annotations

import re
import types
from collections.abc import Callable, Hashable
from enum import Enum
from functools import cache, partial
from pathlib import Path
from typing import Annotated, Any, Literal, TypeVar, Union, cast, get_args, get_origin

import msgspec
import yaml
from pydantic_core import (
    CoreSchema,
    ErrorDetails,
    PydanticCustomError,
    SchemaValidator,
    ValidationError,
)
from pydantic_core import core_schema as s

from tcbsplit.config.document import Mistakes, pair_of, pairs, position, scalar, shown
from tcbsplit.config.name import Name
from tcbsplit.config.rules import broken
from tcbsplit.config.settings import NO_KEYS
from tcbsplit.errors import near

T = TypeVar("T")
_MUST_BE = {
    "string_type": "text",
    "int_type": "a whole number",
    "bool_type": "true or false",
    "list_type": "a list",
    "dict_type": "a mapping",
}


class _NameMapping(msgspec.Struct, frozen=True, kw_only=True):
    """A name written as a mapping."""

    name: str
    optional: bool = False


_Info = s.ValidationInfo[Mistakes]


def decode(node: yaml.Node, kind: Callable[..., T], mistakes: Mistakes) -> T | None:
    """Return ``node`` as a value of the type ``kind``, None if it is not of that type.

    Record all mistakes, violated limits and rules included. Set ``where`` of a record to
    FILE:LINE.
    """
    try:
        return cast(T, _validator(kind).validate_python(node, context=mistakes))
    except ValidationError as error:
        for detail in error.errors(include_url=False, include_input=False):
            _note(node, detail, mistakes)
    return None


def _note(root: yaml.Node, error: ErrorDetails, mistakes: Mistakes) -> None:
    """Record a mistake found by the validator."""
    node, key = root, root
    for step in error["loc"]:
        if isinstance(step, int):
            node = node.value[step]
        elif step == "[key]":
            node = key
        elif pair := pair_of(node, step):
            key, node = pair
    kind = error["type"]
    if kind == "missing":
        mistakes.add(node, f"missing key {error['loc'][-1]}")
    elif kind in ("enum", "literal_error"):
        words = [word.strip("'") for word in re.split(", | or ", error["ctx"]["expected"])]
        hint = near(str(node.value), words) if isinstance(node, yaml.ScalarNode) else ""
        mistakes.add(node, f"{shown(node)} is none of: {', '.join(words)}{hint}")
    elif kind in _MUST_BE:
        mistakes.add(node, f"must be {_MUST_BE[kind]}, not {shown(node)}")
    else:
        mistakes.add(node, error["msg"])


@cache
def _validator(kind: Hashable) -> SchemaValidator:
    return SchemaValidator(_schema(kind))


def _schema(kind: Any) -> CoreSchema:
    """Return the schema of nodes for values of the type ``kind``."""
    origin, inner = get_origin(kind), get_args(kind)
    before, after = s.no_info_before_validator_function, s.no_info_after_validator_function
    if origin is Annotated:
        bare: Any = Annotated[get_origin(inner[0]) or inner[0], inner[1]]
        return s.with_info_wrap_validator_function(
            partial(_limited, bare, inner[1].extra["must"]), _schema(inner[0])
        )
    if origin in (types.UnionType, Union):
        return before(_or_none, s.nullable_schema(_schema(inner[0])))
    if origin is tuple:
        return after(tuple, before(_items, s.list_schema(_schema(inner[0]))))
    if origin is dict:
        keys = s.str_schema() if inner[0] is str else _schema(inner[0])
        return before(_mapping, s.dict_schema(keys, _schema(inner[1])))
    if origin is Literal:
        return before(_value, s.literal_schema(list(inner)))
    if kind is Name:
        return s.with_info_wrap_validator_function(_name, _schema(str))
    if issubclass(kind, msgspec.Struct):
        return _record_schema(kind)
    if issubclass(kind, Enum):
        return before(_value, s.enum_schema(kind, list(kind)))
    if kind is bool:
        return before(_value, s.bool_schema(strict=True))
    if kind is int:
        return before(_value, s.int_schema(strict=True))
    return after(kind, before(_text, s.str_schema(strict=True)))


@cache
def _record_schema(kind: type[msgspec.Struct]) -> CoreSchema:
    fields = {
        f.name: s.typed_dict_field(_schema(f.type), required=f.required)
        for f in msgspec.structs.fields(kind)
        if f.name in _keys(kind)
    }
    mapping = s.typed_dict_schema(fields, extra_behavior="ignore")
    return s.with_info_wrap_validator_function(partial(_record, kind), mapping)


def _limited(
    kind: Any, must: str, node: yaml.Node, inner: s.ValidatorFunctionWrapHandler, info: _Info
) -> Any:
    """Record a value beyond its limits, and continue: rules may find further mistakes."""
    value = inner(node)
    try:
        msgspec.convert(value, kind)
    except msgspec.ValidationError:
        text = (
            f"{shown(node)} "
            if isinstance(value, int) or (isinstance(value, str) and value.strip())
            else ""
        )
        info.context.add(node, f"{text}must {must}")
    return value


@cache
def _keys(kind: type[msgspec.Struct]) -> list[str]:
    """Return the keys that the mapping of a record may have."""
    return [f.name for f in msgspec.structs.fields(kind) if f.name not in NO_KEYS]


def _record(
    kind: type[msgspec.Struct], node: yaml.Node, inner: s.ValidatorFunctionWrapHandler, info: _Info
) -> msgspec.Struct:
    keys = _keys(kind)
    for key, _ in pairs(node):
        if key.value not in keys:
            hint = near(key.value, keys) or f" (known here: {', '.join(sorted(keys))})"
            info.context.add(key, f"unknown key{hint}")
    values = inner(_mapping(node))
    if "where" in kind.__struct_fields__:
        values["where"] = _where(node)
    record = kind(**values)
    for field, what in broken(record, Path(position(node)[0]).resolve().parent):
        info.context.add(node, what, field)
    return record


def _name(node: yaml.Node, text: s.ValidatorFunctionWrapHandler, info: _Info) -> Name:
    if not isinstance(node, yaml.MappingNode):
        return Name(text(node), _where(node))
    found = _validator(_NameMapping).validate_python(node, context=info.context)
    return Name(found.name, _where(node), found.optional)


def _where(node: yaml.Node) -> str:
    file, line = position(node)
    return f"{Path(file).name}:{line}"


def _items(node: yaml.Node) -> Any:
    return node.value if isinstance(node, yaml.SequenceNode) else node


def _mapping(node: yaml.Node) -> Any:
    is_mapping = isinstance(node, yaml.MappingNode)
    return {str(key.value): value for key, value in pairs(node)} if is_mapping else node


def _value(node: Any) -> Any:
    """Return the value of a scalar; return other nodes, and keys, unchanged."""
    return scalar(node) if isinstance(node, yaml.ScalarNode) else node


def _or_none(node: yaml.Node) -> yaml.Node | None:
    return None if _value(node) is None else node


def _text(node: yaml.Node) -> Any:
    """Return the text of a scalar: where text is expected, an unquoted 2718 or on is text."""
    if not isinstance(node, yaml.ScalarNode) or scalar(node) is None:
        return node
    if "\0" in node.value:
        raise PydanticCustomError("zero_byte", "must not hold a zero byte")
    return str(node.value)
