"""What people ask about themselves: found on our accounts only, copied without others, erased unless held."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import select, text
from sqlalchemy.exc import DBAPIError

from tests.unit.review.scene import START, Scene, make_scene
from worker.errors import Conflict, NotAllowed, NotFound
from worker.evidence.subjects.clock import due_after
from worker.evidence.subjects.copy import WITHHELD
from worker.evidence.subjects.register import Closing
from worker.evidence.subjects.stage import Subjects
from worker.ledger.audit import Actor
from worker.review.machine import IllegalMove
from worker.review.restricting import note_conflict
from worker.settings_evidence import Retention
from worker.store import tables as t
from worker.store.session import Store
from worker.working_days import WorkingDays

OWN = "You lot are useless, ask @kind.soul or Sam Okafor on 07700 900123"
OTHERS = "I was there and it was not like that"


@pytest.fixture
def scene(store: Store) -> Scene:
    """An author with an upheld case and a harmless comment, in a thread with somebody else."""
    made = make_scene(store)
    case_id, _, revision_id = made.case("1", OWN)
    made.upheld(case_id, revision_id)
    made.comment("2", "Parking is dear")
    with store.write() as session:
        other = t.Author(platform="facebook", external_id="555", handle="kind.soul", first_seen_at=START)
        session.add(other)
        session.flush()
        other_id = other.id
    comment_id, _ = made.comment("3", OTHERS)
    with store.write() as session:
        session.get_one(t.Comment, comment_id).author_id = other_id
        for snapshot in session.scalars(select(t.Snapshot)):
            assert snapshot.state == "pending"
    return made


def subjects_of(scene: Scene) -> Subjects:
    """The stage, with no bank holidays."""
    return Subjects(scene.store, scene.clock, Retention(), "Northmoor", WorkingDays)


def officer_of(scene: Scene) -> Actor:
    """Who answers."""
    return scene.people["evidence_officer"]


def logged(scene: Scene, kind: str, handle: str = "@Someone") -> int:
    """A request that came today."""
    return subjects_of(scene).log(officer_of(scene), kind, handle, scene.clock.now())[0]


def request_of(scene: Scene, request_id: int) -> t.SubjectRequest:
    """A request as it is now."""
    with scene.store.read() as session:
        return session.get_one(t.SubjectRequest, request_id)


def test_a_search_counts_what_is_held_on_our_accounts_and_leaves_a_trace(scene: Scene) -> None:
    """By handle or platform id, whatever its letters' size; another platform has nobody of that name."""
    stage, officer = subjects_of(scene), officer_of(scene)
    (found,) = stage.search(officer, "@SomeOne")
    assert (found.comments, found.wordings, dict(found.cases), found.decisions) == (2, 2, {"decided": 1}, 1)
    assert stage.search(officer, "777") == (found,)
    assert stage.search(officer, "someone", "x") == ()
    rows = scene.audited("subject_searched")
    assert [row.detail["authors"] for row in rows] == [[found.author_id], [found.author_id], []]
    assert not any("omeone" in str(row.detail) for row in rows)
    with pytest.raises(NotAllowed):
        stage.search(scene.reviewer, "someone")


def test_a_copy_holds_their_own_words_and_nobody_elses(scene: Scene, tmp_path: Path) -> None:
    """Other people's words stay out; whoever is named becomes a letter; reviewers are not named at all."""
    stage, officer = subjects_of(scene), officer_of(scene)
    made = stage.export(officer, logged(scene, "access"), tmp_path)
    files = {path.name: path.read_text("utf-8") for path in made.folder.iterdir()}
    assert set(files) == {"what-we-hold.json", "what-we-hold.txt"}
    assert {oct(path.stat().st_mode & 0o777) for path in made.folder.iterdir()} == {"0o600"}
    for content in files.values():
        assert "You lot are useless" in content
        for others in (OTHERS, "kind.soul", "Okafor", "The reviewer", "900123", "5555"):
            assert others not in content, others
    told = json.loads(files["what-we-hold.json"])
    assert [each["id"] for each in told["comments"]] == ["1", "2"]
    assert told["comments"][0]["cases"][0]["decisions"][0]["verdict"] == "upheld"
    assert "What other people wrote" in {each["what"] for each in told["withheld"]}
    assert scene.audited("subject_exported")[0].detail["sha256"] == made.files


def test_what_is_restricted_or_suspected_is_left_out_and_told_to_the_officer_alone(
    scene: Scene, tmp_path: Path
) -> None:
    """The copy looks as if there were no such case and no such comment: it must not warn its reader."""
    stage, officer = subjects_of(scene), officer_of(scene)
    with scene.store.write() as session:
        case = session.scalars(select(t.Case)).one()
        case.restriction = "safeguarding"
    first = stage.export(officer, logged(scene, "access"), tmp_path)
    told = (first.folder / "what-we-hold.txt").read_text("utf-8")
    assert "useless" in told
    assert "Decided on" not in told
    assert not any("roles" in file.read_text("utf-8") for file in first.folder.iterdir())
    assert any("named roles" in why for _, why in first.for_officer)
    assert any("named roles" in why for why in stage.obstacles(officer, logged(scene, "erasure")))
    with scene.store.write() as session:
        comment = session.scalars(select(t.Comment).where(t.Comment.external_id == "1")).one()
        mark = t.Mark(
            comment_id=comment.id, mark="suspected_csam", marked_by=officer.person_id, marked_at=START
        )
        mark.revision_id = comment.revision_id
        session.add(mark)
    scene.clock.move(timedelta(seconds=1))
    second = stage.export(officer, logged(scene, "access"), tmp_path)
    told = json.loads((second.folder / "what-we-hold.json").read_text("utf-8"))
    assert [each["id"] for each in told["comments"]] == ["2"]
    assert [[each["what"], each["why"]] for each in told["withheld"]] == [list(each) for each in WITHHELD]
    assert [what for what, _ in second.for_officer] == ["Comment 1"]


def test_whom_a_case_is_about_does_not_answer_its_author(scene: Scene, tmp_path: Path) -> None:
    """They neither count, copy nor erase what its author wrote; which case it is about is not said."""
    stage, officer = subjects_of(scene), officer_of(scene)
    access, erasure = logged(scene, "access"), logged(scene, "erasure")
    with scene.store.read() as session:
        case_id = session.scalars(select(t.Case.id)).one()
    assert officer.person_id is not None
    senior = scene.people["senior_reviewer"]
    note_conflict(scene.store, scene.clock, senior, case_id, officer.person_id, "It is about them.")
    attempts: tuple[Callable[[], object], ...] = (
        lambda: stage.search(officer, "someone"),
        lambda: stage.export(officer, access, tmp_path),
        lambda: stage.obstacles(officer, erasure),
        lambda: stage.erase(officer, erasure),
        lambda: stage.close(officer, access, Closing("nothing_held", None, "Nothing.")),
    )
    for attempt in attempts:
        with pytest.raises(NotAllowed, match="Some of what is held is restricted"):
            attempt()
    assert list(tmp_path.glob("subject-access-*")) == []
    assert len(scene.audited("refused")) == len(attempts)


def test_a_copy_is_made_for_an_open_request_for_access_alone(scene: Scene, tmp_path: Path) -> None:
    """Nobody looks a person up and takes their words away without somebody having asked."""
    stage, officer = subjects_of(scene), officer_of(scene)
    with pytest.raises(NotFound):
        stage.export(officer, 99, tmp_path)
    with pytest.raises(Conflict, match="asks for erasure"):
        stage.export(officer, logged(scene, "erasure"), tmp_path)
    access = logged(scene, "access")
    stage.export(officer, access, tmp_path)
    with pytest.raises(Conflict, match="cannot be made"):
        stage.export(officer, access, tmp_path)
    stage.close(officer, access, Closing("met", None, "Sent by post."))
    with pytest.raises(Conflict, match="is closed"):
        stage.export(officer, access, tmp_path)


def test_an_erasure_empties_what_never_became_a_case_and_says_why_the_rest_is_kept(scene: Scene) -> None:
    """It is not closed as met while a comment is kept, and refused for a hold only where one stands."""
    stage, officer = subjects_of(scene), officer_of(scene)
    number = logged(scene, "erasure")
    erased = stage.erase(officer, number)
    assert erased.comments == 1
    assert any("is kept until" in why for why in erased.kept)
    with scene.store.read() as session:
        kept = session.scalars(select(t.Revision.text).order_by(t.Revision.id)).all()
    assert kept == [OWN, None, OTHERS]
    with pytest.raises(Conflict, match="still have their words"):
        stage.close(officer, number, Closing("met", None, "All gone."))
    with pytest.raises(Conflict, match="No case about this person"):
        stage.close(officer, number, Closing("refused", "legal_hold", "A claim is made."))
    stage.close(officer, number, Closing("partly", "legal_claims", "One comment is evidence."))
    assert request_of(scene, number).refused_because == "legal_claims"


def test_a_hold_keeps_an_erasure_from_being_met(scene: Scene) -> None:
    """While a legal hold covers what they wrote, an erasure says so and can only be refused."""
    stage, officer = subjects_of(scene), officer_of(scene)
    with scene.store.write() as session:
        case = session.scalars(select(t.Case)).one()
        session.add(
            t.Hold(
                case_id=case.id, reason="inquest", placed_by=officer.person_id, placed_at=scene.clock.now()
            )
        )
    number = logged(scene, "erasure")
    assert any("under a legal hold" in why for why in stage.obstacles(officer, number))
    stage.erase(officer, number)
    with pytest.raises(Conflict, match="under a legal hold"):
        stage.close(officer, number, Closing("met", None, "All gone."))
    stage.close(officer, number, Closing("refused", "legal_hold", "An inquest needs it."))
    assert stage.list(officer) == ()
    (line,) = stage.list(officer, closed=True)
    assert (line.state, line.outcome, line.refused_because) == ("closed", "refused", "legal_hold")


@pytest.mark.parametrize(
    ("closing", "says"),
    [
        (Closing("lost", None, "x"), "no outcome lost"),
        (Closing("refused", None, "x"), "needs one reason"),
        (Closing("refused", "too_dear", "x"), "no reason too_dear"),
        (Closing("met", "public_task", "x"), "give no reason for refusal"),
        (Closing("met", None, "  "), "Say what the person is told"),
        (Closing("nothing_held", None, "x"), "Something that they wrote is held"),
    ],
)
def test_a_closing_is_whole_and_true(scene: Scene, closing: Closing, says: str) -> None:
    """A refusal names one reason of the list, and nobody says that nothing is held where something is."""
    number = logged(scene, "objection")
    with pytest.raises(Conflict, match=says):
        subjects_of(scene).close(officer_of(scene), number, closing)
    assert request_of(scene, number).state == "open"


def test_the_month_is_extended_once_and_closing_ends_the_task(scene: Scene) -> None:
    """Two months more, with a reason and before the first is over; the task follows; closed stays closed."""
    stage, officer = subjects_of(scene), officer_of(scene)
    number = logged(scene, "access")
    with pytest.raises(Conflict, match="needs a reason"):
        stage.extend(officer, number, " ")
    due = stage.extend(officer, number, "One of many requests at once.")
    assert due == datetime(2027, 2, 9, 17, 0, tzinfo=UTC)
    with pytest.raises(Conflict, match="extended already"):
        stage.extend(officer, number, "Again.")
    with scene.store.read() as session:
        task = session.scalars(select(t.Task).where(t.Task.kind == "subject_request")).one()
    assert (task.for_role, task.due_at, task.done_at) == ("evidence_officer", due, None)
    stage.close(officer, number, Closing("withdrawn", None, "They took it back."))
    with scene.store.write() as session:
        assert session.get_one(t.Task, task.id).done_at == scene.clock.now()
    with pytest.raises((Conflict, IllegalMove)):
        stage.close(officer, number, Closing("withdrawn", None, "Again."))


@pytest.mark.parametrize(
    ("received", "months", "due"),
    [
        ("2026-11-09T09:00", 1, "2026-12-09T17:00"),
        ("2027-01-31T09:00", 1, "2027-03-01T17:00"),  # 28 February is a Sunday
        ("2026-11-25T23:30", 1, "2026-12-29T17:00"),  # Christmas Day, Saturday to Monday
        ("2026-11-30T10:00", 3, "2027-03-01T17:00"),
    ],
)
def test_a_month_is_the_calendars_and_ends_on_a_working_day(received: str, months: int, due: str) -> None:
    """The same date of the next month or its last day, moved on where nobody works."""
    days = WorkingDays(frozenset({datetime(2026, 12, 25).date(), datetime(2026, 12, 28).date()}))  # noqa: DTZ001 -- a day of the calendar, without a time
    came = datetime.fromisoformat(received).replace(tzinfo=UTC)
    assert due_after(came, months, days) == datetime.fromisoformat(due).replace(tzinfo=UTC)


def test_the_database_keeps_what_was_asked_and_answered(scene: Scene) -> None:
    """A request is neither removed nor rewritten, and never closed without its outcome or reason."""
    number = logged(scene, "access")
    person = officer_of(scene).person_id
    closed = f"state = 'closed', closed_at = '2026-11-09 10:00:00', closed_by = {person}, words = 'x'"
    for statement in (
        "DELETE FROM subject_requests",
        "UPDATE subject_requests SET received_at = '2026-11-10 09:00:00'",
        "UPDATE subject_requests SET state = 'closed'",
        f"UPDATE subject_requests SET {closed}, outcome = 'refused'",
    ):
        with pytest.raises(DBAPIError), scene.store.write() as session:
            session.connection().execute(text(statement))
    subjects_of(scene).close(officer_of(scene), number, Closing("met", None, "Sent."))
    for statement in (
        "UPDATE subject_requests SET state = 'open'",
        "UPDATE subject_requests SET words = 'y'",
    ):
        with pytest.raises(DBAPIError), scene.store.write() as session:
            session.connection().execute(text(statement))
