"""What patterns of a configuration look like: prefixes, wildcards, files."""

from __future__ import annotations

import re
from collections.abc import Collection
from fnmatch import fnmatchcase

from tcbsplit.errors import near

ATTRIBUTES = (
    "assembly", "constructor", "destructor", "inline", "noreturn", "static", "used", "weak",
)  # fmt: skip
PREFIXES = ("file", "section", "attribute", "registry")


def is_glob(pattern: str) -> bool:
    """Whether a pattern has wildcards."""
    return any(c in pattern for c in "*?[")


def may_mean(pattern: str, file: str) -> bool:
    """Whether a pattern matches ``file`` or may match an id ``file:NAME`` of what is in it."""
    if fnmatchcase(file, pattern):
        return True
    inside = file + ":"
    for i, char in enumerate(pattern):
        if char == ":" and fnmatchcase(inside, pattern[: i + 1]):
            return True
        # A star may reach over the colon into the name.
        if char == "*" and fnmatchcase(inside, pattern[: i + 1]) and _in_names(pattern[i:], file):
            return True
    return False


def _in_names(rest: str, file: str) -> bool:
    """Whether names have such an end. Only assembly has dots in them."""
    special = "" if file.endswith((".c", ".h")) else ".$@"
    return re.fullmatch(rf"[\w*?\[\]!{re.escape(special)}-]*", rest) is not None


def file_pattern(pattern: str) -> str:
    """The glob over files, or over ids in files, that a pattern is; empty where it is neither.

    What lies outside of the tree has an absolute path, and no pattern is checked against it.
    """
    prefix, colon, rest = pattern.partition(":")
    if colon and prefix in PREFIXES:
        return rest if prefix == "file" else ""
    return pattern if ("/" in pattern or colon) and pattern[0] != "/" else ""


def file_glob(pattern: str) -> str:
    """The glob over files that a pattern is: ``file:GLOB``, or with a slash; else empty."""
    if pattern.startswith("file:"):
        return pattern.removeprefix("file:")
    return pattern if "/" in pattern and is_glob(pattern) else ""


def wrong_selector(pattern: str, registries: Collection[str]) -> str:
    """What is wrong with ``attribute:NAME`` or ``registry:NAME:KEY``, as far as that is known."""
    prefix, colon, rest = pattern.partition(":")
    if colon and prefix == "attribute" and rest not in ATTRIBUTES:
        return f"no attribute {rest}{near(rest, ATTRIBUTES)}; there are: {', '.join(ATTRIBUTES)}"
    name = rest.partition(":")[0]
    if colon and prefix == "registry" and name not in registries:
        known = ", ".join(registries) or "none"
        return f"no registry {name}{near(name, registries)} (configured: {known})"
    return ""
