"""What cannot wait: calls about danger, the rota, and major incidents."""

from __future__ import annotations

from datetime import timedelta

from sqlalchemy import select

from tests.web import Site
from worker.review.people import change_person
from worker.store import tables as t


def _reachable(site: Site, role: str) -> int:
    """The person of a role with an e-mail address; their number."""
    number = site.person(role).person_id
    assert number is not None
    scene = site.scene
    change_person(scene.store, scene.clock, scene.admin, number, email=f"{role}@northmoor.example.test")
    return number


def test_a_call_is_taken_with_one_button_and_999_stands_first(site: Site) -> None:
    """The page of escalations says who called for how long; afterwards nobody else is called."""
    case_id, *_ = site.scene.case("1", "made-up words", "immediate_danger")
    site.scene.clock.move(timedelta(minutes=4))
    manager = site.browse("on_call_manager")
    page = manager.get("/escalations")
    assert page.words.index("call 999") < page.words.index("Nobody has taken it.")
    assert "4 minutes" in page.words
    taken = manager.submit(page, f"/escalations/{case_id}/acknowledge")
    assert taken.path == f"/cases/{case_id}"
    assert "Nobody else is called about it." in taken.words
    assert "The on call manager took the call" in manager.get("/escalations").words
    with site.scene.store.read() as session:
        assert session.scalars(select(t.Page.state)).all() == ["acknowledged"]


def test_a_call_is_taken_from_its_case_and_leads_nowhere_else(site: Site) -> None:
    """The case's page goes back to itself; an address of another site is not followed."""
    case_id, *_ = site.scene.case("1", "made-up words", "immediate_danger")
    reviewer, to = site.browse("reviewer"), f"/escalations/{case_id}/acknowledge"
    pairs = reviewer.get(f"/cases/{case_id}").form(to).filled({"back": "//evil.example.test/"})
    assert reviewer.post(to, pairs).path == f"/cases/{case_id}"


def test_what_waits_for_advice_and_what_is_late_is_on_one_page(site: Site) -> None:
    """With how bad it is and since when; whoever sees no queue sees none of it."""
    late, *_ = site.scene.case("1", "made-up words")
    site.scene.clock.move(timedelta(days=3))
    page = site.browse("reviewer").get("/escalations")
    assert f"/cases/{late}" in page.html.hrefs()
    assert "Overdue" in page.words
    site.browse("legal").get("/escalations", status=403)


def test_the_rota_shows_gaps_and_is_kept_by_who_may(site: Site) -> None:
    """Nobody on call is said in words; a turn fills it; one that cannot be comes back as it was typed."""
    number = _reachable(site, "reviewer")
    manager = site.browse("on_call_manager")
    empty = manager.get("/on-call")
    assert "Nobody is on call now." in empty.words
    turn = {"person": str(number), "from": "2026-11-09T08:00", "until": "2026-11-12T09:00"}
    added = manager.submit(empty, "/on-call", turn)
    assert "Nobody is on call now." not in added.words
    assert "12 November 2026 at 9:00am on." in added.words, "from the end of the last turn on"
    again = manager.submit(added, "/on-call", turn, status=422)
    assert "has rank 1 at that time" in again.words
    assert dict(again.form("/on-call").filled({}))["until"] == "2026-11-12T09:00"
    nothing = manager.submit(again, "/on-call", {**turn, "from": ""}, status=422)
    assert "Say from when until when." in nothing.words
    manager.submit("/on-call", "/on-call/1/remove")
    assert "Nobody is on call now." in manager.get("/on-call").words
    assert site.browse("reviewer").get("/on-call").actions() == ["/sign-out"]


def test_a_major_incident_is_declared_shown_to_all_and_ended(site: Site) -> None:
    """With its reason, who leads and until when; a colleague helps meanwhile; hostile words stay words."""
    lead = site.browse("communications_lead")
    again = lead.submit("/incidents", "/incidents", reason="A <b>pile-on</b>", until="", status=422)
    assert "Say until when it lasts." in again.words
    assert dict(again.form("/incidents").filled({}))["reason"] == "A <b>pile-on</b>"
    on = lead.submit(again, "/incidents", until="2026-11-10T18:00")
    assert "A <b>pile-on</b>" in on.words
    banner = site.browse("reviewer").get("/queue")
    assert "A <b>pile-on</b>" in banner.words
    assert "<b>pile-on" not in banner.raw
    helped = lead.submit(on, "/incidents/reviewers", name="The hr")
    assert "The hr" in helped.words
    lead.submit(helped, "/incidents/reviewers/remove", name="The hr")
    lead.submit("/incidents", "/incidents/end")
    assert "No major incident is on." in lead.get("/incidents").words
    assert site.browse("reviewer").get("/incidents").actions() == ["/sign-out"]
