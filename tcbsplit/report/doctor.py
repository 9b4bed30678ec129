# SPDX-License-Identifier: MIT
"""Render the state of a host as text."""

from __future__ import annotations

from tcbsplit.model.health import Diagnosis, Found, Need
from tcbsplit.model.vocabulary import Stage


def diagnosis_text(found: Diagnosis) -> str:
    """Return a line for each need and accelerator, what to install, and which stages work."""
    width = max(len(n.name) for n in found.needs)
    lines = [", ".join(f"{name} {text}" for name, text in found.versions.items()), ""]
    for need in found.needs:
        lines.append(f"{need.name:{width}} {need.found:4} {need.text}")
        lines += [f"{'':{width}}      {text}" for text in _more(need)]
    lines += ["", "machines for boots:"]
    lines += [
        f"{o.name:{width}} {Found.THERE if o.there else Found.MISSING:4} {o.text}"
        for o in found.accelerators
    ]
    works = [s for s in Stage if found.ready(s)]
    fails = [s for s in Stage if s not in works]
    lines += ["", f"stages that work: {', '.join(works) or 'none'}"]
    if fails:
        lines.append(f"stages that do not: {', '.join(fails)}")
    return "\n".join(lines)


def _more(need: Need) -> list[str]:
    """Return what is lost, and how to install it on each distribution."""
    if need.found is Found.THERE:
        return []
    lines = [f"without it: no {need.lost}"] if need.lost else []
    return lines + [f"{name}: {command}" for name, command in need.install.items()]
