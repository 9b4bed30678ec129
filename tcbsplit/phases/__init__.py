"""From the graph, roots and cuts to the class of every function, with the chain that proves it."""

from tcbsplit.phases.classify import classify

__all__ = ["classify"]
