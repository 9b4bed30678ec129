# SPDX-License-Identifier: MIT
"""Exchange data with a machine over its serial lines, and record it."""
