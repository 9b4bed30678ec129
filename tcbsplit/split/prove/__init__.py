# SPDX-License-Identifier: MIT
"""Checks emitted trees against the plan and the manifest, and exports the manifest."""
