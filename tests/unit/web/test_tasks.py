"""The pages of tasks and of blocks: what somebody has to do, and where they do it."""

from __future__ import annotations

from datetime import timedelta

from tests.web import Site
from worker.ledger.audit import Actor
from worker.review.restricting import tighten
from worker.review.tasks import NewTask, add_task
from worker.review.terms import Terms
from worker.store import tables as t

_NOBODY = Actor(None, "test")


def _task(site: Site, kind: str, *, case: int | None = None, about: tuple[str, int] | None = None) -> int:
    """A task for reviewers, due in an hour."""
    now = site.scene.clock.now()
    title = f"Case {case}: consider <b>it</b>. Refer it with `upstander refer make {case}`."
    task = NewTask(kind, f"{kind}:{case}", title, now + timedelta(hours=1), case, about, for_role="reviewer")
    with site.scene.store.write() as session:
        return add_task(session, _NOBODY, task, now=now)


def _row(site: Site, number: int) -> t.Task:
    with site.scene.store.read() as session:
        return session.get_one(t.Task, number)


def _blocked(site: Site) -> tuple[int, int]:
    """An author who is blocked: the case, and the request."""
    case_id, _, revision_id = site.scene.case("b1", "made-up words")
    site.scene.upheld(case_id, revision_id)
    terms = Terms(no_warning_because="It was a <b>threat</b>.")
    number = site.scene.review.request(site.scene.reviewer, case_id, "block", "A threat.", terms=terms)
    for state in ("requested", "by_hand", "outside"):
        with site.scene.store.write() as session:
            asked = session.get_one(t.RequestedAction, number)
            asked.state = state
            asked.finished_at = site.scene.clock.now() if state == "outside" else None
    return case_id, number


def test_a_task_says_what_to_do_by_when_and_where_and_ends_with_what_came_of_it(site: Site) -> None:
    """In the list and by itself, without a word of the command line; done with an outcome that is kept."""
    case_id, *_ = site.scene.case("1", "made-up words")
    number = _task(site, "consider_police", case=case_id)
    reviewer = site.browse("reviewer")
    listed = reviewer.get("/tasks")
    assert "Consider the police" in listed.words
    page = reviewer.get(f"/tasks/{number}")
    assert "consider <b>it</b>." in page.words
    assert "upstander refer" not in page.words + listed.words
    assert "call 999" in page.words, "before anything else"
    assert f"/cases/{case_id}/referrals" in page.html.hrefs()
    again = reviewer.submit(page, f"/tasks/{number}/done", outcome="", status=422)
    assert "The outcome needs words" in again.words
    done = reviewer.submit(again, f"/tasks/{number}/done", outcome="The force has it.")
    assert "No task waits for you." in done.words
    assert _row(site, number).outcome == "The force has it."
    assert "The force has it." in reviewer.get("/tasks?done=1").words


def test_a_task_that_ends_by_itself_leads_to_where_it_is_done(site: Site) -> None:
    """It has no form to call it done, and whoever sends one all the same is told what to do."""
    number = _task(site, "glass_review", about=("requested_action", 7))
    reviewer = site.browse("reviewer")
    page = reviewer.get(f"/tasks/{number}")
    assert "/approvals/7" in page.html.hrefs()
    assert f"/tasks/{number}/done" not in page.actions()
    pairs = [*page.form(f"/tasks/{number}/pass-on").filled({}), ("outcome", "Done.")]
    refused = reviewer.post(f"/tasks/{number}/done", pairs, status=422)
    assert "ends by itself" in refused.words
    assert _row(site, number).done_at is None


def test_a_task_is_passed_on_to_a_person_or_a_role(site: Site) -> None:
    """Nobody asks why; a name that nobody has changes nothing, and what was typed is kept."""
    number = _task(site, "debrief")
    reviewer, on = site.browse("reviewer"), f"/tasks/{number}/pass-on"
    again = reviewer.submit(f"/tasks/{number}", on, to="Nobody Atall", status=422)
    assert "works here" in again.words
    assert dict(again.form(on).filled({}))["to"] == "Nobody Atall"
    reviewer.submit(again, on, to="Sam Okafor")
    assert _row(site, number).for_person == site.scene.second.person_id
    site.browse("second").submit(f"/tasks/{number}", on, role="senior_reviewer")
    assert _row(site, number).for_role == "senior_reviewer"


def test_a_task_about_a_restricted_case_is_nobodys_who_may_not_know_of_it(site: Site) -> None:
    """Not in the list, and not by its number."""
    case_id, *_ = site.scene.case("1", "made-up words")
    number = _task(site, "debrief", case=case_id)
    with site.scene.store.write() as session:
        case, now = session.get_one(t.Case, case_id), site.scene.clock.now()
        tighten(session, site.scene.admin, case, "staff_on_staff", "About a colleague.", now=now)
    reviewer = site.browse("reviewer")
    assert "No task waits for you." in reviewer.get("/tasks").words
    reviewer.get(f"/tasks/{number}", status=404)


def test_a_block_is_looked_at_again_and_goes_on_or_ends(site: Site) -> None:
    """With its reason, the warning and who agreed; ending it waits for nobody, going on needs the right."""
    case_id, number = _blocked(site)
    reviewer, senior = site.browse("reviewer"), site.browse("senior_reviewer")
    page = reviewer.get("/blocks")
    assert "It was a <b>threat</b>." in page.words
    assert "<b>threat" not in page.raw
    assert f"/blocks/{number}/keep" not in page.actions()
    again = senior.submit("/blocks", f"/blocks/{number}/keep", reason="", status=422)
    assert "needs a reason" in again.words
    senior.submit("/blocks", f"/blocks/{number}/keep", reason="It goes on.", review_on="2027-03-01")
    assert "1 March 2027" in senior.get("/blocks").words
    reviewer.submit("/blocks", f"/cases/{case_id}/unblock", reason="He has apologised.")
    with site.scene.store.read() as session:
        asked = session.query(t.RequestedAction).where(t.RequestedAction.kind == "unblock").one()
    assert (asked.state, asked.reason) == ("requested", "He has apologised.")
