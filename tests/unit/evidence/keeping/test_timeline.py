"""The custody timeline: everything that happened to a case's evidence, in order, with who and when."""

from __future__ import annotations

import pytest
from sqlalchemy.orm import Session

from tests.unit.evidence.keeping.estate import DAY, Estate, Kept
from tests.unit.evidence.keeping.hindrances import hinder
from worker.errors import NotAllowed, NotFound
from worker.evidence.keeping.wording import is_slip
from worker.ledger import audit
from worker.store import tables as t


def note(estate: Estate, verb: str, object_type: str, object_id: int | None, **detail: object) -> None:
    """What another stage would have audited now, by the evidence officer."""
    with estate.store.write() as session:
        now = estate.scene.clock.now()
        audit.record(session, estate.officer, verb, object_type, object_id, now=now, detail=detail)


def test_a_timeline_tells_a_case_from_its_opening_to_its_end(estate: Estate) -> None:
    """Asked for, sealed, verified, decided, held, released, approved, destroyed, removed: in order."""
    kept = estate.case()
    (snapshot,) = estate.snapshots(kept)
    note(estate, "sealed", "snapshot", snapshot.id, source="polled")
    note(estate, "evidence_surveyed", "case", None, looked_at=1)
    estate.decide(kept, "not_upheld")
    estate.keeping.hold(kept.case_id, estate.officer, "A claim is expected.")
    estate.keeping.release(kept.case_id, estate.officer, "It was settled.")
    estate.scene.clock.move(90 * DAY)
    estate.keeping.propose()
    estate.keeping.approve(kept.case_id, estate.officer, "Its time is up.")
    estate.carry_out(kept)
    events = estate.keeping.timeline(kept.case_id, estate.officer)
    assert [event.verb for event in events] == [
        "opened", "asked", "sealed", "evidence_surveyed", "decided", "held", "hold_released",
        "disposal_proposed", "disposal_approved", "destroyed", "disposal_done", "bag_removed",
    ]  # fmt: skip
    told = {event.verb: event for event in events}
    assert told["asked"].what == f"core evidence was asked for (snapshot {snapshot.id})"
    assert told["held"].what == f"a legal hold was placed (case {kept.case_id})"
    assert told["held"].facts == "A claim is expected."
    assert (told["held"].who, told["held"].source) == ("The evidence officer", "test")
    assert (told["disposal_proposed"].who, told["disposal_proposed"].source) == (None, "retention")
    assert (told["destroyed"].who, told["destroyed"].source) == ("The evidence officer", "retention")
    assert told["bag_removed"].at - told["held"].at == 90 * DAY
    assert told["destroyed"].detail["tagmanifest_sha256"] == "2" * 64


def test_a_timeline_holds_what_hangs_on_the_case_and_nothing_else(small: Estate) -> None:
    """Exports, requested actions, marks and the gate's refusals belong to it; other cases do not."""
    kept, other = small.decided(), small.decided()
    hinder(small, kept, "export asked")
    hinder(small, kept, "requested action")
    for verb, kind, number in (
        ("export_asked", "export", 1),
        ("requested", "requested_action", 1),
        ("marked", "comment", kept.comment_id),
        ("receipt_refused", "comment", kept.comment_id),
        ("never_heard_of", "snapshot", small.snapshots(kept)[0].id),
    ):
        note(small, verb, kind, number)
    note(small, "viewed", "case", other.case_id)
    note(small, "marked", "comment", other.comment_id)
    events = small.keeping.timeline(kept.case_id, small.officer)
    assert [event.verb for event in events if event.audit_id is not None] == [
        "decided", "export_asked", "requested", "marked", "receipt_refused", "never_heard_of",
    ]  # fmt: skip
    assert events[-1].what == f"never heard of (snapshot {small.snapshots(kept)[0].id})"


def test_a_timeline_says_to_whom_evidence_went(small: Estate) -> None:
    """What was given away with a referral of this case is told; with one of another case it is not."""
    kept, other = small.decided(), small.decided()
    with small.store.write() as session:
        numbers = [_referral(session, small, each) for each in (kept, other)]
    for number in numbers:
        note(small, "handed_over", "referral", number, export_id=1)
    note(small, "viewed", "referral", numbers[0])
    (told,) = [
        each for each in small.keeping.timeline(kept.case_id, small.officer) if "referral" in each.what
    ]
    assert (
        told.what == f"the file of a hand-over was given to whom it was referred to (referral {numbers[0]})"
    )


def _referral(session: Session, estate: Estate, kept: Kept) -> int:
    now = estate.scene.clock.now()
    row = t.Referral(
        case_id=kept.case_id, revision_id=kept.revision_id, kind="police_101", recipient="Police",
        reason="A threat.", sees_words=True, sees_author=True, sees_evidence=True, sees_files=True,
        state="made", made_by=estate.officer.person_id, made_at=now, due_at=now,
    )  # fmt: skip
    session.add(row)
    session.flush()
    return row.id


def test_a_refusal_says_what_was_refused_and_why(small: Estate) -> None:
    """Whoever reads the custody learns what somebody tried in vain; a slip of the keys is told apart."""
    kept = small.case()
    note(small, "refused", "case", kept.case_id, right="view_evidence", why="NotAllowed")
    note(small, "refused", "case", kept.case_id, right="view_restricted_evidence", why="Conflict")
    note(small, "refused", "case", kept.case_id, right="hold", why="ReasonNeeded")
    events = [
        event for event in small.keeping.timeline(kept.case_id, small.officer) if event.verb == "refused"
    ]
    number = f"(case {kept.case_id})"
    assert [event.what for event in events] == [
        f"refused, because it was not allowed: to view evidence {number}",
        f"refused: to view restricted evidence {number}",
        f"refused: to place or release a legal hold {number}",
    ]
    assert [is_slip(event.verb, event.detail) for event in events] == [False, False, True]


def test_looking_at_a_timeline_leaves_a_trace(small: Estate) -> None:
    """A look at custody is a look at evidence: it takes the right, and the next look shows it."""
    kept = small.case()
    with pytest.raises(NotAllowed):
        small.keeping.timeline(kept.case_id, small.scene.people["communications_lead"])
    with pytest.raises(NotFound):
        small.keeping.timeline(404, small.officer)
    small.keeping.timeline(kept.case_id, small.officer)
    events = small.keeping.timeline(kept.case_id, small.officer)
    assert [event.verb for event in events[2:]] == ["refused", "custody_viewed"]
    assert len(small.scene.audited("custody_viewed")) == 2


def test_verifications_from_before_a_case_was_sealed_are_not_its_own(small: Estate) -> None:
    """A verification of everything says nothing about evidence that was not there yet."""
    note(small, "evidence_surveyed", "case", None)
    small.scene.clock.move(DAY)
    kept = small.case()
    events = small.keeping.timeline(kept.case_id, small.officer)
    assert [event.verb for event in events] == ["opened", "asked"]
