"""Downloading what was made: whole, by those who may, and never what is locked by now."""

from __future__ import annotations

import pytest

from tests.unit.evidence.handover.scene import ASKER, REVIEWER, SECOND, Scene
from worker.errors import Conflict, EvidenceFault, NotAllowed
from worker.evidence.bag import sha256
from worker.store import tables as t


def test_what_was_made_is_given_as_it_was_made_and_recorded(any_scene: Scene) -> None:
    """Its bytes are those whose hash the row holds; who downloaded it is in the audit."""
    made = any_scene.made()
    number = any_scene.exports()[0].id
    given = any_scene.stage.download(any_scene.people[SECOND], number)
    with given.content:
        content = given.content.read()
    assert content == made.read_bytes()
    assert (given.name, given.size) == (made.name, len(content))
    assert any_scene.world.audits("export_downloaded") == [{"file_sha256": sha256(content)}]


def test_a_file_that_was_swapped_is_not_given(scene: Scene) -> None:
    """What lies there now and is not what was approved and made leaves nobody's hands."""
    made = scene.made()
    made.chmod(0o600)
    made.write_bytes(made.read_bytes() + b"PK")
    with pytest.raises(EvidenceFault, match="not the one that was made"):
        scene.stage.download(scene.people[ASKER], scene.exports()[0].id)
    assert not scene.world.audits("export_downloaded")


def test_nothing_is_given_before_it_is_made_or_after_it_was_removed(scene: Scene) -> None:
    """An approval is no file, and our own copy is gone once it was removed."""
    number = scene.approved()
    with pytest.raises(Conflict, match="no file"):
        scene.stage.download(scene.people[ASKER], number)
    scene.stage.make(scene.people[ASKER], number)
    scene.stage.remove_file(scene.people[ASKER], number)
    with pytest.raises(Conflict, match="no file"):
        scene.stage.download(scene.people[ASKER], number)


def test_a_file_with_a_record_that_is_locked_by_now_is_not_given(scene: Scene) -> None:
    """The moment somebody suspects such imagery, even before the file itself is moved away."""
    scene.made()
    with scene.store.read() as session:
        comment_id = session.get_one(t.Case, scene.cases[0]).comment_id
    scene.mark(comment_id, "suspected_csam")
    with pytest.raises(Conflict, match="locked"):
        scene.stage.download(scene.people[ASKER], scene.exports()[0].id)
    assert not scene.world.audits("export_downloaded")


def test_who_may_ask_for_no_export_downloads_none(scene: Scene) -> None:
    """A reviewer looks at evidence and takes no package of it; the refusal is recorded."""
    scene.made()
    with pytest.raises(NotAllowed):
        scene.stage.download(scene.people[REVIEWER], scene.exports()[0].id)
    assert scene.world.audits("refused")
