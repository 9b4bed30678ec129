# SPDX-License-Identifier: MIT
"""Call the wings in order, and read and write their artifacts; nothing else.

The artifacts of one configuration are in one folder (``reports/<name>/``), and each stage starts
from the saved artifacts of the stage before it. ``pipeline/NAME.py`` has the use case of the
subcommand NAME.
"""
