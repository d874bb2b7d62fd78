"""Everything that can stand in the way of a destruction, each put there as it comes about."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any

from sqlalchemy import text

from tests.unit.evidence.keeping.estate import Estate, Kept
from worker.review.opening import Opening
from worker.store import tables as t

HINDRANCES = (
    "hold",
    "requested action",
    "started action",
    "export asked",
    "export approved",
    "snapshot pending",
    "suspicion",
    "new case",
    "answers a held case",
    "is answered by an open case",
)


def hinder(estate: Estate, kept: Kept, hindrance: str) -> Callable[[], object] | None:
    """Put something in the way of destroying a case.

    Returns:
        What takes it away again, where it can go.
    """
    keeping = estate.keeping
    if hindrance == "hold":
        keeping.hold(kept.case_id, estate.officer, "A claim is expected.")
        return lambda: estate.keeping.release(kept.case_id, estate.officer, "It was settled.")
    if hindrance in ("requested action", "started action"):
        return _action(estate, kept, hindrance)
    if hindrance.startswith("export"):
        return _export(estate, kept, hindrance.partition(" ")[2])
    if hindrance == "snapshot pending":
        with estate.store.write() as session:
            session.add(
                t.Snapshot(
                    case_id=kept.case_id, comment_id=kept.comment_id, revision_id=kept.revision_id,
                    kind="core", state="pending", asked_at=estate.scene.clock.now(),
                )
            )  # fmt: skip
        return lambda: estate.seal(kept.comment_id)
    if hindrance == "suspicion":
        with estate.store.write() as session:
            session.add(
                t.Mark(
                    comment_id=kept.comment_id, revision_id=kept.revision_id, mark="suspected_csam",
                    marked_by=estate.officer.person_id, marked_at=estate.scene.clock.now(),
                )
            )  # fmt: skip
        return None
    if hindrance == "new case":
        estate.scene.open(Opening(kept.comment_id, estate.edit(kept, "worse words"), "serious", 50))
        return None
    return _context(estate, kept, answers=hindrance.startswith("answers"))


def _context(estate: Estate, kept: Kept, *, answers: bool) -> Callable[[], object]:
    with estate.store.read() as session:
        mine = session.get_one(t.Comment, kept.comment_id).external_id
    if not answers:
        other = estate.case("an answer", parent_external_id=mine)
        return lambda: estate.decide(other, "upheld", "serious")
    other = estate.decided("upheld", "serious", words="a question")
    with estate.store.write() as session:
        asked = session.get_one(t.Comment, other.comment_id).external_id
        session.get_one(t.Comment, kept.comment_id).parent_external_id = asked
    estate.keeping.hold(other.case_id, estate.officer, "A claim is expected.")
    return lambda: estate.keeping.release(other.case_id, estate.officer, "It was settled.")


def _action(estate: Estate, kept: Kept, hindrance: str) -> Callable[[], object]:
    values = {
        "case": kept.case_id, "comment": kept.comment_id, "revision": kept.revision_id,
        "person": estate.officer.person_id, "snapshot": estate.snapshots(kept)[0].id,
    }  # fmt: skip
    asked = _run(
        estate,
        "INSERT INTO requested_actions (case_id, comment_id, revision_id, decision_id, verdict, kind, state,"
        " requested_by, requested_at) SELECT :case, :comment, :revision, id, verdict, 'unhide', 'requested',"
        " :person, '2026-11-09 09:00:00' FROM decisions WHERE case_id = :case RETURNING id",
        values,
    )
    if hindrance == "requested action":
        return lambda: _run(estate, f"UPDATE requested_actions SET state = 'failed' WHERE id = {asked}", {})
    _run(estate, f"UPDATE requested_actions SET state = 'carried_out' WHERE id = {asked}", {})
    _run(
        estate,
        "INSERT INTO actions (requested_action_id, snapshot_id, comment_id, snapshot_state, kind, state,"
        f" calls, started_at) VALUES ({asked}, :snapshot, :comment, 'sealed', 'unhide', 'started', 0,"
        " '2026-11-09 09:00:00')",
        values,
    )
    return lambda: _run(estate, "UPDATE actions SET state = 'done'", {})


def _export(estate: Estate, kept: Kept, state: str) -> Callable[[], object]:
    now: datetime = estate.scene.clock.now()
    decided = estate.scene.people["senior_reviewer"].person_id
    with estate.store.write() as session:
        export = t.Export(
            purpose="police", legal_basis="Crime prevention", recipient="A police force", reason="Asked for",
            redacted=False, particulars={}, state="asked", asked_by=estate.officer.person_id, asked_at=now,
        )  # fmt: skip
        session.add(export)
        session.flush()
        session.add(t.ExportCase(export_id=export.id, case_id=kept.case_id))
        if state == "approved":
            session.flush()
            export.state, export.decided_by, export.decided_at = "approved", decided, now
        export_id = export.id

    def end() -> None:
        with estate.store.write() as session:
            row = session.get_one(t.Export, export_id)
            if state == "asked":
                row.state, row.decided_by, row.decided_at = "refused", decided, now
                row.decided_reason = "No."
            else:
                row.state, row.made_at, row.file_name = "made", now, f"export-{export_id}.zip"
                row.file_sha256, row.file_bytes = "0" * 64, 1

    return end


def _run(estate: Estate, statement: str, values: dict[str, Any]) -> Any:
    with estate.store.write() as session:
        result = session.connection().execute(text(statement), values)
        return result.scalar_one() if result.returns_rows else None
