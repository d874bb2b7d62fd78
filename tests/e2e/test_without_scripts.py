"""The whole main job with JavaScript turned off, in a real browser."""

from __future__ import annotations

from collections.abc import Iterator
from io import BytesIO

import pytest
from PIL import Image
from playwright.sync_api import Browser, Page, expect

from tests.e2e.browsing import Window, window
from tests.e2e.offices import GUARDIAN, SENIOR, Office
from tests.worlds import REVIEWER
from worker.intake.hand_in_views import list_hand_ins

pytestmark = [pytest.mark.browser, pytest.mark.timeout(120)]


@pytest.fixture
def at(monday: Office, browser: Browser) -> Iterator[Window]:
    """A window without scripts in which the reviewer is signed in."""
    with window(browser, monday.url, scripts=False) as made:
        made.sign_in(monday.ways[REVIEWER])
        yield made
        assert made.wrong == []


def _press(page: Page, words: str) -> None:
    """Press the button with these words."""
    page.get_by_role("button", name=words, exact=True).click()


def _confirm(page: Page, monday: Office) -> None:
    """Show again who one is, where that is asked for."""
    if page.get_by_role("heading", name="Confirm that it is you").is_visible():
        page.get_by_label("Your password").fill(monday.ways[SENIOR].password)
        _press(page, "Confirm and go on")


def test_a_morning_at_the_queue(monday: Office, at: Window) -> None:
    """Filtering the queue, taking a case, showing its masked words, and deciding on it, lead to the next."""
    spam = monday.written("You stupid cow, three weeks for a letter that says nothing.", who="low.tide")
    words = "Nurse Adeyemi on Ward 7 should go back to the jungle, we want English nurses only."
    case_id = monday.written(words)
    page = at.page
    at.open("/queue")
    page.locator("summary", has_text="Show only some cases").click()
    page.get_by_label("Severity").select_option("serious")
    _press(page, "Show")
    expect(page.locator("[data-row-link]")).to_have_text([str(case_id)])
    page.locator("[data-row-link]").click()
    _press(page, "Take this case")
    expect(page.get_by_text("It is yours until")).to_be_visible()
    expect(page.locator("#words .up-masked")).to_be_visible()
    _press(page, "Show the masked words (recorded)")
    expect(page.locator("#words .up-comment")).to_contain_text("go back to the jungle")
    page.get_by_role("radio", name="Upheld", exact=True).check()
    page.get_by_role("checkbox", name="Hate").check()
    page.locator("#target-named_staff").check()
    page.locator("#breaks_house_rules-yes").check()
    page.locator("#may_be_offence-unsure").check()
    page.locator("#answer-criticism_of_care-no").check()
    page.get_by_role("checkbox", name="Hide the comment").check()
    page.locator("#reason").fill("Racist abuse of a named nurse.")
    _press(page, "Decide and open the next case")
    page.wait_for_url(f"**/cases/{spam}")
    monday.settle()
    decision = monday.decision(case_id)
    assert (decision.verdict, decision.categories, decision.target) == ("upheld", ("hate",), "named_staff")
    assert decision.reason == "Racist abuse of a named nurse."
    assert monday.asked(case_id) == [("hide", "carried_out")]
    page.get_by_role("radio", name="Not upheld").check()
    page.get_by_role("radio", name="Another reason").check()
    _press(page, "Decide and open the next case")
    page.wait_for_url("**/queue")
    assert monday.decision(spam).why_not == "other"


def test_what_a_category_asks_for_can_be_asked_for(monday: Office, at: Window) -> None:
    """A button shows the questions of the categories that are ticked; everything ticked stays ticked."""
    case_id = monday.written("You stupid idiot of a porter, you left me in the lift.", who="north.wind")
    page = at.page
    at.open(f"/cases/{case_id}")
    page.get_by_role("radio", name="Upheld", exact=True).check()
    page.get_by_role("checkbox", name="Threat").check()
    page.locator("#target-staff").check()
    page.locator("#reason").fill("It reads as a threat.")
    expect(page.locator("#step-answer-at_risk_now")).to_have_count(0)
    _press(page, "Show what my categories ask for")
    expect(page.locator("#step-answer-at_risk_now")).to_be_visible()
    for kept in ("#verdict-upheld", "#category-threat", "#target-staff"):
        expect(page.locator(kept)).to_be_checked()
    expect(page.locator("#reason")).to_have_value("It reads as a threat.")
    assert monday.view(case_id).state == "open"
    page.locator("#breaks_house_rules-yes").check()
    page.locator("#may_be_offence-unsure").check()
    page.locator("#answer-criticism_of_care-no").check()
    page.locator("#answer-at_risk_now-no").check()
    _press(page, "Decide and stay here")
    expect(page.locator("h1")).to_have_text(f"Case {case_id} is decided")
    assert monday.decision(case_id).answers == {"criticism_of_care": "no", "at_risk_now": "no"}


def test_a_note_is_written(monday: Office, at: Window) -> None:
    """A note on a case needs no script."""
    case_id = monday.written("You moron, the soup was cold and so is the tea.", who="dry.leaf")
    at.open(f"/cases/{case_id}")
    at.page.locator("#notes summary").click()
    at.page.get_by_label("Write a note").fill("The kitchen knows of it.")
    _press(at.page, "Add the note")
    expect(at.page.locator("#notes .up-typed")).to_have_text("The kitchen knows of it.")
    assert [each.text for each in monday.view(case_id).notes] == ["The kitchen knows of it."]


def test_a_second_person_approves(monday: Office, at: Window, browser: Browser) -> None:
    """Asking for a deletion, and approving it as another person who shows again who they are."""
    case_id = monday.written("You fat cow at the counter, count the pills again.", who="far.hill")
    page = at.page
    at.open(f"/cases/{case_id}")
    page.get_by_role("radio", name="Upheld", exact=True).check()
    page.get_by_role("checkbox", name="Insult").check()
    page.locator("#target-staff").check()
    page.locator("#breaks_house_rules-yes").check()
    page.locator("#may_be_offence-no").check()
    page.locator("#answer-criticism_of_care-no").check()
    page.get_by_role("checkbox", name="Delete the comment").check()
    _press(page, "Decide and stay here")
    assert monday.asked(case_id) == [("delete", "awaiting_approval")]
    with window(browser, monday.url, scripts=False) as other:
        other.sign_in(monday.ways[SENIOR])
        other.open("/approvals")
        card = other.page.locator(".up-card", has_text=f"Case {case_id}")
        expect(card).to_contain_text("Nobody can bring it back.")
        card.get_by_role("button", name="Approve").click()
        _confirm(other.page, monday)
        expect(other.page.locator(".up-said")).to_be_visible()
    monday.settle()
    assert monday.asked(case_id) == [("delete", "carried_out")]


def test_something_is_handed_in(monday: Office, browser: Browser) -> None:
    """Handing something in, with a file, needs no script and opens a case."""
    with window(browser, monday.url, scripts=False) as at:
        at.sign_in(monday.ways[GUARDIAN])
        at.open("/hand-ins/new")
        at.page.get_by_label("What is it?").select_option("message")
        at.page.get_by_label("The words, or what was said").fill("You will regret the rota, I promise.")
        at.page.get_by_label("Which service or department is it about?").fill("Ward 4")
        at.page.locator("input[type=file]").first.set_input_files(
            {"name": "screen.png", "mimeType": "image/png", "buffer": _picture()}
        )
        _press(at.page, "Hand it in")
        expect(at.page.locator("h1")).to_have_text("We have it")
        assert at.wrong == []
    rows = list_hand_ins(monday.app.store, monday.app.clock, monday.people[SENIOR], limit=5)
    assert [(each.what, each.service) for each in rows] == [("message", "Ward 4")]
    assert monday.view(rows[0].case_id).text == "You will regret the rota, I promise."


def _picture() -> bytes:
    """A small picture."""
    file = BytesIO()
    Image.new("RGB", (40, 30), "white").save(file, "PNG")
    return file.getvalue()
