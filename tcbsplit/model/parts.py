# SPDX-License-Identifier: MIT
"""What runs of a linker joined: objects as given, and objects that it took out of archives."""

from __future__ import annotations

from collections.abc import Mapping

from tcbsplit.model.base import Record


class Part(Record, frozen=True, kw_only=True):
    """One run of a linker, by the main sources of the objects: of a part, or of the image."""

    given: frozenset[str]
    archived: Mapping[str, str]  # the archive of each source that is in one
