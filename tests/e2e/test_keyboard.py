"""The queue and its cases by keyboard alone, in a real browser."""

from __future__ import annotations

import pytest
from playwright.sync_api import Browser, Route, expect

from tests.e2e.browsing import Window, window
from tests.e2e.hands import Hands, mine
from tests.e2e.offices import SENIOR, Office
from tests.worlds import REVIEWER

pytestmark = [pytest.mark.browser, pytest.mark.timeout(120)]

_GUIDE = "#up-guide"


def test_from_the_sign_in_to_a_decision_without_a_mouse(monday: Office, browser: Browser) -> None:
    """Signing in, taking a case, showing its masked words and deciding on it need no mouse."""
    words = "Nurse Adeyemi on Ward 7 should go back to the jungle, we want English nurses only."
    case_id = monday.written(words)
    with window(browser, monday.url) as at:
        hands, way = Hands(at.page), monday.ways[REVIEWER]
        at.open("/sign-in")
        hands.tab_to("#user_name")
        at.page.keyboard.type(way.user_name)
        hands.press("Tab")
        at.page.keyboard.type(way.password)
        hands.press_on("Enter", "/queue")
        hands.press("j")
        hands.has_focus("[data-row-link]")
        hands.press_on("Enter", f"/cases/{case_id}")
        hands.press_on("c", f"/cases/{case_id}")
        expect(at.page.get_by_text("It is yours until")).to_be_visible()
        expect(at.page.locator("#words .up-masked")).to_be_visible()
        hands.press_on("v", f"/cases/{case_id}/reveal")
        expect(at.page.locator("#words .up-comment")).to_contain_text("go back to the jungle")
        hands.press("h", "1", "1", "3", "2")
        hands.press_on("Enter", "/queue")
        expect(at.page.locator(".up-said")).to_contain_text(f"Case {case_id} is decided.")
        assert at.wrong == []
    decision = monday.decision(case_id)
    assert (decision.verdict, decision.target, decision.may_be_offence) == ("upheld", "named_staff", "unsure")


def test_not_upheld_takes_three_keys(monday: Office, at: Window, hands: Hands) -> None:
    """A plain "not upheld" takes three keys from the opened case, and the next case opens by itself."""
    case_id = mine(monday, at, "You are a useless bunch of clowns, the lot of you idiots.", "grey.sky")
    following = monday.written("Your receptionist is an ugly fat cow and a moron.", who="red.sky")
    hands.press("x", "1")
    hands.press_on("Enter", f"/cases/{following}")
    assert hands.pressed == 3
    decision = monday.decision(case_id)
    assert (decision.verdict, decision.why_not) == ("not_upheld", "criticism")
    assert decision.reason == "Criticism of care or of the Trust"


def test_hiding_takes_six_keys(monday: Office, at: Window, hands: Hands) -> None:
    """Upholding and hiding, with a category that asks nothing of its own, takes six keys."""
    case_id = mine(monday, at, "That doctor is a stupid pig and a retard, what an idiot.", "old.oak")
    hands.press("h", "1", "2", "2", "2", "Enter")
    assert hands.pressed == 6
    at.page.wait_for_url(lambda url: not url.endswith(f"/cases/{case_id}"))
    decision = monday.decision(case_id)
    assert (decision.verdict, decision.target, decision.may_be_offence) == ("upheld", "staff", "no")
    assert decision.answers == {"criticism_of_care": "no"}
    monday.settle()
    view = monday.app.review.show(monday.people[REVIEWER], case_id)
    assert [(each.kind, each.state) for each in view.actions] == [("hide", "carried_out")]


def test_a_category_that_asks_more_takes_one_key_a_question(monday: Office, at: Window, hands: Hands) -> None:
    """What another category asks for is asked once that is chosen, and takes one key more."""
    case_id = mine(monday, at, "What a stupid useless cow of a matron you have there.", "north.wind")
    asked = at.page.locator("#step-answer-at_risk_now")
    expect(asked).to_have_count(0)
    hands.press("h", _digit(at, "threat"))
    expect(asked).to_be_visible()
    hands.press("1", "3", "2")
    expect(at.page.locator(_GUIDE)).to_contain_text("Is anyone at risk now?")
    assert at.violations() == []
    hands.press("2", "Enter")
    assert hands.pressed == 7
    at.page.wait_for_url(lambda url: not url.endswith(f"/cases/{case_id}"))
    assert monday.decision(case_id).answers == {"criticism_of_care": "no", "at_risk_now": "no"}


def test_what_was_answered_meanwhile_stays_answered(monday: Office, at: Window, hands: Hands) -> None:
    """However late the questions of a category come, what was answered before they came is not lost."""
    case_id = mine(monday, at, "You stupid idiot of a porter, you left me in the lift.", "south.wind")
    held: list[Route] = []

    def hold(route: Route) -> None:
        held.append(route)

    at.page.route("**/questions?*", hold)
    hands.press("h", _digit(at, "threat"), "1", "3", "2")
    expect(at.page.locator(_GUIDE)).to_contain_text("Enter decides")
    held[0].continue_()
    expect(at.page.locator(_GUIDE)).to_contain_text("Is anyone at risk now?")
    expect(at.page.locator("#answer-criticism_of_care-no")).to_be_checked()
    hands.press("2", "Enter")
    at.page.wait_for_url(lambda url: not url.endswith(f"/cases/{case_id}"))
    assert monday.decision(case_id).answers == {"criticism_of_care": "no", "at_risk_now": "no"}


def test_a_decision_that_lacks_an_answer_comes_back_with_all_others(
    monday: Office, at: Window, hands: Hands
) -> None:
    """Whoever decides before a question has come is told, in focus, and has to answer that one alone."""
    case_id = mine(monday, at, "Ugly stupid cow at the desk again, the useless moron.", "west.wind")
    at.page.route("**/questions?*", lambda route: route.abort())
    hands.press("h", _digit(at, "threat"), "1", "3", "2")
    expect(at.page.locator(_GUIDE)).to_contain_text("Enter decides")
    hands.press_on("Enter", f"/cases/{case_id}/decide")
    hands.has_focus(".nhsuk-error-summary")
    expect(at.page.locator(".nhsuk-error-summary")).to_contain_text("Nothing was decided yet")
    expect(at.page.locator(_GUIDE)).to_contain_text("Is anyone at risk now?")
    hands.press("2", "Enter")
    at.page.wait_for_url(lambda url: not url.endswith("/decide"))
    assert monday.decision(case_id).may_be_offence == "unsure"
    at.wrong.clear()


def test_answers_are_taken_back_one_by_one(monday: Office, at: Window, hands: Hands) -> None:
    """Backspace takes the last answer back and asks it again; what came by itself goes with it."""
    mine(monday, at, "You stupid useless idiot of a surgeon, you moron.", "east.wind")
    guide, asked = at.page.locator(_GUIDE), at.page.locator("#step-answer-at_risk_now")
    hands.press("h", _digit(at, "threat"))
    expect(asked).to_be_visible()
    hands.press("1", "3", "2")
    expect(guide).to_contain_text("Is anyone at risk now?")
    hands.press("Backspace")
    expect(guide).to_contain_text("Is this criticism of care")
    expect(at.page.locator("#answer-criticism_of_care-no")).not_to_be_checked()
    hands.press("Backspace", "Backspace")
    expect(guide).to_contain_text("Whom is it aimed at?")
    hands.press("Backspace")
    expect(guide).to_contain_text("What is it?")
    expect(asked).to_have_count(0)
    expect(at.page.locator("#verdict-upheld")).to_be_checked()


def test_the_list_of_keys_opens_and_closes_by_keyboard(monday: Office, at: Window, hands: Hands) -> None:
    """`?` lists what the keys of this page do; Escape closes it, and the focus is back where it was."""
    mine(monday, at, "What an ugly fat cow takes the X-rays on Sundays.", "high.tide")
    hands.tab_to("#words .up-comment")
    hands.press("?")
    listed = at.page.locator("#up-keys")
    expect(listed).to_be_visible()
    for says in ("Not upheld", "Upheld: hide it", "Take the last answer back", "Give the case back"):
        expect(listed).to_contain_text(says)
    assert at.violations() == []
    hands.press("x", "r")
    expect(at.page.locator("#verdict-not_upheld")).not_to_be_checked()
    hands.press("Escape")
    expect(listed).to_be_hidden()
    hands.has_focus("#words .up-comment")


def test_keys_go_up_and_down_the_queue(monday: Office, at: Window, hands: Hands) -> None:
    """The keys j and k move the focus from row to row and stop at its ends; Enter opens that row."""
    monday.written("You stupid cow, three weeks for a letter that says nothing.", who="low.tide")
    monday.written("You moron of a driver, you took the wrong man home.", who="ebb.tide")
    at.open("/queue?single=1")
    rows = at.page.locator("[data-row-link]")
    hands.press("k")
    expect(rows.nth(0)).to_be_focused()
    hands.press("j")
    expect(rows.nth(1)).to_be_focused()
    hands.press("k", "k")
    expect(rows.nth(0)).to_be_focused()
    hands.press(*["j"] * (rows.count() + 2))
    expect(rows.last).to_be_focused()
    where = rows.last.get_attribute("href")
    hands.press_on("Enter", str(where))


def test_whoever_types_words_triggers_nothing(monday: Office, at: Window, hands: Hands) -> None:
    """In a field every key is a letter: no verdict is chosen, no list opens, no other case is taken."""
    case_id = mine(monday, at, "You moron, the soup was cold and so is the tea.", "dry.leaf")
    for field in ("#reason", "#note"):
        if field == "#note":
            hands.tab_to("#notes summary")
            hands.press("Enter")
        hands.tab_to(field)
        at.page.keyboard.type("xhaq123nrcvjk?")
        hands.press("Backspace")
        expect(at.page.locator(field)).to_have_value("xhaq123nrcvjk")
    assert at.page.url.endswith(f"/cases/{case_id}")
    expect(at.page.locator("[name=verdict]:checked")).to_have_count(0)
    expect(at.page.locator("#up-keys")).to_be_hidden()
    expect(at.page.locator(_GUIDE)).to_be_hidden()


def test_single_keys_can_be_turned_off(monday: Office, browser: Browser) -> None:
    """Whoever turns single keys off presses them in vain, and does all the same by Tab, Space and Enter."""
    case_id = monday.written("You fat moron, park your own car next time.", who="wet.leaf")
    with window(browser, monday.url) as at:
        hands = Hands(at.page)
        at.sign_in(monday.ways[SENIOR])
        at.open("/you")
        hands.tab_to("#single_keys")
        hands.press("Space")
        hands.tab_to("main form button")
        hands.press_on("Enter", "/you")
        expect(at.page.locator("#single_keys")).not_to_be_checked()
        at.open("/queue")
        hands.press("j", "n", "?")
        assert hands.where().startswith("BODY")
        at.open(f"/cases/{case_id}")
        hands.press("c", "n", "v", "?", "x", "1", "h", "Enter")
        assert at.page.url.endswith(f"/cases/{case_id}")
        expect(at.page.locator("[name=verdict]:checked")).to_have_count(0)
        expect(at.page.locator("#up-keys")).to_be_hidden()
        expect(at.page.locator(_GUIDE)).to_be_hidden()
        hands.tab_to("[name=verdict]")
        hands.press("Space")
        expect(at.page.locator("#verdict-not_upheld")).to_be_checked()
        hands.tab_to("[name=why_not]")
        hands.press("ArrowDown")
        hands.tab_to("[data-send]")
        hands.press("Enter")
        at.page.wait_for_url(lambda url: not url.endswith(f"/cases/{case_id}"))
        assert at.wrong == []
    assert monday.decision(case_id).why_not == "counter_speech"


def _digit(at: Window, category: str) -> str:
    """The key of a category on the open case."""
    boxes = at.page.locator("#step-category input")
    values = [boxes.nth(n).get_attribute("value") for n in range(boxes.count())]
    return str(values.index(category) + 1)
