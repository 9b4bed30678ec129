# SPDX-License-Identifier: MIT
"""Run machines under Bochs."""
