"""What types cannot say about settings: one small rule per record, naming the field at fault."""

from __future__ import annotations

import re
import string
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Any

from tcbsplit.config.settings import (
    BUILDS,
    Assets,
    Bridge,
    Carry,
    GlueSettings,
    GuestSettings,
    HandoffVariable,
    Machine,
    Marker,
    Module,
    Recipe,
    Registry,
    Roots,
    Scenario,
    Settings,
    Typed,
)
from tcbsplit.errors import near
from tcbsplit.model.phase import Cut

POLICIES = ("handoff", "elide", "stub", "panic")
IN_RECIPES = ("jobs",)
IN_LINKED = ("original",)
IN_ASSETS = ("python", "source", "assets")
IN_SCENARIOS = ("image", "build", "assets", "guest", "split", "source")

Broken = Iterator[tuple[str, str]]


def broken(record: Any, base: Path) -> Broken:
    """Yield (field, what is wrong) of a decoded record; ``base`` holds the configuration."""
    rule = _RULES.get(type(record))
    if rule is not None:
        yield from rule(record, base)


def _settings(settings: Settings, base: Path) -> Broken:
    yield from _placeholders("linked", settings.linked, IN_LINKED)
    # The name becomes a folder of artifacts.
    if not re.fullmatch(r"[A-Za-z0-9][A-Za-z0-9._-]*", settings.name):
        yield "name", f"{settings.name!r} must be letters, digits, dots and dashes"
    for name in settings.build:
        if name not in BUILDS:
            hint = near(name, BUILDS)
            yield "build", f"{name!r} is none of: {', '.join(BUILDS)}{hint}"


def _roots(roots: Roots, base: Path) -> Broken:
    if not roots.boot:
        yield "boot", "needs at least one function: where the hypervisor starts"


def _cut(cut: Cut, base: Path) -> Broken:
    if cut.policy not in POLICIES:
        hint = near(cut.policy, POLICIES)
        yield "policy", f"{cut.policy!r} is none of: {', '.join(POLICIES)}{hint}"
    elif cut.policy == "stub" and not cut.expression.strip():
        yield "expression", "policy stub needs one: the C expression that takes the call's place"
    elif cut.policy != "stub" and cut.expression:
        yield "expression", f"policy {cut.policy} takes none; only stub does"
    yield from _reason(cut, base)


def _reason(record: Cut | Bridge | HandoffVariable, base: Path) -> Broken:
    if not record.reason.strip():
        yield "reason", "is empty; say why, a reviewer will ask"


def _carry(carry: Carry, base: Path) -> Broken:
    ways = [w for w in ("length", "string", "list", "tag", "opaque", "keep") if getattr(carry, w)]
    if len(ways) != 1:
        yield ways[1] if ways else "", "needs one of: length, string, list, tag, opaque, keep"
        return
    if carry.string < 0:
        yield "string", "must be at least 1 byte"
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
    if registry.argument < 0 or min(registry.passes, default=0) < 0:
        yield "argument", "positions start at 0"


def _glue(glue: GlueSettings, base: Path) -> Broken:
    if bool(glue.list) == bool(glue.include_in):
        yield "", "needs exactly one of: list, include_in"
    folder = Path(glue.folder)
    if folder.is_absolute() or ".." in folder.parts or folder == Path():
        yield "folder", f"{glue.folder!r} must be a folder below the thin tree"
    yield from _adapter(glue.adapter, base)


def _guest(guest: GuestSettings, base: Path) -> Broken:
    yield from _adapter(guest.adapter, base)


def _adapter(adapter: str, base: Path) -> Broken:
    if not (base / adapter).is_file():
        yield "adapter", f"{base / adapter}: no such file"


def _recipe(recipe: Recipe, base: Path) -> Broken:
    yield from _command(recipe, IN_RECIPES)
    for word in recipe.clean:
        yield from _placeholders("clean", word, IN_RECIPES)
    if Path(recipe.image).is_absolute() or ".." in Path(recipe.image).parts:
        yield "image", f"{recipe.image!r} must be a path below the tree that is built"


def _assets(assets: Assets, base: Path) -> Broken:
    yield from _command(assets, IN_ASSETS)


def _command(record: Recipe | Assets, known: Iterable[str]) -> Broken:
    if not record.command:
        yield "command", "is empty"
    for word in record.command:
        yield from _placeholders("command", word, known)
    if record.timeout <= 0:
        yield "timeout", "must be at least 1 second"


def _machine(machine: Machine, base: Path) -> Broken:
    if machine.memory <= 0:
        yield "memory", "must be at least 1 MiB"


def _module(module: Module, base: Path) -> Broken:
    yield from _placeholders("file", module.file, IN_SCENARIOS)
    # QEMU separates modules by commas and a module's arguments by spaces.
    if not re.fullmatch(r"[A-Za-z0-9._-]+", module.name):
        yield "name", f"{module.name!r} must be letters, digits, dots and dashes"


def _typed(typed: Typed, base: Path) -> Broken:
    if not typed.after:
        yield "after", "is empty; give the prompt after which the line is typed"
    if "\n" in typed.line or "\r" in typed.line:
        yield "line", "must be one line; give one entry for each line"


def _marker(marker: Marker, base: Path) -> Broken:
    if not marker.text or "\n" in marker.text:
        yield "text", "must be text of one line"
    if marker.within <= 0:
        yield "within", "must be at least 1 second"


def _scenario(scenario: Scenario, base: Path) -> Broken:
    for field in ("kernel", "disk", "seal"):
        yield from _placeholders(field, getattr(scenario, field), IN_SCENARIOS)
    if not scenario.builds:
        yield "builds", "needs at least one of: original, split"
    if not scenario.expect:
        yield "expect", "needs at least one marker; a boot without any would always pass"
    if "" in scenario.forbid:
        yield "forbid", "has an empty text, which every console holds"
    if scenario.settle < 0:
        yield "settle", "must not be negative"
    try:
        re.compile(scenario.capture)
    except re.error as error:
        yield "capture", f"is no regular expression: {error}"


def _placeholders(field: str, text: str, known: Iterable[str]) -> Broken:
    choices = ", ".join(f"{{{k}}}" for k in known)
    try:
        names = [
            name + (f":{form}" if form else "") + (f"!{conversion}" if conversion else "")
            for _, name, form, conversion in string.Formatter().parse(text)
            if name is not None
        ]
    except ValueError as error:
        yield field, f"{text!r}: {error}; a brace of its own is written twice"
        return
    for name in names:
        if name not in known:
            yield field, f"{{{name}}} is none of: {choices}{near(name, known)}"


_RULES: dict[type, Callable[[Any, Path], Broken]] = {
    Settings: _settings,
    Roots: _roots,
    Cut: _cut,
    Bridge: _reason,
    Registry: _registry,
    Carry: _carry,
    HandoffVariable: _reason,
    GlueSettings: _glue,
    GuestSettings: _guest,
    Recipe: _recipe,
    Assets: _assets,
    Machine: _machine,
    Module: _module,
    Typed: _typed,
    Marker: _marker,
    Scenario: _scenario,
}
