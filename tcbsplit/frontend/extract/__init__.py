# SPDX-License-Identifier: MIT
"""Extract the facts of one translation unit with libclang."""
