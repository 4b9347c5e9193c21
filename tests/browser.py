"""A real headless Chromium for tests of the HTML report; what it asks for and complains about is kept."""

from __future__ import annotations

import importlib.util
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")


@dataclass
class Watched:
    """A page, with every request it made and every line and error of its console."""

    page: Page
    requests: list[str] = field(default_factory=list)
    complaints: list[str] = field(default_factory=list)


def found() -> str | None:
    """Return the program, None if it or what drives it is not installed."""
    if importlib.util.find_spec("playwright") is None:
        return None
    return next((path for name in NAMES if (path := shutil.which(name))), None)


def chromium() -> str:
    """Return the program; the test is skipped without it, or without what drives it."""
    pytest.importorskip("playwright", reason="needs what drives Chromium: pip install --group dev")
    program = found()
    if program is None:
        pytest.skip("needs Chromium, which is not installed: apt-get install chromium")
    return program


@contextmanager
def browsing() -> Iterator[Browser]:
    """Give a browser. No sandbox of its own: containers of CI allow none, and the page is ours."""
    program = chromium()
    from playwright.sync_api import sync_playwright

    with sync_playwright() as driver:
        browser = driver.chromium.launch(executable_path=program, args=["--no-sandbox", "--disable-dev-shm-usage"])
        try:
            yield browser
        finally:
            browser.close()


@contextmanager
def opened(
    browser: Browser, file: Path, *, width: int = 1200, dark: bool = False, anchor: str = ""
) -> Iterator[Watched]:
    """Give the page of ``file`` once it is ready to use."""
    context = browser.new_context(viewport={"width": width, "height": 800}, color_scheme="dark" if dark else "light")
    context.set_default_timeout(5000)
    seen = Watched(context.new_page())
    seen.page.on("request", lambda request: seen.requests.append(request.url))
    seen.page.on("console", lambda line: seen.complaints.append(f"{line.type}: {line.text}"))
    seen.page.on("pageerror", lambda error: seen.complaints.append(str(error)))
    seen.page.on("dialog", lambda dialog: seen.complaints.append(f"dialog: {dialog.message}"))
    try:
        seen.page.goto(f"{file.as_uri()}{anchor}")
        seen.page.wait_for_selector("html[data-ready=true]")
        yield seen
    finally:
        context.close()
