"""Cases are opened in bulk, once a comment, and follow its edits."""

from __future__ import annotations

from datetime import timedelta

from sqlalchemy import select

from tests.quiet import statements
from tests.unit.review.scene import CLOCKS, DUE, Scene
from worker.review.opening import Opening, follow_edit, open_cases
from worker.store import tables as t


def _cases(scene: Scene) -> list[t.Case]:
    with scene.store.read() as session:
        return list(session.scalars(select(t.Case).order_by(t.Case.id)))


def _captures(scene: Scene) -> list[int]:
    with scene.store.read() as session:
        kinds = ("capture_urgent", "capture")
        jobs = session.scalars(select(t.Job).where(t.Job.kind.in_(kinds)).order_by(t.Job.id))
        return [job.payload["snapshot_id"] for job in jobs]


def test_a_case_opens_with_its_rank_its_due_time_and_a_core_snapshot_to_capture(scene: Scene) -> None:
    """A queued revision becomes an open case whose evidence is asked for in the same transaction."""
    case_id, comment_id, revision_id = scene.case("1", severity="immediate_danger")
    (case,) = _cases(scene)
    assert (case.id, case.comment_id, case.revision_id) == (case_id, comment_id, revision_id)
    assert (case.state, case.severity_rank) == ("open", 0)
    assert case.due_at == scene.clock.now() + timedelta(minutes=15)
    with scene.store.read() as session:
        snapshot = session.scalars(select(t.Snapshot)).one()
    assert (snapshot.kind, snapshot.state, snapshot.revision_id) == ("core", "pending", revision_id)
    assert _captures(scene) == [snapshot.id]


def test_the_more_severe_are_captured_first(scene: Scene) -> None:
    """Evidence of what is worst is asked for first."""
    routine, threat, serious = (scene.comment(str(n), "words") for n in range(3))
    scene.open(
        Opening(*routine, "routine", 10),
        Opening(*threat, "immediate_danger", 99),
        Opening(*serious, "serious", 60),
    )
    with scene.store.read() as session:
        order = [session.get_one(t.Snapshot, each).comment_id for each in _captures(scene)]
    assert order == [threat[0], serious[0], routine[0]]


def test_opening_again_changes_nothing(scene: Scene) -> None:
    """A page that is taken in twice opens no second case and captures nothing twice."""
    comment_id, revision_id = scene.comment("1", "words")
    first = scene.open(Opening(comment_id, revision_id, "serious", 50))
    second = scene.open(Opening(comment_id, revision_id, "serious", 50))
    assert first == second
    assert (scene.count(t.Case), scene.count(t.Snapshot), len(_captures(scene))) == (1, 1, 1)


def test_an_edit_moves_the_open_case_and_only_raises_it(scene: Scene) -> None:
    """The case follows the newest words; severity and priority are never lowered by an edit."""
    case_id, comment_id, _ = scene.case("1", severity="serious", priority=70)
    milder = scene.edit(comment_id, "milder words")
    assert scene.open(Opening(comment_id, milder, "routine", 5)) == {comment_id: case_id}
    (case,) = _cases(scene)
    assert (case.revision_id, case.severity, case.priority) == (milder, "serious", 70)
    worse = scene.edit(comment_id, "worse words")
    scene.open(Opening(comment_id, worse, "immediate_danger", 95))
    (case,) = _cases(scene)
    assert (case.revision_id, case.severity, case.severity_rank, case.priority) == (
        worse,
        "immediate_danger",
        0,
        95,
    )
    assert case.due_at == scene.clock.now() + timedelta(minutes=DUE["immediate_danger"])
    assert len(_captures(scene)) == 3, "each revision has evidence of its own"


def test_a_decided_case_stays_and_an_edit_opens_another(scene: Scene) -> None:
    """What was decided is not reopened by an edit: the new words get a case of their own."""
    case_id, comment_id, revision_id = scene.case("1")
    scene.upheld(case_id, revision_id)
    opened = scene.open(Opening(comment_id, scene.edit(comment_id, "more"), "serious", 50))
    assert opened[comment_id] != case_id
    assert [case.state for case in _cases(scene)] == ["decided", "open"]


def test_a_case_follows_an_edit_that_no_rule_queued(scene: Scene) -> None:
    """Editing a comment into something harmless does not take its case away, and does not leave it behind."""
    case_id, comment_id, _ = scene.case("1", severity="serious")
    other, other_revision = scene.comment("2", "never queued")
    harmless = scene.edit(comment_id, "Have a nice day")
    with scene.store.write() as session:
        edits = {comment_id: harmless, other: other_revision}
        followed = follow_edit(session, edits, now=scene.clock.now(), clocks=CLOCKS)
    assert followed == {comment_id: case_id}
    (case,) = _cases(scene)
    assert (case.revision_id, case.severity) == (harmless, "serious")
    assert len(_captures(scene)) == 2


def _statements_of_opening(scene: Scene, count: int) -> int:
    """How many statements it takes to open so many cases in one go, inserts into the outbox left out."""
    openings = [Opening(*scene.comment(f"{count}-{n}", "words"), "serious", 50) for n in range(count)]
    with statements(scene.store) as sent, scene.store.write() as session:
        opened = open_cases(session, openings, now=scene.clock.now(), clocks=CLOCKS)
    assert len(opened) == count
    return sum("INTO outbox" not in each for each in sent)


def test_a_page_of_openings_takes_the_same_statements_however_long_it_is(scene: Scene) -> None:
    """Opening cases costs a page of 120 what it costs one of 60: no statement for each case."""
    _statements_of_opening(scene, 20)  # a first page makes the group that the others join
    of_sixty, of_twice_as_many = _statements_of_opening(scene, 60), _statements_of_opening(scene, 120)
    assert of_twice_as_many == of_sixty <= 30
