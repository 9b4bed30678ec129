# SPDX-License-Identifier: MIT
"""Answer Bochs's debugger: it prompts before a machine starts and whenever it stops.

It also stops at the first VMEXIT, which shows that a guest was launched.
"""

from __future__ import annotations

_PROMPT = b"<bochs:"
_GO_ON = b"c\n"
_TOGGLE = b"vmexitbp\n"  # whether it stops at a VMEXIT, of SVM or of VMX, on the first processor
_ARMED = b"vmexit switch break enabled"
_CAUGHT = b"Caught VMEXIT breakpoint"
_MOST = 65536  # bytes kept between prompts


class Debugger:
    """The answers to the debugger; with ``watch`` it detects whether a guest is launched."""

    def __init__(self, watch: bool) -> None:
        self._said = b""
        self._next = [_TOGGLE] if watch else []
        self._armed = False
        self._launched = False

    @property
    def launched(self) -> bool | None:
        """Return whether a guest was launched; None if not watched."""
        return self._launched if self._armed else None

    def answer(self, chunk: bytes) -> bytes:
        """Return the input for the debugger after it printed ``chunk``; may be empty."""
        self._said = (self._said + chunk)[-_MOST:]
        before, prompt, rest = self._said.partition(_PROMPT)
        if not prompt:
            return b""
        self._said = rest
        self._armed = self._armed or _ARMED in before
        if _CAUGHT in before and not self._launched:
            self._launched = True
            self._next.append(_TOGGLE)  # once is enough, and every stop takes time
        return self._next.pop(0) if self._next else _GO_ON
