"""What is never handed over, or only where it is meant, or not to everybody."""

from __future__ import annotations

import pytest

from tests.unit.evidence.approved import approved
from tests.unit.evidence.handover.scene import ASKER, SECOND, Scene, add, add_picture, bag_comment, photograph
from worker.errors import Conflict
from worker.ledger import audit
from worker.store import tables as t


def test_a_locked_record_is_a_line_and_nothing_more(scene: Scene) -> None:
    """Suspected abuse imagery: the record exists; nothing of it is in any file, nor beside another case."""
    locked = add(scene, "17003", "look at this child")
    beside = add(scene, "17004", "plain words")
    add_picture(scene, beside, "screenshot.png", photograph())
    scene.mark(locked.comment_id, "suspected_csam")
    folder = scene.unpacked(scene.for_the_platform())
    assert not list(folder.glob(f"bags/{locked.case_id}-*"))
    assert [path.name for path in folder.glob(f"bags/{beside.case_id}-*")] == [
        f"{beside.case_id}-{beside.id}"
    ]
    page = (folder / "cover-report.html").read_text(encoding="utf-8")
    assert "Record exists, locked. Nothing of it is handed over." in page
    assert "may show something that is locked" in page
    held = b"".join(
        path.read_bytes() for path in folder.rglob("*") if path.is_file() and "bags" not in path.parts
    )
    for words in (b"look at this child", (locked.manifest_sha256 or "-").encode(), b"17003"):
        assert words not in held
    assert scene.world.audits("export_made")[0]["locked"] == [locked.case_id]


def test_a_record_that_is_locked_while_the_file_is_made_stops_it(scene: Scene) -> None:
    """A mark that comes between looking and counting leaves no file that holds what is locked now."""
    comment_id = bag_comment(scene)

    def mark_late(name: str) -> None:
        if name == "export.checked":
            scene.mark(comment_id, "suspected_csam")

    scene.stage = scene.with_(steps=mark_late)
    with pytest.raises(Conflict, match="was locked while"):
        scene.made()
    assert not list(scene.folder.glob("exports/*"))


def test_an_intimate_image_goes_only_where_it_is_meant(scene: Scene) -> None:
    """Without the flag neither asking nor making works, also where it was marked after the approval."""
    number = scene.approved()
    scene.mark(bag_comment(scene), "intimate_image")
    with pytest.raises(Conflict, match="intimate image"):
        scene.stage.make(scene.people[ASKER], number)
    with pytest.raises(Conflict, match="intimate image"):
        scene.approved()
    assert scene.made(scene.for_the_platform(intimate=True)).is_file()


def test_destroyed_evidence_is_a_stub_and_nothing_at_all_is_no_file(scene: Scene) -> None:
    """What was destroyed is listed as such; an export of which nothing is left is not made."""
    gone = add(scene, "17003")
    approved(scene.store, gone.case_id, scene.people[ASKER].person_id)
    with scene.store.write() as session:
        row = session.get_one(t.Snapshot, gone.id)
        row.destroyed_at, row.destroyed_by = scene.world.clock.now(), scene.people[ASKER].person_id
        row.destroyed_reason = "its time was up"
    folder = scene.unpacked(scene.for_the_platform())
    assert "this stub is what is left" in (folder / "cover-report.html").read_text(encoding="utf-8")
    assert not list(folder.glob(f"bags/{gone.case_id}-*"))
    with pytest.raises(Conflict, match="no sealed evidence"):
        scene.made(scene.request(cases=(gone.case_id,)))


def test_the_platform_gets_no_names_of_staff_nor_reasons(scene: Scene) -> None:
    """A platform learns neither who works here nor why they decided, and gets no papers for a court."""
    folder = scene.unpacked(scene.for_the_platform())
    files = [path for path in folder.rglob("*") if path.is_file() and path.parts[-1] != "custody.json"]
    held = b"".join(path.read_bytes() for path in files)
    assert ASKER.encode() not in held
    assert SECOND.encode() not in held
    assert b"a threat" not in held
    assert b"hand-over was approved" not in held
    assert not list(folder.glob("*.docx"))
    assert not list(folder.glob("exhibit*"))


def test_the_custody_goes_along_without_the_reasons_given(scene: Scene) -> None:
    """Who did or saw what is told from the opening on; why a hold was placed may be a lawyer's advice."""
    (case_id,) = scene.request().cases
    with scene.store.write() as session:
        why = {"reason": "Counsel expects a claim"}
        now = scene.world.clock.now()
        audit.record(session, scene.people[ASKER], "held", "case", case_id, now=now, detail=why)
        for right, error in (
            ("view_evidence", "NotAllowed"),
            ("dispose", "NotFound"),
            ("hold", "ReasonNeeded"),
        ):
            told = {"right": right, "why": error}
            audit.record(session, scene.people[ASKER], "refused", "case", case_id, now=now, detail=told)
    page = (scene.unpacked() / "cover-report.html").read_text(encoding="utf-8")
    for words in (
        f"the case was opened (case {case_id})",
        f"a legal hold was placed (case {case_id})",
        "a hand-over was approved (export 1)",
        f"refused, because it was not allowed: to view evidence (case {case_id})",
    ):
        assert words in page
    assert "Counsel" not in page
    assert "hand-over was asked for" in page
    assert page.count("refused") == 1, "a mistyped command is no custody event"
