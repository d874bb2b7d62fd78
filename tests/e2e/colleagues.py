"""People of an office at their windows: what they do with the mouse on the pages of a case."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from playwright.sync_api import Locator, Page, expect

from tests.e2e.browsing import Window
from tests.e2e.offices import Office
from worker.cli.demo_site import DemoSignIn


@dataclass(frozen=True)
class Upheld:
    """What somebody says when they uphold a case.

    Attributes:
        answers: to the questions, such as {"at_risk_now": "yes"}; criticism of care is answered with no.
    """

    category: str
    severity: str
    target: str
    reason: str
    offence: str = "no"
    rules: str = "yes"
    characteristic: str = ""
    effect: str = ""
    answers: Sequence[tuple[str, str]] = ()
    actions: Sequence[str] = ()
    no_warning_because: str = ""


@dataclass
class Colleague:
    """One person at a window of their own."""

    office: Office
    at: Window
    way: DemoSignIn

    @property
    def page(self) -> Page:
        """What is in the window."""
        return self.at.page

    def open(self, path: str, *, status: int = 200) -> None:
        """Go to a page; sign in first where the last sign-in ended."""
        answered = self.at.open(path)
        if "/sign-in" in self.page.url:
            self.at.sign_in(self.way)
            answered = self.at.open(path)
        assert answered == status, f"{answered} at {path}"

    def press(self, words: str, *, within: Locator | None = None) -> None:
        """Press a button and wait for what comes; show again who one is where that is asked for."""
        with self.page.expect_navigation():
            (within or self.page.locator("body")).get_by_role("button", name=words).first.click()
        if self.page.get_by_role("heading", name="Confirm that it is you").is_visible():
            self.page.get_by_label("Your password").fill(self.way.password)
            with self.page.expect_navigation():
                self.page.get_by_role("button", name="Confirm and go on").click()

    def follow(self, words: str) -> None:
        """Follow the first link with these words in it."""
        with self.page.expect_navigation():
            self.page.locator("main a", has_text=words).first.click()

    def fill(self, **typed: str) -> None:
        """Fill in fields by their ids; a hyphen is written as an underscore."""
        for name, text in typed.items():
            self.page.locator(f"#{name}").fill(text)

    def sees(self, words: str) -> None:
        """Go on only once the page says something."""
        expect(self.page.locator("main")).to_contain_text(words)

    def is_told(self, words: str) -> None:
        """Go on only once what was just done is said."""
        expect(self.page.locator(".up-said")).to_contain_text(words)

    def opens(self, summary: str) -> None:
        """Unfold what stands behind a line."""
        self.page.locator("summary", has_text=summary).click()

    def takes_next(self) -> int:
        """Take the next case of the queue; its number."""
        self.open("/queue")
        self.press("Take the next case")
        return int(self.page.url.rsplit("/", 1)[1])

    def upholds(self, case_id: int, said: Upheld) -> None:
        """Uphold a case on its own page, and look at what follows."""
        self.open(f"/cases/{case_id}")
        self.fills_in(said)
        self.press("Decide and stay here")
        self.sees(f"Case {case_id} is decided")

    def fills_in(self, said: Upheld) -> None:
        """Fill in the form of a decision."""
        if said.characteristic or said.effect:
            self.page.locator("#verdict-upheld").check()
            self.opens("Protected characteristics")
            self.page.locator("#effect").fill(said.effect)
        chosen = [
            "verdict-upheld",
            f"category-{said.category}",
            f"target-{said.target}",
            f"severity-{said.severity}",
            f"breaks_house_rules-{said.rules}",
            f"may_be_offence-{said.offence}",
            *(f"answer-{name}-{value}" for name, value in (("criticism_of_care", "no"), *said.answers)),
            *(f"action-{kind}" for kind in said.actions),
            *((f"characteristic-{said.characteristic}",) if said.characteristic else ()),
        ]
        for each in chosen:
            self.page.locator(f"#{each}").check()
        if said.no_warning_because:
            self.opens("If you block the author")
            self.page.locator("#no_warning_because").fill(said.no_warning_because)
        self.page.locator("#reason").fill(said.reason)

    def refers(
        self, case_id: int, to: str, reason: str, *, acknowledged: str = "", reference: str = ""
    ) -> None:
        """Refer a case to somebody."""
        self.open(f"/cases/{case_id}/referrals?to={to}")
        self.fill(reason=reason, acknowledged=acknowledged, reference=reference)
        self.press("Refer the case")

    def tasks(self) -> list[str]:
        """What waits for this person, as their page of tasks tells it."""
        self.open("/tasks")
        found = self.page.locator(".up-card h2 a").all_inner_texts()
        return [each.partition("(task")[0].strip() for each in found]

    def does(self, task: str, outcome: str) -> None:
        """End a task with what came of it."""
        self.open("/tasks")
        self.follow(task)
        self.page.locator("#outcome").fill(outcome)
        self.press("It is done")
