"""How every page is looked at: by a stranger with a plain browser, and in its full height."""

from __future__ import annotations

import base64
import time
from pathlib import Path
from typing import Any

from playwright.sync_api import CDPSession, Page, ViewportSize

from worker.evidence.render.isolated import World

#: Chromium's pictures end near 16,384 pixels; what is lower on a page is left out, and said to be.
TALLEST = 15_000

_HEIGHT = "Math.max(document.documentElement.scrollHeight, document.body ? document.body.scrollHeight : 0)"
_DRAWN = "new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))"
#: What ends goes to its end; what never does, to where it was before.
_STILL = "document.getAnimations().forEach((each) => { try { each.finish() } catch { each.cancel() } })"
_AT_REST = "Promise.race([document.fonts.ready, new Promise((done) => setTimeout(done, 3000))])"

STRANGER: dict[str, Any] = {
    "accept_downloads": False,
    "service_workers": "block",
    "permissions": [],
    "locale": "en-GB",
    "timezone_id": "Europe/London",
    "color_scheme": "light",
    "reduced_motion": "reduce",
    "device_scale_factor": 1,
}


def stretch(page: Page, world: World, size: ViewportSize) -> tuple[int, bool]:
    """Make the viewport as tall as the page, so that what is judged is exactly what is in the picture.

    Fonts have come by then, or are late, and what moves has moved.

    Args:
        size: the least of it, in pixels.

    Returns:
        The height in pixels, and whether the page goes on below it.
    """
    shown = min(max(int(world.ask(f"{_AT_REST}.then(() => {_HEIGHT})")), size["height"]), TALLEST)
    page.set_viewport_size(ViewportSize(width=size["width"], height=shown))
    now = world.ask(f"{_DRAWN}.then(() => {{ {_STILL}; scrollTo(0, 0); return {_HEIGHT} }})")
    return shown, int(now) > shown


def shoot(line: CDPSession, path: Path, **how: Any) -> None:
    """Write what the viewport shows, or another part of the page, as PNG.

    Playwright's own way waits for more frames and packs tighter: it takes twice as long for a quarter less.

    Args:
        how: what Chromium is told beyond that.
    """
    wanted = {"format": "png", "optimizeForSpeed": True, **how}
    path.write_bytes(base64.b64decode(line.send("Page.captureScreenshot", wanted)["data"]))


def left(until: float) -> float:
    """The milliseconds left; at least one, because nought means for ever.

    Args:
        until: by the monotonic clock, in seconds.
    """
    return max(1.0, (until - time.monotonic()) * 1_000)
