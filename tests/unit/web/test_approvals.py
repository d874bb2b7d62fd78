"""The pages of the second person (promise 3), as an on-call manager uses them on a telephone."""

from __future__ import annotations

from datetime import timedelta

import pytest

from tests.web import PASSWORD, Browser, Site
from worker.evidence.handover.request import Request
from worker.review.restricting import tighten
from worker.review.terms import Terms
from worker.store import tables as t

_HOSTILE = "<img src=x onerror=alert(1)> I know where that nurse parks"


def _asked(site: Site, kind: str = "delete", by: str = "reviewer") -> int:
    """Somebody asks for what needs a second person, on a case with hostile words."""
    case_id, _, revision_id = site.scene.case(f"9{kind}{by}", _HOSTILE)
    site.scene.upheld(case_id, revision_id)
    terms = Terms(no_warning_because="It was <b>a threat</b>.") if kind == "block" else None
    return site.scene.review.request(site.person(by), case_id, kind, "She is <i>afraid</i>.", terms=terms)


def _state(site: Site, number: int) -> str:
    with site.scene.store.read() as session:
        return session.get_one(t.RequestedAction, number).state


def test_a_manager_sees_what_is_asked_and_approves_it(site: Site) -> None:
    """What, where, what it does, whether it can be undone, who asked, why and the words; then one button."""
    number = _asked(site)
    manager = site.browse("on_call_manager")
    page = manager.get("/approvals")
    for told in (
        "Delete the comment",
        "Facebook, Northmoor",
        "gone from Facebook for everybody",
        "Nobody can bring it back",
        "By The reviewer",
        "She is <i>afraid</i>.",
        _HOSTILE,
    ):
        assert told in page.words, told
    assert "<img src=x" not in page.raw, "hostile words are shown, and do nothing"
    assert "<i>afraid" not in page.raw
    after = manager.submit(page, f"/approvals/{number}/answer", button="Approve")
    assert "It is approved." in after.words
    assert "Nothing waits for your approval." in after.words
    assert _state(site, number) == "requested"


def test_a_refusal_needs_a_reason_and_what_was_typed_is_kept(site: Site) -> None:
    """Without one nothing happens and it is said why; with one it is refused, and nothing happens there."""
    number = _asked(site, "block")
    manager = site.browse("senior_reviewer")
    again = manager.submit("/approvals", f"/approvals/{number}/answer", button="Refuse", status=422)
    assert "To refuse needs a reason." in again.words
    assert _state(site, number) == "awaiting_approval"
    manager.submit(again, f"/approvals/{number}/answer", button="Refuse", reason="Hiding will do.")
    assert _state(site, number) == "refused"
    assert "Hiding will do." in manager.get(f"/approvals/{number}").words


def test_nobody_is_offered_or_allowed_to_approve_their_own(site: Site) -> None:
    """The page has no form for it, and a form that is sent all the same is refused."""
    own = _asked(site, by="senior_reviewer")
    senior = site.browse("senior_reviewer")
    page = senior.get("/approvals")
    assert f"/approvals/{own}/answer" not in page.actions()
    assert f"/approvals/{own}" in page.html.hrefs(), "it is among what they asked for"
    other = _asked(site, "block")
    pairs = senior.get("/approvals").form(f"/approvals/{other}/answer").filled({}, "Approve")
    refused = senior.post(f"/approvals/{own}/answer", pairs, status=403)
    assert "cannot approve it" in refused.words
    assert _state(site, own) == "awaiting_approval"


def test_a_reviewer_is_no_second_person(site: Site) -> None:
    """A colleague of the same role sees what they asked for alone, and cannot approve by any address."""
    number = _asked(site)
    browser = site.browse("second")
    page = browser.get("/approvals")
    assert page.actions() == ["/sign-out"]
    assert _HOSTILE not in page.words
    pairs = browser.get("/you").form("/sign-out").filled({})
    browser.post(f"/approvals/{number}/answer", [*pairs, ("say", "approve")], status=403)
    assert _state(site, number) == "awaiting_approval"


def test_what_bites_is_approved_by_somebody_who_has_just_shown_who_they_are(site: Site) -> None:
    """Some minutes after signing in the password is asked for again; then what was pressed is done."""
    number = _asked(site)
    manager = site.browse("on_call_manager")
    site.scene.clock.move(timedelta(minutes=15))
    path = f"/approvals/{number}/answer"
    asked = manager.submit("/approvals", path, button="Approve", reason="An open threat.", status=401)
    assert "Confirm that it is you" in asked.words
    assert _state(site, number) == "awaiting_approval"
    wrong = manager.submit(asked, path, confirm_password="not this one", status=401)
    manager.submit(wrong, path, confirm_password=PASSWORD)
    assert _state(site, number) == "requested"
    assert "An open threat." in manager.get(f"/approvals/{number}").words


def test_going_ahead_alone_says_what_follows_and_needs_a_reason(site: Site) -> None:
    """Break-glass has a page of its own; somebody else finds it to be reviewed, and reviews it."""
    number = _asked(site)
    asker = site.browse("reviewer")
    page = asker.get(f"/approvals/{number}/alone")
    assert "reviews it within one working day" in page.words
    again = asker.submit(page, f"/approvals/{number}/alone", reason="", status=422)
    assert "needs a reason" in again.words
    asker.submit(again, f"/approvals/{number}/alone", reason="Nobody answers at night.")
    assert _state(site, number) == "requested"
    senior = site.browse("senior_reviewer")
    found = senior.get("/approvals")
    assert "Nobody answers at night." in found.words
    form = f"/approvals/{number}/answer"
    done = senior.submit(found, form, reason="It was right.", button="I have reviewed it")
    assert form not in done.actions()
    with site.scene.store.read() as session:
        assert session.query(t.Task).where(t.Task.kind == "glass_review").one().done_at is not None


def test_the_asker_takes_it_back(site: Site) -> None:
    """As long as the platform was not asked; why is on record."""
    number = _asked(site)
    asker = site.browse("reviewer")
    back = f"/approvals/{number}/withdraw"
    after = asker.submit(f"/approvals/{number}", back, withdrawn_because="Hiding was enough.")
    assert "It is taken back." in after.words
    assert _state(site, number) == "withdrawn"


def test_a_restricted_case_is_not_among_what_waits(site: Site) -> None:
    """Nor to be opened by its number: the page says that it is restricted, and nothing else."""
    number = _asked(site)
    with site.scene.store.write() as session:
        case = session.get_one(t.Case, session.get_one(t.RequestedAction, number).case_id)
        now = site.scene.clock.now()
        tighten(session, site.scene.admin, case, "staff_on_staff", "About a colleague.", now=now)
    senior = site.browse("senior_reviewer")
    assert f"/approvals/{number}/answer" not in senior.get("/approvals").actions()
    assert _HOSTILE not in senior.get(f"/approvals/{number}", status=403).words


@pytest.mark.parametrize(("say", "state"), [("Approve", "approved"), ("Refuse", "refused")])
def test_a_hand_over_of_evidence_is_agreed_to_on_the_same_page(site: Site, say: str, state: str) -> None:
    """To whom, for what, on what basis, and that it cannot be fetched back; not by who asked."""
    case_id, *_ = site.scene.case("e1", "made-up words")
    request = Request(
        (case_id,), "police", "DPA 2018 Sch 2 para 2", "PC <b>1</b>", "A threat.", redacted=False, witness="W"
    )
    number = site.app.hand_over.ask(site.person("evidence_officer"), request, os_user=None)
    path = f"/approvals/exports/{number}/answer"
    assert path not in site.browse("evidence_officer").get("/approvals").actions()
    senior: Browser = site.browse("senior_reviewer")
    page = senior.get("/approvals")
    assert "PC <b>1</b>" in page.words
    assert "cannot be fetched back" in page.words
    senior.submit(page, path, button=say, reason="As the policy says.")
    with site.scene.store.read() as session:
        assert session.get_one(t.Export, number).state == state
