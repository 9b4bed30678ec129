"""The command line: arguments, printing, progress, exit status. The only place that prints."""

from tcbsplit.cli.app import main

__all__ = ["main"]
