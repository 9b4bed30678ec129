# SPDX-License-Identifier: MIT
"""Read machine code: which functions branch to, or mention, which others."""
