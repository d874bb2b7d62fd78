"""A person's decision that asks for an action, written straight into the tables."""

from __future__ import annotations

from sqlalchemy import text

from tests.unit.evidence.world import World, actor


def requested(world: World, comment_id: int, case_id: int, revision_id: int, kind: str = "hide") -> int:
    """A decision that asks for an action; the requested action's id."""
    person = actor(world.store).person_id
    with world.store.write() as session:
        connection = session.connection()
        decision = connection.execute(
            text(
                "INSERT INTO decisions (case_id, revision_id, person_id, verdict, severity, reason,"
                " decided_at, target, breaks_house_rules, may_be_offence) VALUES (:case, :revision,"
                " :person, 'upheld', 'serious', 'a threat', '2026-11-16 10:00:00', 'staff', true, 'no')"
                " RETURNING id"
            ),
            {"case": case_id, "revision": revision_id, "person": person},
        ).scalar_one()
        return int(
            connection.execute(
                text(
                    "INSERT INTO requested_actions (case_id, comment_id, revision_id, decision_id, verdict,"
                    " kind, state, requested_by, requested_at) VALUES (:case, :comment, :revision, :decision,"
                    " 'upheld', :kind, 'requested', :person, '2026-11-16 10:00:00') RETURNING id"
                ),
                {"case": case_id, "comment": comment_id, "revision": revision_id, "decision": decision}
                | {"kind": kind, "person": person},
            ).scalar_one()
        )
