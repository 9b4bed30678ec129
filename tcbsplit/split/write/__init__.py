# SPDX-License-Identifier: MIT
"""Generates files, and writes the trees, the patch and the manifest."""
