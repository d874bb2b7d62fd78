"""The page of a case: what was said, and the decision on it."""

from __future__ import annotations

import pytest

from tests.web import Site
from worker.store import tables as t

_WORDS = "You useless vermin, I know your car"
_NOT_UPHELD = {"verdict": "not_upheld", "why_not": "criticism"}
_UPHELD = {
    "verdict": "upheld",
    "category": "insult",
    "severity": "serious",
    "target": "staff",
    "breaks_house_rules": "yes",
    "may_be_offence": "no",
    "answer-criticism_of_care": "no",
}


def _found(site: Site, revision_id: int, category: str, start: int, end: int) -> None:
    """A rule found something in a wording."""
    with site.scene.store.write() as session:
        session.add(
            t.Finding(
                revision_id=revision_id,
                rule_id="made-up",
                rule_version=1,
                category=category,
                severity="serious",
                span_start=start,
                span_end=end,
                matched=_WORDS[start:end],
                reason="Words that a rule of this test looks for.",
                characteristics=[],
            )
        )


def _decisions(site: Site) -> list[t.Decision]:
    with site.scene.store.read() as session:
        return list(session.query(t.Decision).order_by(t.Decision.id))


def test_a_case_is_shown_and_decided_and_the_next_one_opens(site: Site) -> None:
    """A reviewer takes a case, does not uphold it without typing, and has the next in front of them."""
    first, *_ = site.scene.case("c1", "I waited nine hours", severity="serious")
    second, *_ = site.scene.case("c2", "Shame on all of you", severity="routine")
    reviewer = site.browse("reviewer")
    case = reviewer.submit("/queue", "/queue/next")
    assert case.path == f"/cases/{first}"
    assert "I waited nine hours" in case.words
    after = reviewer.submit(
        case, f"/cases/{first}/decide", _NOT_UPHELD, button="Decide and open the next case"
    )
    assert after.path == f"/cases/{second}"
    assert f"Case {first} is decided." in after.words
    assert f"/cases/{first}" in after.html.hrefs(), "the way back to it"
    (decision,) = _decisions(site)
    assert (decision.verdict, decision.why_not) == ("not_upheld", "criticism")
    assert decision.reason == "Criticism of care or of the Trust"


def test_an_upheld_case_asks_the_platform_for_what_was_ticked(site: Site) -> None:
    """Uphold and hide: the action is requested with the decision, in the words that the person wrote."""
    case_id, *_ = site.scene.case("c1", _WORDS)
    reviewer = site.browse("reviewer")
    given = {**_UPHELD, "action": "hide", "reason": "Calls staff vermin."}
    reviewer.submit(f"/cases/{case_id}", f"/cases/{case_id}/decide", given, button="Decide and stay here")
    (decision,) = _decisions(site)
    assert decision.reason == "Calls staff vermin."
    with site.scene.store.read() as session:
        (asked,) = session.query(t.RequestedAction)
    assert (asked.kind, asked.decision_id) == ("hide", decision.id)


def test_what_is_missing_is_told_and_nothing_that_was_filled_in_is_lost(site: Site) -> None:
    """A decision that lacks an answer is refused with everything still there, and decides nothing."""
    case_id, *_ = site.scene.case("c1", _WORDS)
    reviewer = site.browse("reviewer")
    given = {**_UPHELD, "reason": "Calls staff vermin, twice."}
    del given["target"]
    again = reviewer.submit(
        f"/cases/{case_id}",
        f"/cases/{case_id}/decide",
        given,
        button="Decide and open the next case",
        status=422,
    )
    assert "Nothing was decided yet" in again.words
    assert "says whom it is aimed at" in again.words
    assert "--target" not in again.words
    assert "Calls staff vermin, twice." in again.raw
    assert not _decisions(site)
    reviewer.submit(
        again, f"/cases/{case_id}/decide", {"target": "staff"}, button="Decide and open the next case"
    )
    (decision,) = _decisions(site)
    assert decision.reason == "Calls staff vermin, twice."


def test_a_comment_that_changed_meanwhile_is_not_decided_on(site: Site) -> None:
    """The decision is about what was seen: the difference is shown, and nothing is decided (promise 4)."""
    case_id, comment_id, _ = site.scene.case("c1", "you are all hopeless")
    reviewer = site.browse("reviewer")
    page = reviewer.get(f"/cases/{case_id}")
    site.scene.edit(comment_id, "you are all wonderful")
    again = reviewer.submit(
        page,
        f"/cases/{case_id}/decide",
        {**_UPHELD, "reason": "Insults all."},
        button="Decide and open the next case",
        status=409,
    )
    assert "was changed since you looked at it" in again.words
    assert "<del>hopeless</del>" in again.raw
    assert "<ins>wonderful</ins>" in again.raw
    assert "Insults all." in again.raw
    assert not _decisions(site)


def test_somebody_elses_decision_is_not_overwritten_by_an_old_page(site: Site) -> None:
    """Two reviewers had the page open: the second is told of the first's decision, which stands."""
    case_id, _, revision_id = site.scene.case("c1", _WORDS)
    second = site.browse("second")
    page = second.get(f"/cases/{case_id}")
    site.scene.not_upheld(case_id, revision_id)
    again = second.submit(
        page, f"/cases/{case_id}/decide", _UPHELD, button="Decide and open the next case", status=422
    )
    assert "is decided already" in again.words
    assert "Harmless after all." in again.words
    assert [each.verdict for each in _decisions(site)] == ["not_upheld"]


def test_a_case_that_somebody_works_on_is_theirs(site: Site) -> None:
    """Another person's claim holds on the page too: nothing is decided past it."""
    case_id, *_ = site.scene.case("c1", _WORDS)
    site.browse("reviewer").submit(f"/cases/{case_id}", f"/cases/{case_id}/claim")
    second = site.browse("second")
    page = second.get(f"/cases/{case_id}")
    assert "is working on it until" in page.words
    again = second.submit(
        page, f"/cases/{case_id}/decide", _NOT_UPHELD, button="Decide and open the next case", status=422
    )
    assert "is working on case" in again.words
    assert not _decisions(site)


def test_words_that_wound_are_masked_until_somebody_asks_and_that_is_recorded(site: Site) -> None:
    """A slur is not on the page, not even in its source, before it is revealed; revealing leaves a trace."""
    case_id, _, revision_id = site.scene.case("c1", _WORDS)
    _found(site, revision_id, "hate", 12, 18)
    reviewer = site.browse("reviewer")
    page = reviewer.get(f"/cases/{case_id}")
    assert "vermin" not in page.raw
    assert "I know your car" in page.words
    shown = reviewer.submit(page, f"/cases/{case_id}/reveal")
    assert "vermin" in shown.words
    (row,) = site.scene.audited("revealed")
    assert row.object_id == case_id
    assert "vermin" not in reviewer.get(f"/cases/{case_id}").raw


def test_who_closes_a_case_to_themselves_still_learns_what_to_do_now(site: Site) -> None:
    """An answer restricts the case: it is said that the decision is saved, and what cannot wait."""
    case_id, _, revision_id = site.scene.case("c1", _WORDS)
    _found(site, revision_id, "self_harm", 20, 35)
    given = {**_NOT_UPHELD, "answer-at_risk_now": "yes", "answer-safeguarding": "yes"}
    reviewer = site.browse("reviewer")
    told = reviewer.submit(
        f"/cases/{case_id}", f"/cases/{case_id}/decide", given, button="Decide and open the next case"
    )
    assert "It is saved: Not upheld" in told.words
    assert "call 999" in told.words
    assert "the safeguarding lead has a task" in told.words
    assert [each.verdict for each in _decisions(site)] == ["not_upheld"]
    assert "Take the next case" in reviewer.get(f"/cases/{case_id}", status=403).words


def test_what_a_rule_matched_is_marked_and_its_reason_given(site: Site) -> None:
    """The words that a rule matched are marked, with the reason and the rule beside them."""
    case_id, _, revision_id = site.scene.case("c1", _WORDS)
    _found(site, revision_id, "threat", 20, 35)
    page = site.browse("reviewer").get(f"/cases/{case_id}")
    assert '<mark>I know your car<sup class="up-foot" aria-hidden="true">1</sup></mark>' in page.raw
    assert "Words that a rule of this test looks for. Rule made-up, version 1" in page.words


def test_a_restricted_case_is_closed_on_its_page_and_in_its_forms(site: Site) -> None:
    """Who may not see a case gets neither its page nor any of its forms, and that is recorded."""
    case_id, _, revision_id = site.scene.case("c1", _WORDS)
    reviewer = site.browse("reviewer")
    page = reviewer.get(f"/cases/{case_id}")
    site.app.casework.file.restrict(site.person("senior_reviewer"), case_id, "safeguarding", "A child.")
    closed = reviewer.get(f"/cases/{case_id}", status=403)
    assert "is restricted" in closed.words
    assert "vermin" not in closed.raw
    for form in (f"/cases/{case_id}/decide", f"/cases/{case_id}/notes", f"/cases/{case_id}/reveal"):
        pairs = [*page.form(f"/cases/{case_id}/decide").filled({}, None), ("revision", str(revision_id))]
        fresh = [(name, text) for name, text in pairs if name != "form"] + [("form", form)]
        answer = reviewer.post(form, [*fresh, *_NOT_UPHELD.items(), ("text", "a note")], status=403)
        assert "vermin" not in answer.raw
    assert not _decisions(site)
    assert len(site.scene.audited("refused")) >= 4


def test_a_note_is_written_once_however_often_its_form_is_sent(site: Site) -> None:
    """A replayed form does nothing: the second note is refused, and says that the first was taken."""
    case_id, *_ = site.scene.case("c1", _WORDS)
    reviewer = site.browse("reviewer")
    pairs = (
        reviewer.get(f"/cases/{case_id}").form(f"/cases/{case_id}/notes").filled({"text": "Rang her."}, None)
    )
    reviewer.post(f"/cases/{case_id}/notes", pairs)
    again = reviewer.post(f"/cases/{case_id}/notes", pairs, status=400)
    assert "was sent already" in again.words
    with site.scene.store.read() as session:
        assert session.query(t.CaseNote).count() == 1


@pytest.mark.parametrize(
    "address", ["javascript:alert(1)", "data:text/html,x", "//evil.example.test", "file:///etc/passwd"]
)
def test_no_link_leads_anywhere_but_to_the_web(site: Site, address: str) -> None:
    """An address that a platform gave is a link only where it is HTTP, whatever it calls itself."""
    case_id, comment_id, _ = site.scene.case("c1", _WORDS)
    with site.scene.store.write() as session:
        session.get_one(t.Comment, comment_id).permalink = address
    page = site.browse("reviewer").get(f"/cases/{case_id}")
    assert not [href for href in page.html.hrefs() if href.startswith(address[:5])]
