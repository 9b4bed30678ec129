# SPDX-License-Identifier: MIT
"""Render report.html: one file with its data, pictures and scripts, which needs no network."""
