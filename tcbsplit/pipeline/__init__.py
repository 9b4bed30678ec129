# SPDX-License-Identifier: MIT
"""Call the other packages in order, and read and write their artifacts; nothing else.

The artifacts of one configuration are in one folder (``Settings.artifacts``). Each stage starts
from the saved artifacts of the previous stage. ``pipeline/NAME.py`` implements the subcommand NAME.
"""
