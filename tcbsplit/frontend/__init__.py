# SPDX-License-Identifier: MIT
"""Reads a compile database into a linked program."""
