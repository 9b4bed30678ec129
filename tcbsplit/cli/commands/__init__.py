# SPDX-License-Identifier: MIT
"""One file per subcommand, with a function of the same name."""
