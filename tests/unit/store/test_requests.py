"""A request is tied to its decision, and rows of record stay: in the schema of both databases."""

from __future__ import annotations

import pytest
from sqlalchemy.exc import DBAPIError

from tests.unit.evidence.requests import requested
from tests.unit.evidence.world import World, actor, add_case
from tests.unit.store.raw import INSERT, action, run

REQUEST = (
    "INSERT INTO requested_actions (case_id, comment_id, revision_id, decision_id, verdict, kind, state,"
    " requested_by, requested_at) SELECT :case, :comment, :revision, :decision, :verdict, 'hide',"
    " 'requested', requested_by, requested_at FROM requested_actions LIMIT 1"
)


def test_a_request_hangs_on_the_decision_about_its_own_comment(world: World) -> None:
    """A person decided on one comment: nothing can be asked for about another because of it."""
    case_id, _, comment_id, revision_id = add_case(world.store, "17002")
    requested(world, world.comment_id, world.case_id, world.revision_id)
    ours = {"case": world.case_id, "comment": world.comment_id, "revision": world.revision_id}
    plain = {**ours, "decision": 1, "verdict": "upheld"}
    assert run(world, REQUEST, **plain) == 1
    for changes in (
        {"comment": comment_id, "revision": revision_id},
        {"comment": comment_id},
        {"revision": revision_id},
        {"case": case_id, "comment": comment_id, "revision": revision_id},
        {"verdict": "not_upheld"},
        {"decision": 999},
    ):
        with pytest.raises(DBAPIError):
            run(world, REQUEST, **{**plain, **changes})


def test_nothing_is_hidden_on_a_decision_that_did_not_uphold(world: World) -> None:
    """The database itself holds a hide to an upheld decision."""
    person = actor(world.store).person_id
    run(
        world,
        "INSERT INTO decisions (case_id, revision_id, person_id, verdict, why_not, reason,"
        " decided_at) VALUES (:case, :revision, :person, 'not_upheld', 'criticism', 'No.',"
        " '2026-11-16 10:00:00')",
        case=world.case_id,
        revision=world.revision_id,
        person=person,
    )
    with pytest.raises(DBAPIError):
        run(
            world,
            "INSERT INTO requested_actions (case_id, comment_id, revision_id, decision_id, verdict, kind,"
            " state, requested_by, requested_at) SELECT case_id, :comment, revision_id, id, verdict, 'hide',"
            " 'requested', person_id, decided_at FROM decisions",
            comment=world.comment_id,
        )


def test_a_snapshot_is_sealed_by_sealing_it(world: World) -> None:
    """A row cannot come into being as sealed, and actions and requests stay once they are there."""
    with pytest.raises(DBAPIError):
        run(
            world,
            "INSERT INTO snapshots (case_id, comment_id, revision_id, kind, state, asked_at, sealed_at, bag,"
            " source, manifest_sha256, tagmanifest_sha256) SELECT case_id, comment_id, revision_id, kind,"
            " state, asked_at, sealed_at, bag, source, manifest_sha256, tagmanifest_sha256 FROM snapshots",
        )
    assert run(world, INSERT, **action(world)) == 1
    for table in ("actions", "requested_actions"):
        with pytest.raises(DBAPIError):
            run(world, f"DELETE FROM {table}")
