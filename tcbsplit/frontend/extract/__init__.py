"""One translation unit -> facts. The only place that imports libclang."""

from tcbsplit.frontend.extract.arguments import parse_arguments
from tcbsplit.frontend.extract.libclang import tune_process
from tcbsplit.frontend.extract.parsed import NoTree, Parsed
from tcbsplit.frontend.extract.pointees import pointee_layouts
from tcbsplit.frontend.extract.shared import Shared
from tcbsplit.frontend.extract.unit import parse, read

__all__ = [
    "NoTree",
    "Parsed",
    "Shared",
    "parse",
    "parse_arguments",
    "pointee_layouts",
    "read",
    "tune_process",
]
