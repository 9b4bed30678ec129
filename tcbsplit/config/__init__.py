"""YAML -> frozen, validated settings; every mistake at once, each with file:line."""

from tcbsplit.config.load import load
from tcbsplit.config.settings import (
    Bridge,
    GlueSettings,
    GuestSettings,
    HandoffVariable,
    Recipe,
    Registry,
    Scenario,
    Settings,
    SplitSettings,
)

__all__ = [
    "Bridge",
    "GlueSettings",
    "GuestSettings",
    "HandoffVariable",
    "Recipe",
    "Registry",
    "Scenario",
    "Settings",
    "SplitSettings",
    "load",
]
