# SPDX-License-Identifier: MIT
"""Read YAML files as nodes, and collect mistakes, each with the file and line of a node."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import yaml

from tcbsplit.errors import ConfigError
from tcbsplit.files import read_file

_DEPTH = 100  # a configuration needs ten
_LONGEST = 1000  # characters of a mistake


class Mistakes:
    """The mistakes of all files of a configuration, to be raised at once."""

    def __init__(self) -> None:
        self._found: set[tuple[str, int, str]] = set()  # (file, line, message)
        self._settings: dict[yaml.Node, str] = {}  # node -> its setting: ``cuts[0].callee``

    def read(self, path: Path) -> yaml.Node:
        """Parse the YAML file ``path``; a key given twice is a mistake.

        Raise ``ConfigError`` if the file cannot be read or is not YAML.
        """
        node = _parse(path)
        self._name(node, "")
        return node

    def add(self, node: yaml.Node, what: str, key: str = "") -> None:
        """Record a mistake in ``node``, or in the value of its ``key`` if it has that key."""
        setting = self._settings.get(node, "")
        if key:
            setting = f"{setting}.{key}" if setting else key
            pair = pair_of(node, key)
            node = pair[1] if pair else node
        what = short(" ".join(what.splitlines()), _LONGEST)  # a name may contain line ends
        self.add_at(*position(node), f"{short(setting) or 'document'}: {what}")

    def add_at(self, file: str, line: int, what: str) -> None:
        """Record a mistake in a line of a file."""
        self._found.add((file, line, f"{file}:{line}: {what}"))

    def take(self, path: Path, error: ConfigError) -> None:
        """Record the error that made the whole file ``path`` unreadable."""
        self._found.add((str(path), 0, str(error)))

    def complain(self) -> None:
        """Raise ``ConfigError`` with all mistakes by file and line, if there are any."""
        if self._found:
            raise ConfigError("\n".join(text for _, _, text in sorted(self._found)))

    def copy_name(self, node: yaml.Node, other: yaml.Node) -> None:
        """Report mistakes of ``node`` under the setting of ``other``."""
        self._settings[node] = self._settings.get(other, "")

    def _name(self, node: yaml.Node, setting: str) -> None:
        """Record the setting of ``node`` and of every node below it."""
        if node in self._settings:
            return  # an alias
        self._settings[node] = setting
        if isinstance(node, yaml.SequenceNode):
            for i, item in enumerate(node.value):
                self._name(item, f"{setting}[{i}]")
        elif isinstance(node, yaml.MappingNode):
            names: set[str] = set()
            for key, value in node.value:
                if not isinstance(key, yaml.ScalarNode):
                    self._settings[key] = setting
                    self.add(key, f"a key must be a name, not {shown(key)}")
                    continue
                name = f"{setting}.{key.value}" if setting else str(key.value)
                self._settings[key] = name
                if name in names:
                    self.add(key, "given twice")
                names.add(name)
                self._name(value, name)


def _parse(path: Path) -> yaml.Node:
    try:
        text = read_file(path).decode()
    except FileNotFoundError:
        raise ConfigError(f"{path}: no such configuration") from None
    except OSError as error:
        raise ConfigError(f"{path}: cannot be read: {error.strerror}") from None
    except UnicodeDecodeError as error:
        raise ConfigError(f"{path}: cannot be read: {error}") from None
    try:
        line = _too_deep(_loader(text, path))
        node = _loader(text, path).get_single_node() if not line else None
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark
        line = mark.line + 1 if mark else 1
        raise ConfigError(f"{path}:{line}: not YAML: {error.problem or error.context}") from None
    except yaml.YAMLError as error:  # of the reader: characters that YAML forbids
        reason = str(error).splitlines()[0]
        raise ConfigError(f"{path}:1: not YAML: {reason}") from None
    if line:
        raise ConfigError(f"{path}:{line}: nested deeper than {_DEPTH} levels")
    if node is None:
        raise ConfigError(f"{path}:1: the configuration is empty")
    return node


def _loader(text: str, path: Path) -> yaml.SafeLoader:
    loader = yaml.SafeLoader(text)
    loader.name = str(path)
    return loader


def _too_deep(loader: yaml.SafeLoader) -> int:
    """Return the line at which a document is nested too deeply to be read, else 0."""
    next_event: Callable[[], yaml.Event] = loader.get_event
    depth = 0
    while not isinstance(event := next_event(), yaml.StreamEndEvent):
        depth += isinstance(event, yaml.CollectionStartEvent)
        depth -= isinstance(event, yaml.CollectionEndEvent)
        if depth > _DEPTH:
            return event.start_mark.line + 1 if event.start_mark else 1
    return 0


def position(node: yaml.Node) -> tuple[str, int]:
    """Return the file of a node, as the user named it, and its first line."""
    return node.start_mark.name, node.start_mark.line + 1


def pair_of(node: yaml.Node, key: str) -> tuple[yaml.Node, yaml.Node] | None:
    """Return the nodes of ``key`` and its value in a mapping; None if it is missing."""
    return next((pair for pair in reversed(pairs(node)) if pair[0].value == key), None)


def pairs(node: yaml.Node) -> list[tuple[yaml.ScalarNode, yaml.Node]]:
    """Return the keys and values of a mapping; none if ``node`` is not a mapping."""
    if not isinstance(node, yaml.MappingNode):
        return []
    return [(key, value) for key, value in node.value if isinstance(key, yaml.ScalarNode)]


def scalar(node: yaml.ScalarNode) -> Any:
    """Return the Python value of a scalar; the node itself if it has none."""
    try:
        return yaml.SafeLoader("").construct_object(node)
    except (yaml.YAMLError, ValueError):
        return node  # an unknown tag, an impossible date


def shown(node: yaml.Node) -> str:
    """Return a short description of a value for a message."""
    if isinstance(node, yaml.ScalarNode):
        return repr(node.value)
    return "a list" if isinstance(node, yaml.SequenceNode) else "a mapping"


def usable(path: Path, *, folder: bool = False) -> bool:
    """Return whether a path is a file, or a folder; a name may be too long to be one."""
    try:
        return path.is_dir() if folder else path.is_file()
    except (OSError, ValueError):
        return False


def short(text: str, most: int = 300) -> str:
    """Return a text for a message, without the middle of a very long one."""
    return text if len(text) <= most else f"{text[: most - 100]}…{text[-50:]}"
