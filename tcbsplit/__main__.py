# SPDX-License-Identifier: MIT
"""``python -m tcbsplit`` and the ``tcbsplit`` command."""

from __future__ import annotations

import codecs
import os
import sys


def main() -> None:
    """Run the command line; Ctrl-C while it is still being loaded is no traceback either."""
    try:
        _run()
    except KeyboardInterrupt:
        sys.stderr.write("tcbsplit: interrupted; earlier results are as they were\n")
        sys.exit(130)


def _run() -> None:
    from tcbsplit.cli.interrupts import insist
    from tcbsplit.cli.streams import secure

    secure()
    insist()
    if codecs.lookup(sys.getfilesystemencoding()).name != "utf-8":
        # Names of files are UTF-8 whatever the locale says (PEP 540). With -P, no module is found
        # in the current folder, which may be somebody else's.
        words = [sys.executable, "-P", "-X", "utf8", "-m", "tcbsplit", *sys.argv[1:]]
        os.execv(sys.executable, words)
    from tcbsplit.cli.app import main as run

    run()


if __name__ == "__main__":
    main()
