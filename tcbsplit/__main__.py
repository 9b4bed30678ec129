# SPDX-License-Identifier: MIT
"""``python -m tcbsplit`` and the ``tcbsplit`` command."""

from __future__ import annotations

import sys


def main() -> None:
    """Run the command line; Ctrl-C while it is still being loaded is no traceback either."""
    try:
        from tcbsplit.cli.app import main as run

        run()
    except KeyboardInterrupt:
        sys.stderr.write("tcbsplit: interrupted; earlier results are as they were\n")
        sys.exit(130)


if __name__ == "__main__":
    main()
