# SPDX-License-Identifier: MIT
"""Edits of C sources as data, and the one function that applies them."""
