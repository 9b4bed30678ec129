"""From the graph, roots and cuts to the class of every function, with the chain that proves it."""

from tcbsplit.phases.classify import Request, classify
from tcbsplit.phases.directory import Directory

__all__ = ["Directory", "Request", "classify"]
