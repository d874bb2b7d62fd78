"""Drawing pages of our own: no scripts, no network, and one page that stays open from job to job.

Opening a page costs several times what drawing on it does. It is emptied after every job, has a context of
its own, and what is written on it loads and runs nothing: so no job leaves anything in it for the next.
"""

from __future__ import annotations

import time
from contextlib import suppress
from math import ceil
from pathlib import Path
from typing import Any

from playwright.sync_api import Browser, CDPSession, Page, ViewportSize
from playwright.sync_api import Error as PlaywrightError

from worker.evidence.render.view import STRANGER, TALLEST, left, shoot

#: As wide as the style sheet of the drawn reply; no taller than what is on it.
_LEAST = ViewportSize(width=900, height=100)


class Drawing:
    """Draws pages of our own.

    Attributes:
        browser: the Chromium that it draws in.
    """

    def __init__(self, browser: Browser) -> None:
        self.browser = browser
        self._open: tuple[Page, CDPSession] | None = None

    def draw(self, html: str, folder: Path, seconds: float) -> dict[str, Any]:
        """Draw a page as picture.png.

        Returns:
            Facts: `width`, `height`, and whether it was `cut` because it is too tall.
        """
        until = time.monotonic() + seconds
        page, line = self._open or self._opened()
        self._open = None
        try:
            frame = line.send("Page.getFrameTree")["frameTree"]["frame"]["id"]
            line.send("Page.setDocumentContent", {"frameId": frame, "html": html})
            tall = ceil(line.send("Page.getLayoutMetrics")["cssContentSize"]["height"])
            height = min(tall, TALLEST)
            part = {"x": 0, "y": 0, "width": _LEAST["width"], "height": height, "scale": 1}
            shoot(line, folder / "picture.png", clip=part, captureBeyondViewport=True)
            # A fresh document: neither words nor rules of this one reach the next.
            page.goto("about:blank", wait_until="commit", timeout=left(until))
            self._open = page, line
        finally:
            if self._open is None:
                with suppress(PlaywrightError):
                    page.context.close()
        return {"width": _LEAST["width"], "height": height, "cut": tall > height}

    def _opened(self) -> tuple[Page, CDPSession]:
        context = self.browser.new_context(
            offline=True, java_script_enabled=False, viewport=_LEAST, **STRANGER
        )
        page = context.new_page()
        return page, context.new_cdp_session(page)
