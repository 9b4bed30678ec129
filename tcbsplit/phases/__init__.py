# SPDX-License-Identifier: MIT
"""Classify every function from graph, roots and cuts, with the chain that proves its class."""

from tcbsplit.phases.classify import classify
from tcbsplit.phases.directory import Directory
from tcbsplit.phases.request import Request

__all__ = ["Directory", "Request", "classify"]
