# SPDX-License-Identifier: MIT
"""Figures that are published with the repository."""
