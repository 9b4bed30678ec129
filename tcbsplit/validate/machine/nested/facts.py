# SPDX-License-Identifier: MIT
"""Interpret the facts that the inner machine reports: its fitness, and the evidence."""

from __future__ import annotations

import re
from collections.abc import Mapping

VMRUN = 0x80  # AMD64 Architecture Programmer's Manual, volume 2, appendix C: VMEXIT_VMRUN
_COUNT = re.compile(r"exit_reason:\s*(\S+)\s*\}\s*hitcount:\s*(\d+)")
_MOST = 6  # exit reasons in the record


def unfit(facts: Mapping[str, str]) -> str:
    """Return why the inner KVM cannot run a hypervisor; empty if it can."""
    if refused := facts.get("refused"):
        return f"the inner kernel refused a module: {refused}"
    if missing := facts.get("no_kvm"):
        return f"the inner machine has no KVM: {missing}"
    nested = facts.get("kvm_amd.nested", "unknown")
    if nested not in ("1", "Y"):
        return f"kvm_amd in the inner machine does not nest (its parameter nested is {nested})"
    return facts.get("blind", "")


def counts(histogram: str) -> dict[int, int]:
    """Return exit reason -> count (Linux, Documentation/trace/histogram.rst)."""
    return {int(reason, 0): int(count) for reason, count in _COUNT.findall(histogram)}


def evidence(facts: Mapping[str, str], exits: str, nested: str) -> dict[str, str]:
    """Return the evidence; ``exits`` and ``nested`` are histograms of KVM events.

    ``vmrun`` counts the VMRUN instructions of the hypervisor that KVM handled.
    """
    of_all, of_nested = counts(exits), counts(nested)
    return {
        **dict(sorted(facts.items())),
        "exits": str(sum(of_all.values())),
        "vmrun": str(of_all.get(VMRUN, 0)),
        "nested_exits": str(sum(of_nested.values())),
        "exit_reasons": _most(of_all),
        "nested_exit_reasons": _most(of_nested),
    }


def _most(of: Mapping[int, int]) -> str:
    often = sorted(of.items(), key=lambda item: -item[1])[:_MOST]
    return " ".join(f"{reason:#x}:{count}" for reason, count in often)
