"""A hold and a destruction at the same moment: one of them waits for the other, and then knows of it."""

from __future__ import annotations

import threading

from tests.unit.evidence.keeping.estate import DAY, WORDS, Estate, Kept, done, keeping
from tests.unit.review.scene import CLOCKS
from worker.errors import Conflict
from worker.evidence.keeping import holds
from worker.review.opening import Opening, open_cases
from worker.store import tables as t


def test_a_hold_that_comes_too_late_is_refused_and_not_lost(estate: Estate) -> None:
    """While rows are being marked destroyed, nobody places a hold that would then stand on nothing."""
    kept = estate.approved()
    refusals: list[Conflict] = []

    def hold() -> None:
        try:
            estate.keeping.hold(kept.case_id, estate.officer, "A claim.")
        except Conflict as refusal:
            refusals.append(refusal)

    late = threading.Thread(target=hold)

    def step(name: str) -> None:
        if name == "dispose.marked":  # in the transaction, everything written, nothing committed
            late.start()
            late.join(timeout=0.3)
            assert late.is_alive(), "the hold did not wait"

    now = estate.scene.clock.now()
    keeping(estate.store, now, estate.bags, steps=step).carry_out(kept.comment_id, done)
    late.join(timeout=60)
    assert ["nothing is left to hold" in refusal.happened for refusal in refusals] == [True]
    assert estate.keeping.holds(estate.officer) == ()


def test_a_hold_that_is_being_placed_is_waited_for(estate: Estate) -> None:
    """A destruction that begins while a hold is being written sees it, and destroys nothing."""
    kept = estate.approved()
    with estate.store.write() as session:
        person, now = estate.officer.person_id or 0, estate.scene.clock.now()
        holds.place(session, kept.case_id, person, estate.officer, "A claim.", now=now)
        running = _begin(estate, kept)
    running.join(timeout=60)
    _all_is_there(estate, kept)


def test_a_hold_on_an_answer_that_is_being_placed_keeps_what_it_answers(estate: Estate) -> None:
    """A destruction waits for a hold on a case whose context it would take, sees it, and destroys nothing."""
    kept, answer = _answered(estate)
    with estate.store.write() as session:
        person, now = estate.officer.person_id or 0, estate.scene.clock.now()
        holds.place(session, answer.case_id, person, estate.officer, "With its context.", now=now)
        running = _begin(estate, kept)
    running.join(timeout=60)
    _all_is_there(estate, kept)


def test_a_hold_waits_for_a_destruction_of_its_context(estate: Estate) -> None:
    """Nobody is told that an answer is held while what it answers is being destroyed."""
    kept, answer = _answered(estate)
    reason = "With its context."
    late = threading.Thread(target=estate.keeping.hold, args=(answer.case_id, estate.officer, reason))

    def step(name: str) -> None:
        if name == "dispose.checked":
            late.start()
            late.join(timeout=0.3)
            assert late.is_alive(), "the hold did not wait"

    now = estate.scene.clock.now()
    keeping(estate.store, now, estate.bags, steps=step).carry_out(kept.comment_id, done)
    late.join(timeout=60)
    assert [row.state for row in estate.disposals(kept)] == ["done"]
    assert [each.case_id for each in estate.keeping.holds(estate.officer)] == [answer.case_id]


def test_an_export_of_another_case_of_its_comment_is_waited_for(estate: Estate) -> None:
    """So does one that begins while somebody asks for an export of any case about the same comment."""
    kept = estate.approved()
    other = _second_case(estate, kept)
    with estate.store.write() as session:
        export = t.Export(
            purpose="police", legal_basis="Crime prevention", recipient="A police force", reason="Asked for",
            redacted=False, particulars={}, state="asked", asked_by=estate.officer.person_id,
            asked_at=estate.scene.clock.now(),
        )  # fmt: skip
        session.add(export)
        session.flush()
        session.add(t.ExportCase(export_id=export.id, case_id=other))
        session.flush()
        running = _begin(estate, kept)
    running.join(timeout=60)
    _all_is_there(estate, kept)


def _answered(estate: Estate) -> tuple[Kept, Kept]:
    """A comment whose end was approved, and a decided answer to it."""
    kept = estate.approved()
    with estate.store.read() as session:
        above = session.get_one(t.Comment, kept.comment_id).external_id
    return kept, estate.decided(words="grave answer", parent_external_id=above, kind="reply")


def _begin(estate: Estate, kept: Kept) -> threading.Thread:
    """Start carrying out a disposal that has to wait for the transaction that is open now."""
    running = threading.Thread(target=estate.carry_out, args=(kept,))
    running.start()
    running.join(timeout=0.3)
    assert running.is_alive(), "the destruction did not wait"
    return running


def _all_is_there(estate: Estate, kept: Kept) -> None:
    assert estate.bag(kept).exists()
    assert {row.destroyed_at for row in estate.snapshots(kept)} == {None}
    assert [row.state for row in estate.disposals(kept)] == ["proposed"]


def _second_case(estate: Estate, kept: Kept) -> int:
    """A decided case without evidence about the same comment, which alone is in nobody's way; its id."""
    now = estate.scene.clock.now()
    with estate.store.write() as session:
        case = t.Case(
            comment_id=kept.comment_id, revision_id=kept.revision_id, state="decided", severity="routine",
            severity_rank=3, priority=1, opened_at=now, due_at=now, closed_at=now,
        )  # fmt: skip
        session.add(case)
        session.flush()
        session.add(
            t.Decision(
                case_id=case.id, revision_id=kept.revision_id, person_id=estate.officer.person_id,
                verdict="not_upheld", why_not="criticism", reason="Judged.",
                decided_at=estate.snapshots(kept)[0].asked_at,
            )
        )  # fmt: skip
        return case.id


def test_a_case_that_is_being_opened_keeps_the_words_it_is_about(estate: Estate) -> None:
    """Words that nobody queued are erased; a case that opens on them just then is waited for and seen."""
    bare = estate.comment()
    estate.scene.clock.move(31 * DAY)
    running = threading.Thread(target=estate.keeping.erase_never_queued)
    with estate.store.write() as session:
        opening = Opening(bare.comment_id, bare.revision_id, "serious", 50)
        open_cases(session, [opening], now=estate.scene.clock.now(), clocks=CLOCKS)
        session.flush()
        running.start()
        running.join(timeout=0.5)
        assert running.is_alive(), "the erasure did not wait"
    running.join(timeout=60)
    assert [row.text for row in estate.revisions(bare)] == [WORDS]
