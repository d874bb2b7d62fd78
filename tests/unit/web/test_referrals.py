"""The pages of referrals, of support and of records for Datix."""

from __future__ import annotations

from tests.web import Site
from worker.store import tables as t

_WORDS = "<em>I know</em> where that nurse parks"


def _case(site: Site) -> tuple[int, int]:
    case_id, _, revision_id = site.scene.case("1", _WORDS)
    return case_id, revision_id


def _referrals(site: Site) -> list[t.Referral]:
    with site.scene.store.read() as session:
        return list(session.query(t.Referral).order_by(t.Referral.id))


def test_a_case_is_referred_with_what_they_may_see_chosen(site: Site) -> None:
    """999 and 101 come first; what is ticked goes to them and nothing else; it is followed to its end."""
    case_id, _ = _case(site)
    reviewer, at = site.browse("reviewer"), f"/cases/{case_id}/referrals"
    page = reviewer.get(at)
    assert "call 999" in page.words
    chosen = reviewer.get(f"{at}?to=police_101")
    assert "Nobody has to approve it" in chosen.words
    made = reviewer.submit(
        chosen, at, recipient="Northmoor Police", reason="A <b>threat</b>.", sees=["words"]
    )
    (row,) = _referrals(site)
    assert (row.recipient, row.sees_words, row.sees_author, row.sees_evidence) == (
        "Northmoor Police",
        True,
        False,
        False,
    )
    assert _WORDS in made.words
    assert "<b>threat" not in made.raw
    assert "<em>" not in made.raw
    acknowledged = reviewer.submit(
        made, f"/referrals/{row.id}/acknowledge", acknowledged="Logged.", reference="NM/123"
    )
    closed = reviewer.submit(acknowledged, f"/referrals/{row.id}/close", outcome="They spoke to him.")
    assert "They spoke to him." in closed.words
    assert _referrals(site)[0].state == "closed"
    assert "NM/123" in reviewer.get("/referrals").words


def test_what_is_not_whole_comes_back_with_everything_that_was_typed(site: Site) -> None:
    """No reason: nothing is referred, and the boxes that were ticked are as they were."""
    case_id, _ = _case(site)
    reviewer, at = site.browse("reviewer"), f"/cases/{case_id}/referrals"
    again = reviewer.submit(f"{at}?to=legal", at, recipient="A firm", reason=" ", sees=["author"], status=422)
    assert "The reason needs words" in again.words
    kept = again.form(at).filled({})
    assert ("recipient", "A firm") in kept
    assert [value for name, value in kept if name == "sees"] == ["author"]
    assert _referrals(site) == []
    reviewer.get(f"{at}?to=nobody", status=404)


def test_the_recipient_reads_exactly_what_was_referred(site: Site) -> None:
    """Legal sees the referral, acknowledges it, and cannot open the case; others see nothing of it."""
    case_id, _ = _case(site)
    reviewer, at = site.browse("reviewer"), f"/cases/{case_id}/referrals"
    reviewer.submit(f"{at}?to=legal", at, reason="A claim.", sees=["words"])
    (row,) = _referrals(site)
    legal = site.browse("legal")
    assert f"/referrals/{row.id}" in legal.get("/referrals").html.hrefs()
    page = legal.get(f"/referrals/{row.id}")
    assert _WORDS in page.words
    assert "someone" not in page.words, "the author was not referred"
    assert f"/cases/{case_id}" not in page.html.hrefs()
    legal.submit(page, f"/referrals/{row.id}/acknowledge", acknowledged="We look at it.")
    assert _referrals(site)[0].state == "acknowledged"
    site.browse("pals").get(f"/referrals/{row.id}", status=403)
    reviewer.submit(f"/referrals/{row.id}", f"/referrals/{row.id}/withdraw", withdrawn_because="A mistake.")
    legal.get(f"/referrals/{row.id}", status=403)


def test_what_was_considered_and_not_referred_is_on_record(site: Site) -> None:
    """With the reason: the decision stands either way."""
    case_id, _ = _case(site)
    reviewer, at = site.browse("reviewer"), f"/cases/{case_id}/referrals"
    reviewer.submit(f"{at}?to=police_101", f"{at}/considered", not_because="She does not want it.")
    with site.scene.store.read() as session:
        row = session.query(t.NotReferred).one()
    assert (row.kind, row.reason) == ("police_101", "She does not want it.")


def test_support_is_offered_by_work_and_answered_without_a_reason(site: Site) -> None:
    """To a staff nurse, not to a name; she accepts later."""
    case_id, _ = _case(site)
    reviewer, at = site.browse("reviewer"), f"/cases/{case_id}/support"
    page = reviewer.submit(
        f"/cases/{case_id}/referrals", at, kind="union", offered_to="staff nurse, ward 7", answered="offered"
    )
    assert "staff nurse, ward 7" in page.words
    reviewer.submit(page, at, holding="offer=1", button="They accepted")
    with site.scene.store.read() as session:
        assert session.query(t.SupportOffer).one().state == "accepted"


def test_a_record_for_datix_is_shown_without_words_until_somebody_asks(site: Site) -> None:
    """Only of an upheld case; that the words were asked for is recorded; its number there is noted."""
    case_id, revision_id = _case(site)
    reviewer, at = site.browse("reviewer"), f"/cases/{case_id}/datix"
    reviewer.get(at, status=409)
    site.scene.upheld(case_id, revision_id)
    page = reviewer.get(at)
    assert _WORDS not in page.words
    assert _WORDS in reviewer.get(f"{at}?words=1").words
    assert [row.detail["with_words"] for row in site.scene.audited("datix_shown")] == [False, True]
    after = reviewer.submit(page, at, reference="W123456")
    assert "W123456" in after.words
