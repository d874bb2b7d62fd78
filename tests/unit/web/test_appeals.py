"""The pages of appeals: logged on a case, decided by somebody who had no part in it."""

from __future__ import annotations

from tests.judging import said as _said
from tests.web import Site
from worker.review.people import change_person
from worker.store import tables as t

_OVERTURN = {"outcome": "upheld", "verdict": "not_upheld", "why_not": "criticism"}


def _hidden(site: Site) -> int:
    """A case that the reviewer upheld and had hidden."""
    case_id, _, revision_id = site.scene.case("1", "The <b>waiting</b> times are a scandal")
    site.scene.upheld(case_id, revision_id, actions=("hide",))
    return case_id


def _logged(site: Site, case_id: int) -> str:
    at = f"/cases/{case_id}/appeal"
    logged = site.browse("reviewer").submit(
        at, at, by_whom="author", channel="email", words="You hide <i>criticism</i>."
    )
    return logged.path


def _active(site: Site, role: str, *, active: bool) -> None:
    """Let the person of a role leave, or come back."""
    scene, number = site.scene, site.person(role).person_id
    assert number is not None
    change_person(scene.store, scene.clock, scene.admin, number, active=active)


def test_an_appeal_is_logged_and_overturned_by_somebody_else(site: Site) -> None:
    """What they say, what was judged and why stand there; what was hidden is asked to be shown again."""
    case_id = _hidden(site)
    path = _logged(site, case_id)
    assert f"{path}/decide" not in site.browse("reviewer").get(path).actions()
    senior = site.browse("senior_reviewer")
    page = senior.get(path)
    for told in ("You hide <i>criticism</i>.", "The <b>waiting</b> times", "Insults a named nurse."):
        assert told in page.words
    assert "<b>waiting" not in page.raw
    done = senior.submit(page, f"{path}/decide", {**_OVERTURN, "reason": "It is criticism."})
    assert "the decision is overturned" in done.words
    with site.scene.store.read() as session:
        latest = session.query(t.Decision).order_by(t.Decision.id.desc()).first()
        kinds = [row.kind for row in session.query(t.RequestedAction).order_by(t.RequestedAction.id)]
    assert latest is not None
    assert (latest.verdict, kinds) == ("not_upheld", ["hide", "unhide"])
    assert path not in senior.get("/appeals").html.hrefs()
    assert path in senior.get("/appeals?all=1").html.hrefs()


def test_what_is_not_whole_comes_back_filled_in(site: Site) -> None:
    """An appeal that succeeds without a new decision changes nothing, and nothing that was chosen is lost."""
    path = _logged(site, _hidden(site))
    senior = site.browse("senior_reviewer")
    again = senior.submit(path, f"{path}/decide", outcome="partly", reason="In part.", status=422)
    assert "needs a new verdict" in again.words
    kept = dict(again.form(f"{path}/decide").filled({}))
    assert (kept["outcome"], kept["reason"]) == ("partly", "In part.")


def test_who_decided_the_case_does_not_decide_its_appeal(site: Site) -> None:
    """Unless nobody else can be reached: then with a typed reason, and another person reviews it."""
    case_id, _, revision_id = site.scene.case("2", "made-up words")
    site.scene.review.decide(
        site.person("senior_reviewer"),
        case_id,
        revision_id,
        "not_upheld",
        reason="Harmless.",
        particulars=_said("not_upheld"),
    )
    path = _logged(site, case_id)
    senior = site.browse("senior_reviewer")
    page = senior.get(path)
    assert "You decided on this case." in page.words
    senior.submit(page, f"{path}/decide", outcome="dismissed", reason="It stands.", status=403)
    _active(site, "on_call_manager", active=False)
    senior.submit(
        path, f"{path}/decide", outcome="dismissed", reason="It stands.", alone_because="Nobody is there."
    )
    _active(site, "on_call_manager", active=True)
    manager = site.browse("on_call_manager")
    reviewed = manager.submit(path, f"{path}/review")
    assert "Reviewed by The on call manager" in reviewed.words


def test_an_appeal_is_taken_back_with_what_they_said(site: Site) -> None:
    """Nothing is decided then; the words are kept."""
    path = _logged(site, _hidden(site))
    after = site.browse("reviewer").submit(
        path, f"{path}/withdraw", withdrawn_because="She was <b>heard</b>."
    )
    assert "She was <b>heard</b>." in after.words
    assert "<b>heard" not in after.raw
