"""A person's approval that evidence of a case may be destroyed, without which the database refuses it."""

from __future__ import annotations

from sqlalchemy import text

from worker.store.session import Store


def approved(store: Store, case_id: int, person_id: int | None) -> None:
    """Write an approved disposal of a case."""
    with store.write() as session:
        session.connection().execute(
            text(
                "INSERT INTO disposals (case_id, retention_class, due_at, state, proposed_at, decided_by,"
                " decided_at, reason) VALUES (:case, 'not_upheld', '2046-01-01 00:00:00', 'approved',"
                " '2046-01-01 00:00:00', :person, '2046-01-01 00:00:00', 'its time is up')"
            ),
            {"case": case_id, "person": person_id},
        )
