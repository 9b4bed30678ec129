# SPDX-License-Identifier: MIT
"""report.html of a large program in a browser: its size, the first pictures, a keystroke."""

from __future__ import annotations

import statistics
from pathlib import Path

from tcbsplit.report.html.page import html
from tests.support.browser import Browser, keystroke, missing
from tests.support.pages import contents

WORDS = ("f", "fu", "function_7", "function_77 folder3", "sub4", "nothing")


def page(folder: Path, functions: int = 10_000, rounds: int = 5) -> None:
    """Print medians; a page of so many functions is to be there in 2 s, a keystroke in 100 ms."""
    if missing():
        print(f"report.html: not measured: {missing()}")
        return
    path = folder / "report.html"
    path.write_text(html(contents(functions)), encoding="utf-8")
    browser = Browser()
    first, drawn, keys = [], [], []
    try:
        for _ in range(rounds):
            browser.show(path)
            first.append(browser.run(
                "return performance.getEntriesByName('first-contentful-paint')[0].startTime"
            ))  # fmt: skip
            drawn.append(
                browser.run("return performance.getEntriesByName('map drawn')[0].startTime")
            )
            keys += [keystroke(browser, word) for word in WORDS]
    finally:
        browser.close()
    size = f"{path.stat().st_size / 1e6:.1f} MB"
    times = f"bars after {_middle(first)}, map after {_middle(drawn)}"
    keyed = f"keystroke {_middle(keys)} (most {max(keys):.0f} ms)"
    print(f"report.html, {functions} functions: {size}, {times}, {keyed}")


def _middle(milliseconds: list[float]) -> str:
    return f"{statistics.median(milliseconds):.0f} ms"
