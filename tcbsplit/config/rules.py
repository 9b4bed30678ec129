# SPDX-License-Identifier: MIT
"""Check settings beyond their types: one small rule per record, which names the wrong field."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Any

from tcbsplit.config.document import usable
from tcbsplit.config.placeholders import unknown_places
from tcbsplit.config.scenario_rules import BOOT_RULES
from tcbsplit.config.settings import (
    Assets,
    Carry,
    GlueSettings,
    GuestSettings,
    Recipe,
    Registry,
    Settings,
)
from tcbsplit.model.phase import Cut
from tcbsplit.model.vocabulary import CutPolicy, GuestEnvironment

IN_RECIPES = ("jobs",)
IN_LINKED = ("original",)
IN_ASSETS = ("python", "source", "assets")

Broken = Iterator[tuple[str, str]]


def broken(record: Any, base: Path) -> Broken:
    """Yield (field, problem) of a decoded record; ``base`` is the configuration's folder."""
    rule = _RULES.get(type(record))
    if rule is not None:
        yield from rule(record, base)


def _settings(settings: Settings, base: Path) -> Broken:
    yield from unknown_places("linked", settings.linked, IN_LINKED)


def _cut(cut: Cut, base: Path) -> Broken:
    if cut.policy is CutPolicy.STUB and not cut.expression.strip():
        yield "expression", "policy stub needs one: the C expression that takes the call's place"
    elif cut.policy is not CutPolicy.STUB and cut.expression:
        yield "expression", f"policy {cut.policy} takes none; only stub does"


def _carry(carry: Carry, base: Path) -> Broken:
    ways = [w for w in ("length", "string", "list", "tag", "opaque", "keep") if getattr(carry, w)]
    if len(ways) != 1:
        yield ways[1] if ways else "", "needs one of: length, string, list, tag, opaque, keep"
        return
    bounded = ways == ["list"] or (ways == ["length"] and not carry.length.isdecimal())
    if bounded and carry.most <= 0:
        yield "most", f"is missing: how many elements {carry.name} has at most"
    elif carry.most and not bounded:
        yield "most", f"has no meaning with {ways[0]}"
    if bool(carry.members) != (ways == ["tag"]):
        yield "members", "belongs to tag: which of the union's members is valid at which value"


def _registry(registry: Registry, base: Path) -> Broken:
    places = [p for p in ("record", "section", "register") if getattr(registry, p)]
    if len(places) != 1:
        yield places[1] if places else "", "needs exactly one of: record, section, register"
        return
    yield from unknown_places("section", registry.section, ("key",))
    if not registry.key and "{key}" not in registry.section:
        for field in ("argument", "keys"):
            if getattr(registry, field):
                yield field, "has no meaning without a key"
    if places == ["section"]:
        for field in ("key", "function"):
            if getattr(registry, field):
                yield field, "has no meaning with section; {key} in section stands for the key"
    elif not registry.function:
        yield "function", f"is missing: where a {places[0]} entry holds the function"
    if places == ["register"]:
        for field in ("key", "function"):
            if not re.fullmatch(r"\d*", getattr(registry, field)):
                yield field, f"must be the position of an argument of {registry.register}, from 0"
    elif registry.passes:
        yield "passes", "has a meaning only with register"


def _glue(glue: GlueSettings, base: Path) -> Broken:
    if bool(glue.list) == bool(glue.include_in):
        yield "", "needs exactly one of: list, include_in"
    folder = Path(glue.folder)
    if folder.is_absolute() or ".." in folder.parts or folder == Path():
        yield "folder", f"{glue.folder!r} must be a folder below the thin tree"
    yield from _adapter(glue.adapter, base)


def _guest(guest: GuestSettings, base: Path) -> Broken:
    yield from _adapter(guest.adapter, base)
    for pattern in guest.provides:
        if pattern.startswith(("section:", "attribute:", "registry:")):
            yield "provides", f"{pattern} must be a name, an id, a glob, or file:GLOB"
    for name, part in guest.images.items():
        if not usable(base / part):
            yield "images", f"{name}: {base / part}: no such file"
    if guest.images and guest.environment is not GuestEnvironment.BARE:
        yield "images", f"has no meaning with environment: {guest.environment}"
    elif guest.images and "elf" not in guest.images:
        yield "images", "needs elf, the image that is always made"


def _adapter(adapter: str, base: Path) -> Broken:
    if not usable(base / adapter):
        yield "adapter", f"{base / adapter}: no such file"


def _recipe(recipe: Recipe, base: Path) -> Broken:
    yield from _command(recipe, IN_RECIPES)
    for word in recipe.clean:
        yield from unknown_places("clean", word, IN_RECIPES)
    if Path(recipe.image).is_absolute() or ".." in Path(recipe.image).parts:
        yield "image", f"{recipe.image!r} must be a path below the tree that is built"


def _assets(assets: Assets, base: Path) -> Broken:
    yield from _command(assets, IN_ASSETS)


def _command(record: Recipe | Assets, known: Iterable[str]) -> Broken:
    for word in record.command:
        yield from unknown_places("command", word, known)


_RULES: dict[type, Callable[[Any, Path], Broken]] = {
    **BOOT_RULES,
    Settings: _settings,
    Cut: _cut,
    Registry: _registry,
    Carry: _carry,
    GlueSettings: _glue,
    GuestSettings: _guest,
    Recipe: _recipe,
    Assets: _assets,
}
