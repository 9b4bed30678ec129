"""Calls the wings in order and reads and writes their artifacts; nothing else.

The artifacts of one configuration lie in one folder (``reports/<name>/``), and each stage starts
from the saved artifacts of the one before. A stage is loaded when it is first used: who only
analyses does not wait for what builds and boots.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

from tcbsplit.pipeline.workspace import Progress, Workspace, quiet

if TYPE_CHECKING:
    from tcbsplit.frontend.cache import default_path
    from tcbsplit.frontend.cluster import cluster
    from tcbsplit.pipeline.advice import between, conflicts, explain, suggest, what_if
    from tcbsplit.pipeline.analysis import load_analysis
    from tcbsplit.pipeline.auditing import audit, audit_machine, trace
    from tcbsplit.pipeline.budgeting import (
        RULES,
        bounds,
        check,
        diff,
        diff_revisions,
        findings,
        matrix,
    )
    from tcbsplit.pipeline.caching import cache_info, clear_cache
    from tcbsplit.pipeline.capturing import capture, capture_copy
    from tcbsplit.pipeline.current import analyze
    from tcbsplit.pipeline.doctoring import doctor
    from tcbsplit.pipeline.extraction import DIRECTLY, Extraction
    from tcbsplit.pipeline.oracle import machine_code
    from tcbsplit.pipeline.reporting import report
    from tcbsplit.pipeline.splitting import reread, split
    from tcbsplit.pipeline.validation import (
        Booting,
        boot,
        build,
        build_trees,
        replay,
        scenario_schema,
    )
    from tcbsplit.pipeline.verification import bom, verify

_HOMES = {
    "tcbsplit.frontend.cache": ("default_path",),
    "tcbsplit.frontend.cluster": ("cluster",),
    "tcbsplit.pipeline.advice": ("between", "conflicts", "explain", "suggest", "what_if"),
    "tcbsplit.pipeline.analysis": ("load_analysis",),
    "tcbsplit.pipeline.auditing": ("audit", "audit_machine", "trace"),
    "tcbsplit.pipeline.budgeting": (
        "RULES",
        "bounds",
        "check",
        "diff",
        "diff_revisions",
        "findings",
        "matrix",
    ),
    "tcbsplit.pipeline.caching": ("cache_info", "clear_cache"),
    "tcbsplit.pipeline.capturing": ("capture", "capture_copy"),
    "tcbsplit.pipeline.current": ("analyze",),
    "tcbsplit.pipeline.doctoring": ("doctor",),
    "tcbsplit.pipeline.extraction": ("DIRECTLY", "Extraction"),
    "tcbsplit.pipeline.oracle": ("machine_code",),
    "tcbsplit.pipeline.reporting": ("report",),
    "tcbsplit.pipeline.splitting": ("reread", "split"),
    "tcbsplit.pipeline.validation": (
        "Booting",
        "boot",
        "build",
        "build_trees",
        "replay",
        "scenario_schema",
    ),
    "tcbsplit.pipeline.verification": ("bom", "verify"),
}
_HOME = {name: home for home, names in _HOMES.items() for name in names}

__all__ = [
    "DIRECTLY",
    "RULES",
    "Booting",
    "Extraction",
    "Progress",
    "Workspace",
    "analyze",
    "audit",
    "audit_machine",
    "between",
    "bom",
    "boot",
    "bounds",
    "build",
    "build_trees",
    "cache_info",
    "capture",
    "capture_copy",
    "check",
    "clear_cache",
    "cluster",
    "conflicts",
    "default_path",
    "diff",
    "diff_revisions",
    "doctor",
    "explain",
    "findings",
    "load_analysis",
    "machine_code",
    "matrix",
    "quiet",
    "replay",
    "report",
    "reread",
    "scenario_schema",
    "split",
    "suggest",
    "trace",
    "verify",
    "what_if",
]


def __getattr__(name: str) -> Any:
    if name not in _HOME:
        raise AttributeError(f"module {__name__} has no attribute {name}")
    return getattr(import_module(_HOME[name]), name)
