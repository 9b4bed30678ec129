# SPDX-License-Identifier: MIT
"""A headless browser that looks at pages, as a reader would."""

from __future__ import annotations

import base64
import shutil
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from selenium.webdriver import Chrome
from selenium.webdriver.chrome.options import Options
from selenium.webdriver.chrome.service import Service
from selenium.webdriver.common.by import By
from selenium.webdriver.common.keys import Keys

FLAGS = (
    "--headless", "--no-sandbox", "--disable-gpu", "--disable-background-networking",
    "--disable-component-update", "--no-first-run", "--disable-dev-shm-usage",
    "--window-size=1300,1000",
)  # fmt: skip


def missing() -> str:
    """Why there is no browser; empty if there is one."""
    lacking = [p for p in ("chromium", "chromedriver") if shutil.which(p) is None]
    return f"not installed: {', '.join(lacking)}" if lacking else ""


class Browser:
    """Debian's Chromium with one page."""

    def __init__(self) -> None:
        options = Options()
        options.binary_location = shutil.which("chromium") or ""
        for flag in FLAGS:
            options.add_argument(flag)
        options.set_capability("goog:loggingPrefs", {"browser": "ALL"})
        self.driver = Chrome(options=options, service=Service(shutil.which("chromedriver") or ""))

    def show(self, page: Path, address: str = "") -> None:
        """Load a page anew, at an address in it, until its map is drawn."""
        self.driver.get("about:blank")
        self.driver.get(f"{page.as_uri()}{address}")
        self.wait("return performance.getEntriesByName('map drawn').length > 0")

    def run(self, script: str, *arguments: object) -> Any:
        """What a script returns."""
        return self.driver.execute_script(script, *arguments)

    def wait(self, condition: str, seconds: float = 60) -> None:
        """Wait until a script returns what is true."""
        end = time.monotonic() + seconds
        while not self.run(condition):
            assert time.monotonic() < end, condition
            time.sleep(0.02)

    def text(self, selector: str) -> str:
        """The text of the first element that a selector of CSS finds."""
        return self.driver.find_element(By.CSS_SELECTOR, selector).text

    def type(self, selector: str, text: str) -> None:
        """Type into an element."""
        self.driver.find_element(By.CSS_SELECTOR, selector).send_keys(text)

    def click(self, selector: str) -> None:
        """Click on an element."""
        self.driver.find_element(By.CSS_SELECTOR, selector).click()

    def scheme(self, name: str) -> None:
        """Prefer light or dark, as the system of a reader does."""
        features = [{"name": "prefers-color-scheme", "value": name}]
        self.driver.execute_cdp_cmd("Emulation.setEmulatedMedia", {"features": features})

    def printed(self) -> bytes:
        """The page as PDF, as a reader prints it."""
        options = {"printBackground": True, "preferCSSPageSize": True}
        return base64.b64decode(self.driver.execute_cdp_cmd("Page.printToPDF", options)["data"])

    def medium(self, name: str) -> None:
        """Show the page as on paper (``print``), or as on a screen again (nothing)."""
        self.driver.execute_cdp_cmd("Emulation.setEmulatedMedia", {"media": name})

    def complaints(self) -> list[str]:
        """What the console has of errors and warnings since the last call."""
        log: Callable[[str], list[dict[str, Any]]] = self.driver.get_log
        return [entry["message"] for entry in log("browser")]

    def close(self) -> None:
        """End the browser."""
        self.driver.quit()


def keystroke(browser: Browser, word: str) -> float:
    """Milliseconds from a change of the search to the frame that shows it."""
    found = browser.driver.execute_async_script(
        """
        const [word, done] = arguments;
        const search = document.getElementById("search");
        search.value = word;
        const began = performance.now();
        search.dispatchEvent(new Event("input"));
        document.getElementById("space").getBoundingClientRect();
        setTimeout(() => done(performance.now() - began));
        """,
        word,
    )
    return float(found)


__all__ = ["Browser", "Keys", "keystroke", "missing"]
