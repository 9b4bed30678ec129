# SPDX-License-Identifier: MIT
"""Reads machine code: which functions branch to, or mention, which others."""
