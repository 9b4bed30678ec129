"""Loads a configuration: reads its files, decodes them, and resolves its paths."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType
from typing import Any

import msgspec
import yaml

from tcbsplit.config.decode import Decoder, missing
from tcbsplit.config.document import Mistakes, read
from tcbsplit.config.scenarios import Scenarios, read_scenarios
from tcbsplit.config.settings import Settings


def load(
    path: Path,
    *,
    source: Path | None = None,
    compdb: Path | None = None,
    given: Mapping[str, str] = MappingProxyType({}),
) -> Settings:
    """Return the settings of the configuration at ``path``.

    ``source`` and ``compdb`` override what the configuration says; ``given`` are values of the
    parameters of its scenarios, and images: ``original``, ``split``, ``guest``. Raises
    ``ConfigError`` with all mistakes of all its files, each with its file and line.
    """
    mistakes = Mistakes()
    document = read(path)
    scenarios = _scenario_file(path, document, given, mistakes)
    settings = Decoder(path, mistakes).record(document, Settings, "")
    _check_source(path, document, source, mistakes)
    mistakes.complain()
    if missing(settings):
        raise AssertionError("a mistake was not reported")
    if scenarios is not None:
        settings = msgspec.structs.replace(
            settings, scenarios=scenarios.scenarios, parameters=scenarios.parameters
        )
    settings = msgspec.structs.replace(settings, given=dict(given))
    return _with_paths(settings, path.resolve(), source, compdb)


def _scenario_file(
    path: Path, document: yaml.Node, given: Mapping[str, str], mistakes: Mistakes
) -> Scenarios | None:
    """Take ``scenarios: FILE`` out of the document and return what that file holds."""
    if not isinstance(document, yaml.MappingNode):
        return None
    for key, value in document.value:
        if key.value != "scenarios" or not isinstance(value, yaml.ScalarNode):
            continue
        document.value.remove((key, value))
        file = path.parent / str(value.value)
        if not file.is_file():
            mistakes.add(path, value, "scenarios", f"{file}: no such file")
            return None
        return read_scenarios(file, given, mistakes)
    return None


def _check_source(path: Path, document: yaml.Node, source: Path | None, mistakes: Mistakes) -> None:
    """The tree must be there, wherever it was named."""
    if source is not None:
        if not source.is_dir():
            mistakes.add(path, None, "--source", f"{source}: no such folder")
        return
    for key, value in document.value if isinstance(document, yaml.MappingNode) else ():
        if key.value == "source" and isinstance(value, yaml.ScalarNode) and value.value:
            if "\0" in value.value:
                return  # complained of already
            tree = (path.resolve().parent / value.value).resolve()
            if not tree.is_dir():
                mistakes.add(path, value, "source", f"{tree}: no such folder")


def _with_paths(
    settings: Settings, path: Path, source: Path | None, compdb: Path | None
) -> Settings:
    base = path.parent
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
            guest=msgspec.structs.replace(
                split.guest,
                adapter_path=base / split.guest.adapter,
                image_paths={n: base / part for n, part in split.guest.images.items()},
            ),
        )
    return msgspec.structs.replace(settings, **changes)
