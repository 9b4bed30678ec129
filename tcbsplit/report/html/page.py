# SPDX-License-Identifier: MIT
"""Render report.html from its tables and the results of a run."""

from __future__ import annotations

import base64
import hashlib
import re

import msgspec

from tcbsplit.errors import Defect
from tcbsplit.report.contents import Contents
from tcbsplit.report.html.environment import asset, template
from tcbsplit.report.html.map import HEIGHT, WIDTH, first_map
from tcbsplit.report.html.overview import doubts, measures, statements
from tcbsplit.report.machine import contradiction
from tcbsplit.report.tables import COUNTED_RESIDENT, HEADINGS, MEASURES, rows

_SCRIPTS = ("base.js", "tables.js", "functions.js", "detail.js", "map.js")
_LATER = ("edges", "variables", "roots", "cuts", "sources")  # shown of one function only
_STYLES = ("page.css", "parts.css", "paper.css")
ON_PAPER = 24  # items of a list that may be long


def html(contents: Contents) -> str:
    """Return the page; equal results give equal text."""
    report = contents.report
    page = msgspec.structs.asdict(contents.page)
    scripts = [_script(asset(n)) for n in _SCRIPTS]
    return template("page.html.j2").render(
        name=report.name,
        report=report,
        measures=measures(report.table, report.resident),
        statements=statements(report, contents.audit, contents.split),
        doubts=doubts(report),
        sizes=[(m, HEADINGS, rows(report.table, m.figure, report.resident)) for m in MEASURES],
        counted_resident=COUNTED_RESIDENT,
        left=report.resident.left if report.resident else (),
        borders=contents.borders,
        prices=contents.prices,
        order=contents.split.order,
        audit=contents.audit,
        contradictions=[
            (f.build, contradiction(c)) for f in report.machine for c in f.contradictions
        ],
        maps=contents.maps,
        boots=[(b, contents.consoles.get(b.log)) for b in report.boots],
        styles="\n".join(map(asset, _STYLES)),
        scripts=scripts,
        hashes=" ".join(f"'sha256-{_digest(s)}'" for s in scripts),
        tiles=first_map(contents.page),
        on_paper=ON_PAPER,
        map_size=(WIDTH, HEIGHT),
        data=embedded({n: v for n, v in page.items() if n not in _LATER}),
        details=embedded({n: page[n] for n in _LATER}),
        classes=list(contents.page.classes),
        components=sorted(contents.page.components),
    )


def embedded(value: object) -> str:
    """Return a value as JSON that no parser of HTML takes for markup.

    HTML, 13.2.5.4: within a script element only ``</script`` and ``<!--`` mean something.
    """
    text = msgspec.json.encode(value).decode()
    return text.replace("&", "\\u0026").replace("<", "\\u003c").replace(">", "\\u003e")


def _script(text: str) -> str:
    """Return the text of a script element; the browser hashes it with line ends as ``\\n``."""
    if re.search(r"</script|<!--\s*<script", text, re.IGNORECASE):
        raise Defect("a script of the report would end its element")
    return text.replace("\r\n", "\n")


def _digest(text: str) -> str:
    """Return what a Content-Security-Policy names a script by (CSP 3, 2.3.1)."""
    return base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()
