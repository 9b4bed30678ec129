# SPDX-License-Identifier: MIT
"""Join the analyses of several variants of one source: each function's class in each variant."""

from __future__ import annotations

from collections.abc import Mapping

from tcbsplit.model.phase import Classification
from tcbsplit.model.tcb import ABSENT, VariantRow, Variants
from tcbsplit.model.vocabulary import Phase


def join_variants(variants: Mapping[str, Classification]) -> Variants:
    """Join the classifications of several variants by function id."""
    ids = sorted({i for found in variants.values() for i in found.functions})
    rows = []
    for identity in ids:
        known = {n: c.functions.get(identity) for n, c in variants.items()}
        rows.append(
            VariantRow(
                function=identity,
                classes={n: f.kind if f else ABSENT for n, f in known.items()},
                runtime=any(f is not None and Phase.RUNTIME in f.phases for f in known.values()),
            )
        )
    return Variants(variants=tuple(variants), rows=tuple(rows))
