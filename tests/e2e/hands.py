"""Working a page by keyboard alone: pressing, counting, reaching by Tab, and seeing where the focus is."""

from __future__ import annotations

from dataclasses import dataclass

from playwright.sync_api import Page, expect

from tests.e2e.browsing import Window
from tests.e2e.offices import Office
from tests.worlds import REVIEWER

#: More stops than any page has.
_MOST_STOPS = 200
#: How something looks: it, and the label that stands for it where it is a box or a circle.
_LOOK = """
stop => [stop, ...(stop.labels ?? [])].flatMap(each => [null, '::before', '::after'].map(part => {
  const seen = getComputedStyle(each, part)
  return [seen.outline, seen.boxShadow, seen.backgroundColor, seen.borderColor, seen.borderWidth].join()
})).join('|')
"""
#: Whether something else lies over the middle of a stop and of the labels that stand for it.
_COVERED = """
stop => {
  const seen = [stop, ...(stop.labels ?? [])].some(each => {
    const box = each.getBoundingClientRect()
    const there = document.elementFromPoint(box.left + Math.min(box.width / 2, 40), box.top + box.height / 2)
    return there && (each.contains(there) || there.contains(each) && !there.closest('#up-guide'))
  })
  return !seen
}
"""


@dataclass
class Hands:
    """Two hands on a keyboard.

    Attributes:
        pressed: how many keys, since it was last set.
    """

    page: Page
    pressed: int = 0

    def press(self, *keys: str) -> None:
        """Press keys, one after the other."""
        for key in keys:
            self.page.keyboard.press(key)
            self.pressed += 1

    def press_on(self, key: str, path: str) -> None:
        """Press a key that leads to another page, and wait until that is there.

        Args:
            path: the end of its address.
        """
        with self.page.expect_navigation(url=f"**{path}", wait_until="load"):
            self.press(key)

    def has_focus(self, selector: str) -> None:
        """Go on only once something has the focus."""
        expect(self.page.locator(selector)).to_be_focused()

    def where(self) -> str:
        """What has the focus: its tag and id."""
        return str(self.page.evaluate("`${document.activeElement.tagName}#${document.activeElement.id}`"))

    def tab_to(self, selector: str) -> None:
        """Press Tab until something has the focus."""
        for _ in range(_MOST_STOPS):
            self.press("Tab")
            if self.page.evaluate("wanted => document.activeElement.matches(wanted)", selector):
                return
        raise AssertionError(f"Tab never reaches {selector}")

    def stops(self) -> list[str]:
        """Go through the page with Tab from its top; what is wrong with its stops, a line each."""
        self.page.evaluate("window.scrollTo(0, 0); document.activeElement.blur()")
        wrong: list[str] = []
        seen: list[str] = []
        for _ in range(_MOST_STOPS):
            self.press("Tab")
            stop = self.page.evaluate_handle("document.activeElement")
            name = self.where()
            if name.startswith("BODY"):
                break
            seen.append(name)
            with_focus = self.page.evaluate(_LOOK, stop)
            if self.page.evaluate(_COVERED, stop):
                wrong.append(f"{name} is covered by something else")
            inside = "each => each.closest('.up-queue tr') ?? each"
            row = self.page.evaluate_handle(inside, stop)
            row_with_focus = self.page.evaluate(_LOOK, row)
            self.page.evaluate("each => each.blur()", stop)
            if (with_focus, row_with_focus) == (
                self.page.evaluate(_LOOK, stop),
                self.page.evaluate(_LOOK, row),
            ):
                wrong.append(f"{name} does not show that it has the focus")
            self.page.evaluate("each => each.focus()", stop)
        assert len(seen) > 3, "there is nothing to go through"
        return wrong


def mine(monday: Office, at: Window, words: str, who: str) -> int:
    """A case of these words, taken by the reviewer and opened."""
    case_id = monday.written(words, who=who)
    monday.app.review.claim(monday.people[REVIEWER], case_id)
    at.open(f"/cases/{case_id}")
    return case_id
