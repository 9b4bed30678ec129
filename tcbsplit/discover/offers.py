# SPDX-License-Identifier: MIT
"""Choose the image of a hypervisor among the linked files of a build."""

from __future__ import annotations

from collections.abc import Sequence

from tcbsplit.model.draft import ImageOffer
from tcbsplit.model.landmarks import LandmarkKind, Landmarks


def offer(marks: Landmarks, path: str, size: int) -> ImageOffer:
    """Return what an image has to offer; ``size`` is that of its file in bytes."""
    return ImageOffer(
        path=path,
        bytes=size,
        launches=any(m.kind is LandmarkKind.LAUNCH for m in marks.found),
        landmarks=len({(m.kind, m.names) for m in marks.found}),
    )


def ranked(offers: Sequence[ImageOffer]) -> tuple[ImageOffer, ...]:
    """Return the offers, the likeliest first: one that enters guests, and shows most of how."""
    return tuple(
        sorted(offers, key=lambda o: (not o.launches, -o.landmarks, len(o.path), -o.bytes, o.path))
    )
