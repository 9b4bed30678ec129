# SPDX-License-Identifier: MIT
"""YAML -> frozen, validated settings; all mistakes are told at once, each with file and line."""
