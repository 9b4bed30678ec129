# SPDX-License-Identifier: MIT
"""From the graph, roots and cuts to the class of every function, with the chain that proves it."""

from tcbsplit.phases.classify import classify
from tcbsplit.phases.directory import Directory
from tcbsplit.phases.request import Request

__all__ = ["Directory", "Request", "classify"]
