# SPDX-License-Identifier: MIT
"""Replace and check placeholders in settings: ``{jobs}``, ``{image}`` …"""

from __future__ import annotations

import string
from collections.abc import Iterable, Iterator, Mapping, Sequence

from tcbsplit.errors import ConfigError, near


def fill(text: str, places: Mapping[str, str]) -> str:
    """Return ``text`` with its placeholders replaced; ``{{`` stands for a literal brace."""
    try:
        return text.format_map(places)
    except KeyError as error:
        known = ", ".join(f"{{{p}}}" for p in sorted(places))
        raise ConfigError(
            f"{text}: there is no {{{error.args[0]}}} here; there is: {known or 'nothing'}"
        ) from None


def fill_all(words: Sequence[str], places: Mapping[str, str]) -> tuple[str, ...]:
    """Return a command with the placeholders of every word replaced."""
    return tuple(fill(word, places) for word in words)


def unknown_places(field: str, text: str, known: Iterable[str]) -> Iterator[tuple[str, str]]:
    """Yield (field, problem) for each placeholder of ``text`` that is not ``known``."""
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
