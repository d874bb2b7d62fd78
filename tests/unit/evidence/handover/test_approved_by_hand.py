"""Whoever can write rows can write "approved": that alone makes no file, and verifying tells of it."""

from __future__ import annotations

import pytest
from sqlalchemy import text

from tests.unit.evidence.handover.scene import ASKER, SECOND, Scene
from worker.errors import Conflict
from worker.evidence.survey import nobody
from worker.store import tables as t


def written_in(scene: Scene, number: int) -> None:
    """The application's role makes a row say that the second person approved it."""
    with scene.store.write() as session:
        row = session.get_one(t.Export, number)
        row.state, row.decided_by = "approved", scene.people[SECOND].person_id
        row.decided_at = scene.world.clock.now()


def unapproved(scene: Scene) -> list[str | None]:
    """What verifying everything says that nobody approved."""
    results = scene.world.evidence.surveyor.survey(case_id=None, pending_minutes=15, progress=nobody)
    return [each.bag for each in results if each.state == "unapproved" and not each.ok]


def test_an_approval_that_is_only_written_into_the_row_makes_nothing(any_scene: Scene) -> None:
    """Without the audit row of who approved it, an export is not approved, whatever its row says."""
    number = any_scene.stage.ask(any_scene.people[ASKER], any_scene.request(), os_user="blarch")
    written_in(any_scene, number)
    with pytest.raises(Conflict, match="was not approved in Upstander"):
        any_scene.stage.make(any_scene.people[ASKER], number)
    assert not list(any_scene.folder.glob("exports/*"))


def test_an_asking_that_is_only_written_into_the_row_makes_nothing(any_scene: Scene) -> None:
    """Two people means that the first one asked: a name in a row is no asking."""
    asked = any_scene.stage.ask(any_scene.people[ASKER], any_scene.request(), os_user="blarch")
    with any_scene.store.write() as session:
        like = session.get_one(t.Export, asked)
        columns = ("purpose", "legal_basis", "recipient", "reason", "redacted", "particulars", "state")
        row = t.Export(**{name: getattr(like, name) for name in columns})
        row.asked_by, row.asked_at = like.asked_by, like.asked_at
        session.add(row)
        session.flush()
        session.add(t.ExportCase(export_id=row.id, case_id=any_scene.cases[0]))
        number = row.id
    any_scene.stage.approve(any_scene.people[SECOND], number, os_user="selder")
    with pytest.raises(Conflict, match="asked for it"):
        any_scene.stage.make(any_scene.people[ASKER], number)


def test_an_approval_that_is_not_what_entered_the_ledger_counts_no_more(scene: Scene) -> None:
    """An audit row that was made to say it later is held against its leaf in the ledger."""
    number = scene.approved()
    scene.book.append_now()
    with scene.store.write() as session:
        session.execute(text("DROP TRIGGER audit_no_change"))
        session.execute(text("UPDATE audit SET source = 'web' WHERE verb = 'export_approved'"))
    with pytest.raises(Conflict, match="was not approved in Upstander"):
        scene.stage.make(scene.people[ASKER], number)


def test_verifying_everything_names_what_nobody_approved(any_scene: Scene) -> None:
    """Approved and made exports are held against the audit with all the evidence; real ones are not named."""
    any_scene.made()
    any_scene.approved()
    assert unapproved(any_scene) == []
    number = any_scene.stage.ask(any_scene.people[ASKER], any_scene.request(), os_user="blarch")
    written_in(any_scene, number)
    assert unapproved(any_scene) == [f"export {number}"]
