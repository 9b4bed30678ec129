# SPDX-License-Identifier: MIT
"""Load a configuration: read its files, decode them, and resolve its paths."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType
from typing import Any

import msgspec
import yaml

from tcbsplit.config.document import Mistakes, pair_of, short, usable
from tcbsplit.config.settings import Settings


def load(
    path: Path,
    *,
    source: Path | None = None,
    compdb: Path | None = None,
    given: Mapping[str, str] = MappingProxyType({}),
) -> Settings:
    """Return the settings of the configuration at ``path``.

    ``source`` and ``compdb`` override the configuration. ``given`` has values for the parameters
    of its scenarios, and images: ``original``, ``split``, ``guest``. Raise ``ConfigError`` with
    all mistakes of all its files, each with its file and line.
    """
    # Imported here because loading the validator's library slows down the start-up.
    from tcbsplit.config.decode import decode
    from tcbsplit.config.scenarios import read_scenarios

    mistakes = Mistakes()
    document = mistakes.read(path)
    changes: dict[str, Any] = {}
    scenarios = pair_of(document, "scenarios")
    if scenarios is not None and isinstance(scenarios[1], yaml.ScalarNode):
        document.value.remove(scenarios)
        file = path.parent / scenarios[1].value
        if usable(file):
            changes["scenarios"], changes["parameters"] = read_scenarios(file, given, mistakes)
        else:
            mistakes.add(scenarios[1], f"{short(str(file))}: no such file")
    settings = decode(document, Settings, mistakes)
    _check_source(path, document, source, mistakes)
    mistakes.complain()
    if settings is None:
        raise AssertionError("a mistake was not reported")
    changes["given"] = dict(given)
    return _with_paths(msgspec.structs.replace(settings, **changes), path.resolve(), source, compdb)


def _check_source(path: Path, document: yaml.Node, source: Path | None, mistakes: Mistakes) -> None:
    """Record a mistake if the source tree does not exist."""
    if source is not None:
        if not usable(source, folder=True):
            mistakes.add_at(str(path), 1, f"--source: {short(str(source))}: no such folder")
        elif source.resolve() == Path("/"):
            mistakes.add_at(str(path), 1, "--source: / is all of this machine, not a source tree")
        return
    pair = pair_of(document, "source")
    if pair and isinstance(pair[1], yaml.ScalarNode) and pair[1].value:
        if "\0" in pair[1].value:
            return  # the decoder has reported it
        tree = path.resolve().parent / pair[1].value
        if not usable(tree, folder=True):
            mistakes.add(pair[1], f"{short(str(tree))}: no such folder")
        elif tree.resolve() == Path("/"):
            mistakes.add(pair[1], "/ is all of this machine, not a source tree")


def _below(folder: Path, path: Path | None) -> Path | None:
    """Return a path that is relative to ``folder`` as an absolute one."""
    return (folder / path).resolve() if path is not None else None


def _with_paths(
    settings: Settings, path: Path, source: Path | None, compdb: Path | None
) -> Settings:
    base = path.parent
    named = settings.artifacts if settings.artifacts != Path() else None
    changes: dict[str, Any] = {
        "source": (source or base / settings.source).resolve(),
        "artifacts": _below(base, named or Path("reports") / settings.name),
        "path": path,
        "compdb": compdb.resolve() if compdb else _below(base, settings.compdb),
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
