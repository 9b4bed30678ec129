"""Loads a configuration: decodes it, resolves its paths, and checks what a schema cannot say."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import msgspec
import yaml

from tcbsplit.config.decode import Decoder, missing
from tcbsplit.config.document import Mistakes, read
from tcbsplit.config.settings import Scenario, Settings
from tcbsplit.model.phase import Cut

POLICIES = ("handoff", "elide", "stub", "panic")


def load(path: Path, *, source: Path | None = None, compdb: Path | None = None) -> Settings:
    """Return the settings of the configuration at ``path``.

    ``source`` and ``compdb`` override what the configuration says. Raises ``ConfigError`` with
    all mistakes, each with its file and line.
    """
    mistakes = Mistakes()
    document = read(path)
    decoder = Decoder(path, mistakes)
    scenarios = _scenario_file(path, document, mistakes)
    settings = decoder.record(document, Settings, "")
    mistakes.complain()
    if missing(settings):
        raise AssertionError("a mistake was not reported")
    base = path.resolve().parent
    if scenarios:
        settings = msgspec.structs.replace(settings, scenarios=scenarios)
    settings = _with_paths(settings, base, path.resolve(), source, compdb)
    _check(settings, document, path, mistakes)
    mistakes.complain()
    return settings


def _scenario_file(path: Path, document: yaml.Node, mistakes: Mistakes) -> dict[str, Scenario]:
    """Take ``scenarios: FILE`` out of the document and return what that file holds."""
    if not isinstance(document, yaml.MappingNode):
        return {}
    for key, value in document.value:
        if key.value != "scenarios" or not isinstance(value, yaml.ScalarNode):
            continue
        document.value.remove((key, value))
        file = path.parent / str(value.value)
        if not file.is_file():
            mistakes.add(path, value, "scenarios", f"{file}: no such file")
            return {}
        found = Decoder(file, mistakes).value(read(file), dict[str, Scenario], "")
        return {} if missing(found) else dict(found)
    return {}


def _with_paths(
    settings: Settings, base: Path, path: Path, source: Path | None, compdb: Path | None
) -> Settings:
    changes: dict[str, Any] = {
        "source": (source or base / settings.source).resolve(),
        "path": path,
        "compdb": compdb.resolve() if compdb else None,
    }
    if settings.split is not None:
        split = settings.split
        changes["split"] = msgspec.structs.replace(
            split,
            glue=msgspec.structs.replace(split.glue, adapter_path=base / split.glue.adapter),
            guest=msgspec.structs.replace(split.guest, adapter_path=base / split.guest.adapter),
        )
    return msgspec.structs.replace(settings, **changes)


def _check(settings: Settings, document: yaml.Node, path: Path, mistakes: Mistakes) -> None:
    if not settings.source.is_dir():
        mistakes.add(path, _node(document, "source"), "source", f"{settings.source}: no such tree")
    for number, cut in enumerate(settings.cuts):
        for what in _cut(cut):
            mistakes.add(path, _node(document, "cuts", number), f"cuts[{number}]", what)
    for name in settings.build:
        if name not in ("original", "thin", "guest"):
            mistakes.add(
                path, _node(document, "build"), f"build.{name}", "is none of: original, thin, guest"
            )
    if settings.split is None:
        return
    glue = settings.split.glue
    if bool(glue.list) == bool(glue.include_in):
        mistakes.add(
            path, _node(document, "split"), "split.glue", "needs exactly one of: list, include_in"
        )
    for where, adapter in (("glue", glue), ("guest", settings.split.guest)):
        if not adapter.adapter_path.is_file():
            mistakes.add(
                path,
                _node(document, "split"),
                f"split.{where}.adapter",
                f"{adapter.adapter_path}: no such file",
            )


def _cut(cut: Cut) -> list[str]:
    wrong = []
    if cut.policy not in POLICIES:
        wrong.append(f"policy {cut.policy!r} is none of: {', '.join(POLICIES)}")
    if cut.policy == "stub" and not cut.expression:
        wrong.append("policy stub needs an expression")
    if cut.policy != "stub" and cut.expression:
        wrong.append(f"policy {cut.policy} takes no expression")
    if not cut.reason.strip():
        wrong.append("needs a reason")
    return wrong


def _node(document: Any, key: str, number: int | None = None) -> yaml.Node | None:
    found: yaml.Node | None = next((v for k, v in document.value if k.value == key), None)
    if number is not None and isinstance(found, yaml.SequenceNode):
        inner: yaml.Node = found.value[number]
        return inner
    return found
