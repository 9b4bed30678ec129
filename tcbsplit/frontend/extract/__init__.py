# SPDX-License-Identifier: MIT
"""Extracts the facts of one translation unit, with libclang."""
