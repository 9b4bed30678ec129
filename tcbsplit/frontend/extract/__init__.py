"""One translation unit -> facts. The only place that imports libclang."""

from tcbsplit.frontend.extract.unit import extract

__all__ = ["extract"]
