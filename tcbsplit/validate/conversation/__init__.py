# SPDX-License-Identifier: MIT
"""Talk with a machine over its serial lines, and record what is said."""
