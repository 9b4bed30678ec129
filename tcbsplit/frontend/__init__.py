# SPDX-License-Identifier: MIT
"""Read a compile database into a linked program."""
