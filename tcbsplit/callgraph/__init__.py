# SPDX-License-Identifier: MIT
"""Build the reference graph of a linked program: every edge with its evidence; follow pointers."""

from tcbsplit.callgraph.edges import build_graph
from tcbsplit.callgraph.misnamed import misnamed
from tcbsplit.callgraph.pointing import Pointing
from tcbsplit.callgraph.registry import entries

__all__ = ["Pointing", "build_graph", "entries", "misnamed"]
