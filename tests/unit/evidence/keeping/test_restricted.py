"""Restricted cases are held and ended by those who see them: never unseen, never by one, never for ever."""

from __future__ import annotations

from dataclasses import replace
from itertools import combinations

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from tests.quiet import statements
from tests.unit.evidence.keeping.estate import DAY, Estate, Kept, done
from worker.errors import Conflict, NotAllowed
from worker.ledger.audit import Actor
from worker.review.access import SEES
from worker.review.restricting import lift_restriction, note_conflict, tighten
from worker.store import tables as t

#: Written out: who holds and ends what, by why it is restricted. Nobody else does.
MAY = {
    None: {"evidence_officer"},
    "imagery": {"senior_reviewer", "on_call_manager", "evidence_officer", "safeguarding_lead"},
    "staff_on_staff": {"hr", "freedom_to_speak_up_guardian"},
    "protected": {"freedom_to_speak_up_guardian", "safeguarding_lead", "senior_reviewer"},
    "manager": {"hr", "freedom_to_speak_up_guardian", "senior_reviewer"},
    "intimate_image": {"senior_reviewer", "on_call_manager", "evidence_officer", "safeguarding_lead"},
    "safeguarding": {"safeguarding_lead", "senior_reviewer", "on_call_manager"},
}
WHY = "Nobody needs it any more."


def restrict(estate: Estate, kept: Kept, *kinds: str) -> None:
    """Keep a case for named roles."""
    with estate.store.write() as session:
        case, now = session.get_one(t.Case, kept.case_id), estate.scene.clock.now()
        for kind in kinds:
            tighten(session, estate.scene.people["senior_reviewer"], case, kind, "Kept.", now=now)


def due(estate: Estate, *kinds: str) -> Kept:
    """A restricted case whose time is up now, and whose end was proposed."""
    kept = estate.decided()
    restrict(estate, kept, *kinds)
    estate.scene.clock.move(90 * DAY)
    assert estate.keeping.propose() == 1
    return kept


def people_who_see(estate: Estate, kind: str) -> list[Actor]:
    """One of each role that sees such a case."""
    return [estate.scene.people[role] for role in sorted(SEES[kind])]


@pytest.mark.parametrize("kind", MAY)
def test_who_holds_and_ends_which_case(small: Estate, kind: str | None) -> None:
    """The table of kind, role and command: hold, holds, release, list, approve, keep: all audited."""
    assert set(MAY) == {None, *SEES}
    kept = due(small, *([] if kind is None else [kind]))
    refused = 0
    for role, person in small.scene.people.items():
        if role in MAY[kind]:
            small.keeping.hold(kept.case_id, person, "A claim is expected.")
            assert [each.case_id for each in small.keeping.holds(person)] == [kept.case_id]
            with pytest.raises(Conflict, match="legal hold"):
                small.keeping.approve(kept.case_id, person, WHY)
            small.keeping.release(kept.case_id, person, "It was settled.")
            assert [each.case_id for each in small.keeping.waiting(person)] == [kept.case_id]
            continue
        for command in (small.keeping.hold, small.keeping.release, small.keeping.approve, small.keeping.keep):
            with pytest.raises(NotAllowed):
                command(kept.case_id, person, WHY)
            refused += 1
        assert not _listed(small, person, kept)
    assert small.verbs("case", kept.case_id).count("refused") == refused + len(MAY[kind])
    (row,) = small.disposals(kept)
    assert (row.state, row.first_by) == ("proposed", None)


def _listed(estate: Estate, person: Actor, kept: Kept) -> bool:
    try:
        return kept.case_id in {each.case_id for each in estate.keeping.waiting(person)}
    except NotAllowed:
        return False


@pytest.mark.parametrize("kind", sorted(set(SEES) - {"imagery"}))
def test_two_who_see_it_end_it_and_the_worker_destroys_it(small: Estate, kind: str) -> None:
    """No kind of restricted case is kept for ever: two of its roles are enough."""
    kept = due(small, kind)
    first, second = people_who_see(small, kind)[:2]
    assert small.keeping.approve(kept.case_id, first, WHY).second_needed
    small.carry_out(kept)
    assert small.bag(kept).exists()
    (waiting,) = small.keeping.waiting(second)
    assert waiting.agreed_by is not None
    assert not small.keeping.approve(kept.case_id, second, WHY).second_needed
    small.carry_out(kept)
    assert [row.state for row in small.disposals(kept)] == ["done"]
    assert not small.bag(kept).exists()
    assert [row.text for row in small.revisions(kept)] == [None]
    agreed = [verb for verb in small.verbs("case", kept.case_id) if verb.startswith("disposal_")]
    assert agreed == ["disposal_proposed", "disposal_agreed", "disposal_approved", "disposal_done"]


def test_one_person_is_not_two(estate: Estate) -> None:
    """Who agreed first cannot approve as well, by the stage and by the database."""
    kept = due(estate, "manager")
    hr = estate.scene.people["hr"]
    estate.keeping.approve(kept.case_id, hr, WHY)
    with pytest.raises(Conflict, match="You have agreed already"):
        estate.keeping.approve(kept.case_id, hr, WHY)
    alone = "UPDATE disposals SET state='approved', decided_by=first_by, decided_at=first_at, reason='Me.'"
    with pytest.raises(DBAPIError), estate.store.write() as session:
        session.connection().execute(text(alone))
    assert [row.state for row in estate.disposals(kept)] == ["proposed"]


def test_two_people_are_two_users_of_the_computer(estate: Estate) -> None:
    """On a command line a name is only claimed; in a demo one user will do. What was sent back counts not."""
    kept = due(estate, "manager")
    hr, second, *_ = (
        replace(person, source="cli", os_user="selder") for person in people_who_see(estate, "manager")
    )
    with pytest.raises(NotAllowed, match="operating system's user counts"):
        estate.keeping.approve(kept.case_id, replace(hr, os_user=None), WHY)
    estate.keeping.approve(kept.case_id, hr, WHY)
    with pytest.raises(NotAllowed, match="It was agreed to by the same user of this computer, selder"):
        estate.keeping.approve(kept.case_id, second, WHY)
    assert [row.state for row in estate.disposals(kept)] == ["proposed"]
    replace(estate.keeping, one_os_user_will_do=True).approve(kept.case_id, second, WHY)
    estate.keeping.hold(kept.case_id, hr, "A claim is expected.")
    estate.carry_out(kept)  # which sends it back
    estate.scene.clock.move(DAY)
    estate.keeping.release(kept.case_id, hr, "Settled.")
    estate.keeping.approve(kept.case_id, replace(hr, os_user="night"), WHY)
    assert not estate.keeping.approve(kept.case_id, second, WHY).second_needed


def test_who_agreed_first_approves_alone_once_it_is_not_restricted(estate: Estate) -> None:
    """With the restriction lifted one person is enough: the earlier word is dropped; the audit says so."""
    kept = due(estate, "imagery")
    estate.keeping.approve(kept.case_id, estate.officer, WHY)
    senior = estate.scene.people["senior_reviewer"]
    lift_restriction(estate.store, estate.scene.clock, senior, kept.case_id, "A drawing of a tree.")
    assert not estate.keeping.approve(kept.case_id, estate.officer, WHY).second_needed
    (row,) = estate.disposals(kept)
    assert (row.state, row.first_by, row.decided_by) == ("approved", None, estate.officer.person_id)
    assert len(estate.scene.audited("disposal_word_dropped")) == 1
    estate.carry_out(kept)
    assert [row.state for row in estate.disposals(kept)] == ["done"]


def test_what_is_restricted_after_one_person_approved_goes_back(estate: Estate) -> None:
    """The officer who approved while everybody saw it may not see it now: nothing is destroyed unseen."""
    kept = estate.approved()
    restrict(estate, kept, "safeguarding")
    estate.carry_out(kept)
    assert estate.bag(kept).exists()
    assert [row.state for row in estate.disposals(kept)] == ["proposed"]
    stopped = estate.scene.audited("disposal_stopped")[0].detail["why"]
    assert "it is restricted, and only one person agreed" in stopped
    assert len(stopped) == 2, "the officer's approval stood although they may not see it"


@pytest.mark.parametrize("voice", [0, 1])
def test_a_voice_of_whom_it_concerns_by_now_counts_no_more(estate: Estate, voice: int) -> None:
    """A conflict of interest that is noted after either of the two agreed stops the destruction."""
    kept = due(estate, "manager")
    both = people_who_see(estate, "manager")[:2]
    for person in both:
        estate.keeping.approve(kept.case_id, person, WHY)
    senior, clock = estate.scene.people["senior_reviewer"], estate.scene.clock
    concerned = both[voice].person_id
    assert concerned is not None
    note_conflict(estate.store, clock, senior, kept.case_id, concerned, "It is about them.")
    estate.carry_out(kept)
    assert estate.bag(kept).exists()
    (row,) = estate.disposals(kept)
    assert (row.state, row.first_by, row.decided_by) == ("proposed", None, None)


def test_a_first_voice_that_only_stands_in_the_row_counts_for_nothing(estate: Estate) -> None:
    """Whoever can write rows can write a name: the audit must say that this person agreed."""
    kept = due(estate, "manager")
    first, second, *_ = people_who_see(estate, "manager")
    with estate.store.write() as session:
        (row,) = session.query(t.Disposal).all()
        row.first_by, row.first_at, row.first_reason = first.person_id, estate.scene.clock.now(), WHY
    estate.keeping.approve(kept.case_id, second, WHY)
    estate.carry_out(kept)
    assert estate.bag(kept).exists()
    assert [row.state for row in estate.disposals(kept)] == ["proposed"]


def test_a_case_restricted_for_two_reasons_is_ended_by_those_who_see_both(small: Estate) -> None:
    """Each reason narrows who decides on it."""
    kept = due(small, "safeguarding", "manager")
    seeing = SEES["safeguarding"] & SEES["manager"]
    listed = {role for role, person in small.scene.people.items() if _listed(small, person, kept)}
    assert listed == seeing


def test_what_one_person_sees_is_ended_with_an_officer_who_does_not(estate: Estate) -> None:
    """A Trust with one guardian: they agree first, an evidence officer by number alone; not before."""
    kept = due(estate, "staff_on_staff", "protected")
    guardian = estate.scene.people["freedom_to_speak_up_guardian"]
    with pytest.raises(NotAllowed):
        estate.keeping.approve(kept.case_id, estate.officer, WHY)
    assert estate.keeping.waiting(estate.officer) == ()
    estate.keeping.approve(kept.case_id, guardian, WHY)
    assert [each.case_id for each in estate.keeping.waiting(estate.officer)] == [kept.case_id]
    with pytest.raises(NotAllowed):
        estate.keeping.timeline(kept.case_id, estate.officer)
    estate.keeping.approve(kept.case_id, estate.officer, WHY)
    estate.carry_out(kept)
    assert [row.state for row in estate.disposals(kept)] == ["done"]


def test_an_officer_whom_it_concerns_is_no_second_person(estate: Estate) -> None:
    """By number or not: the evidence against them does not go by their word."""
    kept = due(estate, "manager")
    estate.keeping.approve(kept.case_id, estate.scene.people["hr"], WHY)
    senior, officer = estate.scene.people["senior_reviewer"], estate.officer.person_id
    assert officer is not None
    note_conflict(estate.store, estate.scene.clock, senior, kept.case_id, officer, "It is about them.")
    with pytest.raises(NotAllowed):
        estate.keeping.approve(kept.case_id, estate.officer, WHY)
    assert estate.keeping.waiting(estate.officer) == ()


def test_a_kept_case_needs_one_person_and_is_not_destroyed(small: Estate) -> None:
    """Keeping is the careful side: one is enough, even after another agreed to the destruction."""
    kept = due(small, "protected")
    first, second, *_ = people_who_see(small, "protected")
    small.keeping.approve(kept.case_id, first, WHY)
    assert small.keeping.keep(kept.case_id, second, "The guardian needs it.") == (kept.case_id,)
    small.keeping.carry_out(kept.comment_id, done)
    assert small.bag(kept).exists()


def test_every_kind_has_two_roles_that_end_it() -> None:
    """A kind that one role alone sees could never be ended by two people of different standing."""
    for kind, roles in SEES.items():
        assert list(combinations(sorted(roles), 2)), kind


def test_what_is_not_theirs_costs_nobody_a_look(estate: Estate) -> None:
    """HR is not shown the many that officers end, nor does their list look into each of them."""
    hr = estate.scene.people["hr"]
    first = due(estate, "manager")
    estate.keeping.hold(first.case_id, hr, "A claim is expected.")
    with statements(estate.store) as before:
        assert [each.case_id for each in estate.keeping.waiting(hr)] == [first.case_id]
        assert len(estate.keeping.holds(hr)) == 1
    for _ in range(3):
        kept = estate.due()
        estate.keeping.hold(kept.case_id, estate.officer, "A claim is expected.")
    with statements(estate.store) as after:
        assert [each.case_id for each in estate.keeping.waiting(hr)] == [first.case_id]
        assert len(estate.keeping.holds(hr)) == 1
    assert len(after) == len(before) > 0
