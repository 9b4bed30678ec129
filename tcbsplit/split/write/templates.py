# SPDX-License-Identifier: MIT
"""Reads the texts that emitted files are made of: the C runtime, its templates, and adapters."""

from __future__ import annotations

from functools import cache
from importlib import resources
from pathlib import Path

from jinja2 import Environment, StrictUndefined, Template

from tcbsplit.config.settings import GuestSettings
from tcbsplit.errors import SourceError


def runtime_text(*path: str) -> str:
    """Return the text of a file of the package's C runtime."""
    return resources.files("tcbsplit").joinpath("runtime", *path).read_text(encoding="utf-8")


def render(template: str, **context: object) -> bytes:
    """Return a filled template of the runtime (path below ``tcbsplit/runtime``)."""
    return _compiled(template).render(**context).encode()


@cache
def _compiled(template: str) -> Template:
    """Return a template; compiling takes longer than filling, and some are filled many times."""
    environment = Environment(
        undefined=StrictUndefined, keep_trailing_newline=True, trim_blocks=True, lstrip_blocks=True
    )
    return environment.from_string(runtime_text(*template.split("/")))


def adapter_text(path: Path) -> bytes:
    """Return an adapter's text; raises ``SourceError`` if it cannot be read."""
    try:
        return path.read_bytes()
    except OSError as error:
        raise SourceError(f"{path}: the adapter cannot be read: {error.strerror}") from None


def adapter_texts(settings: GuestSettings) -> dict[str, bytes]:
    """Return the guest's adapter and those of its images, by the name of the emitted file."""
    images = {f"image_{n}.c": adapter_text(p) for n, p in settings.image_paths.items()}
    return {"adapter.c": adapter_text(settings.adapter_path), **images}
