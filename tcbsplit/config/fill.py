"""Placeholders of settings: ``{jobs}``, ``{image}`` … -> their values."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from tcbsplit.errors import ConfigError


def fill(text: str, places: Mapping[str, str]) -> str:
    """Return ``text`` with its placeholders replaced; ``{{`` stands for a brace of its own."""
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
