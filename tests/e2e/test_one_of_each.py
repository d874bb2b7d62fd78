"""Pages of one approval, one task, one appeal and the like in a real browser, as narrow as a telephone.

They need somebody to have asked for something first; every other page is in `tests.e2e.tour`.
"""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser

from tests.e2e.browsing import PHONE, Window, window
from tests.web import PASSWORD, Site, site
from worker.intake.hand_in import Given
from worker.ledger.audit import Actor
from worker.review.appeal import NewAppeal
from worker.review.tasks import NewTask, add_task
from worker.review.terms import Terms

pytestmark = [pytest.mark.browser, pytest.mark.timeout(300)]

__all__ = ["site"]

_LONG = "a word thatgoesonandonandonwithoutanywheretobreakitssoitcannotbutpushthepageaside " * 3


def _furnish(at: Site) -> tuple[str, ...]:
    """One of everything; the paths of its pages."""
    scene, senior, now = at.scene, at.person("senior_reviewer"), at.scene.clock.now()
    case_id, _, revision_id = scene.case("1", _LONG, "immediate_danger")
    scene.upheld(case_id, revision_id, actions=("hide",))
    theirs = scene.review.request(scene.reviewer, case_id, "delete", _LONG)
    own = scene.review.request(
        senior, case_id, "block", "A threat.", terms=Terms(no_warning_because="It was a threat.")
    )
    for number in range(2, 5):
        scene.case(str(number), f"{_LONG} {number}", "immediate_danger" if number == 2 else "serious")
    groups = at.app.casework.groups
    (row,) = [each for each in groups.rows(scene.reviewer) if each.kind == "author"]
    token = groups.show(scene.reviewer, row.group_id, limit=2).token

    def one(case: int, revision: int, together: int | None) -> int:
        return scene.upheld(case, revision, actions=("hide",), together=together)

    decided = groups.decide(scene.reviewer, row.group_id, one, token=token)
    appeal = at.app.casework.appeals.log(scene.reviewer, NewAppeal(case_id, "author", "email", _LONG, now))
    given = Given("message", _LONG, "https://long.example.test/" + "x" * 200, "Ward 7", "Robin Ahmed, porter")
    handed = at.app.modes.hand_ins.add(senior, given)
    with scene.store.write() as session:
        task = NewTask("consider_police", "k", _LONG, now, case_id, for_role="senior_reviewer")
        number = add_task(session, Actor(None, "test"), task, now=now)
    return (
        "/approvals",
        f"/approvals/{theirs}",
        f"/approvals/{own}",
        f"/approvals/{own}/alone",
        f"/tasks/{number}",
        "/tasks?everybody=1",
        f"/groups/{row.group_id}",
        f"/groups/decisions/{decided.number}",
        f"/appeals/{appeal}",
        f"/hand-ins/{handed.hand_in_id}",
        "/escalations",
        f"/cases/{case_id}/referrals?to=legal",
    )


@pytest.fixture
def phone(site: Site, browser: Browser) -> Iterator[Window]:
    """A telephone's window of a senior reviewer."""
    site.let_in("senior_reviewer")
    with window(browser, site.url, width=PHONE) as made:
        made.open("/sign-in")
        made.page.fill("#user_name", site.user_name("senior_reviewer"))
        made.page.fill("#password", PASSWORD)
        made.page.keyboard.press("Enter")
        made.page.wait_for_url(lambda url: "/sign-in" not in url)
        yield made


def test_they_can_be_read_by_everybody_on_a_telephone(site: Site, phone: Window) -> None:
    """Axe finds nothing at WCAG 2.2 AA, nobody scrolls sideways, no script breaks, no other host is asked."""
    wrong = []
    for path in _furnish(site):
        status = phone.open(path)
        found = [] if status == 200 else [f"answered with {status}"]
        found += phone.violations()
        if phone.is_wider_than_the_window():
            found.append("is wider than the window")
        found += phone.wrong
        phone.wrong.clear()
        wrong += [f"{path}: {each}" for each in found]
    assert not wrong, "\n".join(wrong)


def test_what_will_happen_to_a_group_can_be_read_by_everybody(site: Site, phone: Window) -> None:
    """The summary before a decision on a whole group, filled in by hand, and the page after it."""
    _furnish(site)
    phone.open("/groups/1")
    for box in phone.page.locator("input[name=member]").all():
        box.check()
    phone.page.check("#verdict-not_upheld")
    phone.page.check("#why_not-criticism")
    phone.page.locator("#up-decision button[type=submit], #up-decision button").last.click()
    phone.page.wait_for_url("**/summary")
    assert phone.violations() == []
    assert not phone.is_wider_than_the_window()
    phone.page.get_by_role("button", name="Decide on").click()
    phone.page.wait_for_url("**/decide")
    assert phone.violations() == []
    assert phone.wrong == []
