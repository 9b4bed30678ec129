# SPDX-License-Identifier: MIT
"""Arguments, printing, progress and exit status of the subcommands."""
