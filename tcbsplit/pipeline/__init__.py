"""Calls the wings in order and reads and writes their artifacts; nothing else.

The artifacts of one configuration lie in one folder (``reports/<name>/``), and each stage starts
from the saved artifacts of the one before.
"""

from tcbsplit.frontend.cache import default_path
from tcbsplit.frontend.cluster import cluster
from tcbsplit.pipeline.analysis import DIRECTLY, Extraction, analyze, load_analysis, reread, split
from tcbsplit.pipeline.caching import cache_info, clear_cache
from tcbsplit.pipeline.capturing import capture, capture_copy
from tcbsplit.pipeline.reporting import report
from tcbsplit.pipeline.validation import boot, build, replay
from tcbsplit.pipeline.workspace import Workspace

__all__ = [
    "DIRECTLY",
    "Extraction",
    "Workspace",
    "analyze",
    "boot",
    "build",
    "cache_info",
    "capture",
    "capture_copy",
    "clear_cache",
    "cluster",
    "default_path",
    "load_analysis",
    "replay",
    "report",
    "reread",
    "split",
]
