"""From a linked program to the reference graph: every edge with its evidence."""

from tcbsplit.callgraph.build import build_graph

__all__ = ["build_graph"]
