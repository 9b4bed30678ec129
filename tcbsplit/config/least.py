# SPDX-License-Identifier: MIT
"""Write the least section ``split`` with which a configuration can be split."""

from __future__ import annotations

from tcbsplit.config.select import is_glob
from tcbsplit.config.settings import Settings
from tcbsplit.model.vocabulary import CutPolicy

_FILE = "FILE.c"


def least_split(settings: Settings, kept: str = _FILE) -> str:
    """Return YAML; ``kept`` is a file of the hypervisor that stays, to which the glue may join."""
    handed = [c.callee for c in settings.cuts if c.policy is CutPolicy.HANDOFF]
    entries = dict.fromkeys(n for n in (handed or settings.preprocess) if not is_glob(n))
    return "\n".join(
        (
            "split:",
            "  glue:",
            f"    adapter: {settings.name}/thin.c # you write it (docs/how-to/adapter.md)",
            f"    include_in: {kept} # a file that stays; or list: {{file, after, text}}",
            "  guest:",
            f"    adapter: {settings.name}/guest.c",
            f"    entries: [{', '.join(entries)}] # what the guest runs, in this order",
        )
    )


def no_split(settings: Settings, kept: str = _FILE) -> str:
    """Return what is wrong with a configuration without a section ``split``."""
    return (
        f"{settings.path}: no section split: say where the glue joins the build. The least is:\n"
        + least_split(settings, kept)
    )
