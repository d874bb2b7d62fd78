"""What waits for a second person, as that person and the asker read it."""

from __future__ import annotations

import pytest

from tests.unit.review.scene import PLATFORM, Scene
from worker.bootstrap.acting import abilities
from worker.errors import NotAllowed, NotFound
from worker.review.approving import Approving
from worker.review.asked import Desk
from worker.review.asked_reading import AskedBook
from worker.review.restricting import tighten
from worker.review.terms import Terms
from worker.store import tables as t
from worker.working_days import WorkingDays

_WORDS = "I know where that nurse parks"
_TERMS = Terms(no_warning_because="It was a threat.")


def book(scene: Scene) -> AskedBook:
    """The stage, with what the platforms really do."""
    return AskedBook(scene.store, scene.clock, abilities)


def asked(scene: Scene, kind: str = "delete") -> int:
    """The reviewer upholds a case and asks for what needs a second person."""
    case_id, _, revision_id = scene.case(f"9{kind}", _WORDS)
    scene.upheld(case_id, revision_id)
    terms = _TERMS if kind == "block" else None
    return scene.review.request(scene.reviewer, case_id, kind, "She is afraid.", terms=terms)


def restrict(scene: Scene, number: int) -> None:
    """Keep the case of a request for HR and the guardian."""
    with scene.store.write() as session:
        asked_for = session.get_one(t.RequestedAction, number)
        case = session.get_one(t.Case, asked_for.case_id)
        tighten(session, scene.admin, case, "staff_on_staff", "About a colleague.", now=scene.clock.now())


def test_a_second_person_reads_what_it_does_who_asked_why_and_the_words(scene: Scene) -> None:
    """All that is needed to agree: the words, the effect, whether it can be undone, the warning before."""
    delete, block = asked(scene), asked(scene, "block")
    first, second = book(scene).waiting(scene.people["on_call_manager"])
    effects = {each.kind.value: each.effect for each in abilities(PLATFORM)}
    assert (first.number, first.text, first.reason, first.effect) == (
        delete,
        _WORDS,
        "She is afraid.",
        effects["delete"],
    )
    assert (first.undone_by, second.undone_by) == (None, "unblock")
    assert (second.number, second.mine) == (block, False)
    assert second.terms is not None
    assert second.terms.no_warning_because == "It was a threat."


def test_every_look_at_what_waits_is_recorded_for_each(scene: Scene) -> None:
    """The words stand in the list: so each of them is a look, with its case (promise 7)."""
    numbers = [asked(scene), asked(scene, "block")]
    book(scene).waiting(scene.people["senior_reviewer"])
    looks = [row for row in scene.audited("viewed") if row.object_type == "requested_action"]
    assert [row.object_id for row in looks] == numbers
    assert {row.person_id for row in looks} == {scene.people["senior_reviewer"].person_id}


def test_ones_own_request_is_not_for_oneself_to_agree_to(scene: Scene) -> None:
    """Who asked reads theirs under their own, without the words; nobody is offered what they asked for."""
    case_id, _, revision_id = scene.case("7", _WORDS)
    senior = scene.people["senior_reviewer"]
    scene.upheld(case_id, revision_id)
    number = scene.review.request(senior, case_id, "delete", "Now.")
    assert book(scene).waiting(senior) == ()
    (own,) = book(scene).mine(senior)
    assert (own.number, own.text, own.mine) == (number, None, True)
    assert book(scene).mine(scene.second) == ()


def test_what_is_restricted_is_shown_to_nobody_who_may_not_see_it(scene: Scene) -> None:
    """Not in the list, not by its number, not among one's own."""
    number = asked(scene)
    restrict(scene, number)
    senior = scene.people["senior_reviewer"]
    assert book(scene).waiting(senior) == ()
    assert book(scene).mine(scene.reviewer) == ()
    with pytest.raises(NotAllowed, match="restricted"):
        book(scene).show(senior, number)
    with pytest.raises(NotFound):
        book(scene).show(senior, number + 100)


def test_only_who_may_approve_reads_what_waits(scene: Scene) -> None:
    """A second reviewer is no second person; the refusal is on record."""
    asked(scene)
    for read in (book(scene).waiting, book(scene).to_review):
        with pytest.raises(NotAllowed, match="approve"):
            read(scene.second)
    assert len(scene.audited("refused")) == 2


def test_what_was_done_alone_waits_until_somebody_else_looked_at_it(scene: Scene) -> None:
    """It is among what is to be reviewed, with the typed reason; not for who did it; then no more."""
    number = asked(scene)
    approving = Approving(Desk(scene.store, scene.clock), WorkingDays)
    approving.break_glass(scene.reviewer, number, "Nobody answers at night.")
    senior = scene.people["senior_reviewer"]
    (alone,) = book(scene).to_review(senior)
    assert alone.alone is not None
    assert (alone.number, alone.to_review, alone.alone.reason) == (number, True, "Nobody answers at night.")
    approving.review(senior, number, "It was right.")
    assert book(scene).to_review(senior) == ()
    assert [voice.verdict for voice in book(scene).show(senior, number).voices] == ["broke_glass", "reviewed"]
