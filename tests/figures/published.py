# SPDX-License-Identifier: MIT
"""Where the published figures are, and what is taken from a run."""

from __future__ import annotations

import re
from pathlib import Path

REPOSITORY = Path(__file__).resolve().parent.parent.parent
EXAMPLES = REPOSITORY / "reports/examples"
HYPERVISORS = EXAMPLES / "hypervisors.csv"
README = REPOSITORY / "README.md"
PICTURE = REPOSITORY / "docs/tutorial/report.png"
KEPT = (
    "REPORT.md",
    "tables/sizes.csv",
    "tables/sizes.tex",
    "tables/bars.svg",
    "tables/treemap.svg",
)
# The sentences that all outputs share (headline and resident_line of report.tables).
HEADLINE = re.compile(r"TCB: \S+ % source lines \(\d+ -> \d+, glue counted\)[^\n*]*")
RESIDENT = re.compile(r"resident while the target runs: \S+ % source lines \(\d+ -> \d+\)[^\n*]*")
