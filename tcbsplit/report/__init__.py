# SPDX-License-Identifier: MIT
"""Render results as text: plain lines, Markdown, SARIF, JUnit and DOT; pure functions."""
