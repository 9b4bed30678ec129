"""A YAML document with places: every value knows its line, duplicates and syntax are mistakes."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import yaml

from tcbsplit.errors import ConfigError


class Mistakes:
    """Collects complaints with their places and raises them all at once."""

    def __init__(self) -> None:
        self.found: list[tuple[str, int, str]] = []

    def add(self, path: Path, node: yaml.Node | None, where: str, what: str) -> None:
        """Note one mistake at a node of the file ``path``."""
        line = node.start_mark.line + 1 if node is not None else 1
        if node is not None:
            path = getattr(node.start_mark, "name", path)  # a node may come from an included file
        what = " ".join(what.splitlines())  # a name may have line ends in it
        mistake = (str(path), line, f"{path}:{line}: {where or 'document'}: {what}")
        if mistake not in self.found:
            self.found.append(mistake)

    def take(self, path: Path, error: ConfigError) -> None:
        """Note what made a whole file unreadable."""
        self.found.append((str(path), 0, str(error)))

    def complain(self) -> None:
        """Raise ``ConfigError`` if there was any mistake, in order of place."""
        if self.found:
            raise ConfigError("\n".join(text for _, _, text in sorted(self.found)))


def read(path: Path) -> yaml.Node:
    """Parse the YAML file ``path`` into nodes."""
    try:
        text = path.read_text(encoding="utf-8")
    except FileNotFoundError:
        raise ConfigError(f"{path}: no such configuration") from None
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigError(f"{path}: cannot be read: {error}") from None
    try:
        loader = yaml.SafeLoader(text)
        loader.name = str(path)
        node = loader.get_single_node()
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark
        line = mark.line + 1 if mark else 1
        raise ConfigError(f"{path}:{line}: not YAML: {error.problem or error.context}") from None
    except yaml.YAMLError as error:  # the reader's: characters that no YAML may hold
        reason = str(error).splitlines()[0]
        raise ConfigError(f"{path}:1: not YAML: {reason}") from None
    if node is None:
        raise ConfigError(f"{path}:1: the configuration is empty")
    return node


def scalar(node: yaml.ScalarNode) -> Any:
    """The Python value of a scalar (str, int, float, bool or None)."""
    try:
        return yaml.SafeLoader("").construct_object(node)
    except (yaml.YAMLError, ValueError):
        return UNREADABLE  # an unknown tag, a date that no calendar has


UNREADABLE = object()
