"""Asking a page something without its own scripts being able to answer."""

from __future__ import annotations

from typing import Any

from playwright.sync_api import CDPSession
from playwright.sync_api import Error as PlaywrightError

from worker.evidence.render.failing import RenderFailed


class World:
    """A world of our own in a page, which the page's scripts cannot reach. It ends with the page.

    Attributes:
        document: Chromium's number of the document that it is in.
    """

    def __init__(self, line: CDPSession) -> None:
        self._line = line
        frame = line.send("Page.getFrameTree")["frameTree"]["frame"]
        self.document: str = frame["loaderId"]
        made = line.send("Page.createIsolatedWorld", {"frameId": frame["id"], "worldName": "upstander"})
        self._number = made["executionContextId"]

    def ask(self, expression: str) -> Any:
        """The value of an expression.

        Raises:
            RenderFailed: it has none; the page may have moved on to another one.
        """
        asked = {"expression": expression, "contextId": self._number, "timeout": 5_000}
        always = {"returnByValue": True, "awaitPromise": True}
        try:
            answer = self._line.send("Runtime.evaluate", asked | always)
        except PlaywrightError as error:
            if "context" not in error.message:
                raise
            raise _moved() from error
        if "exceptionDetails" in answer:
            raise _moved()
        return answer["result"].get("value")


def _moved() -> RenderFailed:
    return RenderFailed("damaged", "The page could not be read; it may have changed at that moment.")
