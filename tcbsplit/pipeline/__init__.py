"""Calls the wings in order and reads and writes their artifacts; nothing else.

The artifacts of one configuration lie in one folder (``reports/<name>/``), and each stage starts
from the saved artifacts of the one before.
"""

from tcbsplit.pipeline.analysis import analyze, capture, capture_copy, load_analysis, reread, split
from tcbsplit.pipeline.reporting import report
from tcbsplit.pipeline.validation import boot, build, replay
from tcbsplit.pipeline.workspace import Workspace

__all__ = [
    "Workspace",
    "analyze",
    "boot",
    "build",
    "capture",
    "capture_copy",
    "load_analysis",
    "replay",
    "report",
    "reread",
    "split",
]
