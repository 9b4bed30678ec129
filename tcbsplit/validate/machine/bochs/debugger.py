# SPDX-License-Identifier: MIT
"""The talk with Bochs's debugger: it waits for a word before a machine starts and when it stops.

It also stops when a guest is left for the first time (VMEXIT): so a guest was launched.
"""

from __future__ import annotations

_PROMPT = b"<bochs:"
_GO_ON = b"c\n"
_TOGGLE = b"vmexitbp\n"  # whether it stops at a VMEXIT, of SVM or of VMX, on the first processor
_ARMED = b"vmexit switch break enabled"
_CAUGHT = b"Caught VMEXIT breakpoint"
_MOST = 65536  # bytes between prompts that are looked at


class Debugger:
    """What to type, by what is printed; with ``watch`` it finds out whether a guest is launched."""

    def __init__(self, watch: bool) -> None:
        self._said = b""
        self._next = [_TOGGLE] if watch else []
        self._armed = False
        self._launched = False

    @property
    def launched(self) -> bool | None:
        """Whether a guest was launched; unknown if nobody watched."""
        return self._launched if self._armed else None

    def answer(self, chunk: bytes) -> bytes:
        """What to type after ``chunk`` was printed; often nothing."""
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
