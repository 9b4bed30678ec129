# SPDX-License-Identifier: MIT
"""Let no Ctrl-C be lost."""

from __future__ import annotations

import atexit
import signal
import sys

_SOON = 0.02  # seconds until a signal whose exception was dropped is raised again


def insist() -> None:
    """Raise a signal again whose exception Python dropped.

    The exception of a signal's handler is printed and dropped where it meets code that cannot
    raise: finalizers, callbacks of ``os.register_at_fork`` (``logging`` has them), of weak
    references (the import system's locks) and of ctypes (libclang's visitors). Without this, the
    process would go on as if nobody had pressed Ctrl-C.
    """
    old = sys.unraisablehook

    def hook(dropped: sys.UnraisableHookArgs) -> None:
        number = _number(dropped.exc_value)
        if number is None:
            old(dropped)
        else:
            _raise_soon(number)

    sys.unraisablehook = hook
    # Without our handler, which Python removes at its end, the timer would end the process.
    atexit.register(signal.setitimer, signal.ITIMER_REAL, 0)


def _number(error: BaseException | None) -> signal.Signals | None:
    if isinstance(error, KeyboardInterrupt):
        return signal.SIGINT
    if isinstance(error, SystemExit):
        from tcbsplit.process.signals import Ended

        return error.number if isinstance(error, Ended) else None
    return None


def _raise_soon(number: signal.Signals) -> None:
    # Raised at once, it would meet the same code. Where it does so again, the hook is called again.
    signal.signal(signal.SIGALRM, lambda *_: signal.raise_signal(number))
    signal.setitimer(signal.ITIMER_REAL, _SOON)
