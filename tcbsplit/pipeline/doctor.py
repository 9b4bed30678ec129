# SPDX-License-Identifier: MIT
"""Examine the accelerators of this host."""

from __future__ import annotations

from tcbsplit.frontend.cache import default_path
from tcbsplit.model.result import Offer
from tcbsplit.validate import doctor as doctors


def doctor() -> list[Offer]:
    """Return the state of every accelerator."""
    return doctors.look(default_path().parent)
