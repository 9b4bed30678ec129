"""YAML -> frozen, validated settings; every mistake at once, each with file:line."""

from tcbsplit.config.fill import fill, fill_all
from tcbsplit.config.load import load
from tcbsplit.config.settings import (
    Assets,
    Bridge,
    Carry,
    GlueSettings,
    GuestSettings,
    HandoffSettings,
    HandoffVariable,
    Machine,
    Recipe,
    Registry,
    Scenario,
    Settings,
    SplitSettings,
)

__all__ = [
    "Assets",
    "Bridge",
    "Carry",
    "GlueSettings",
    "GuestSettings",
    "HandoffSettings",
    "HandoffVariable",
    "Machine",
    "Recipe",
    "Registry",
    "Scenario",
    "Settings",
    "SplitSettings",
    "fill",
    "fill_all",
    "load",
]
