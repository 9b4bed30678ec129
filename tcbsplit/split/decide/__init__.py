# SPDX-License-Identifier: MIT
"""Decides what goes where: definitions to the trees, variables into the handoff."""
