"""``python -m tcbsplit`` and the ``tcbsplit`` command."""

from __future__ import annotations

from tcbsplit.cli import main

__all__ = ["main"]

if __name__ == "__main__":
    main()
