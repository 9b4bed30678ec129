# SPDX-License-Identifier: MIT
"""Read the templates, styles and scripts of pages; every text in a template is escaped."""

from __future__ import annotations

from importlib import resources

from jinja2 import Environment, PackageLoader, StrictUndefined, Template

_ENVIRONMENT = Environment(
    loader=PackageLoader("tcbsplit.report.html", "templates"),
    autoescape=True,
    undefined=StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
)


def template(name: str) -> Template:
    """Return a template by its file name."""
    return _ENVIRONMENT.get_template(name)


def asset(name: str) -> str:
    """Return the text of a style or a script."""
    return resources.files("tcbsplit.report.html").joinpath("assets", name).read_text("utf-8")
