# SPDX-License-Identifier: MIT
"""Prepare and run machines: the files of a boot, and the accelerators that run it."""
