"""YAML -> frozen, validated settings; every mistake at once, each with file:line."""

from tcbsplit.config.load import load
from tcbsplit.config.name import Name, at, in_order, optional
from tcbsplit.config.placeholders import fill, fill_all
from tcbsplit.config.precheck import void
from tcbsplit.config.scenario import (
    Boundary,
    Comparison,
    Disk,
    Machine,
    Marker,
    Network,
    Port,
    Scenario,
    ScenarioFile,
)
from tcbsplit.config.settings import (
    Assets,
    Bridge,
    Carry,
    GlueSettings,
    GuestSettings,
    HandoffSettings,
    HandoffVariable,
    Recipe,
    Registry,
    Settings,
    SplitSettings,
)

__all__ = [
    "Assets",
    "Boundary",
    "Bridge",
    "Carry",
    "Comparison",
    "Disk",
    "GlueSettings",
    "GuestSettings",
    "HandoffSettings",
    "HandoffVariable",
    "Machine",
    "Marker",
    "Name",
    "Network",
    "Port",
    "Recipe",
    "Registry",
    "Scenario",
    "ScenarioFile",
    "Settings",
    "SplitSettings",
    "at",
    "fill",
    "fill_all",
    "in_order",
    "load",
    "optional",
    "void",
]
