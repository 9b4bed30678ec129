# SPDX-License-Identifier: MIT
"""Record which code ran, and compare it with the analysis."""
