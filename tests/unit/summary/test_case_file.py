"""The status says when nobody may decide a case, and when what guides decisions cannot be used."""

from __future__ import annotations

import shutil
from datetime import UTC, datetime
from pathlib import Path

from tests.unit.review.scene import make_scene
from tests.unit.review.test_restrictions import found, routed
from worker.review.people import change_person
from worker.review.restricting import note_conflict, restrict_case
from worker.settings import Settings
from worker.store.session import Store
from worker.summary.case_file import case_file_problems

NOW = datetime(2026, 11, 9, 12, 0, tzinfo=UTC)


def problems(store: Store, settings: Settings, now: datetime = NOW) -> list[str]:
    """What the status says of it."""
    with store.read() as session:
        return list(case_file_problems(session, settings, now))


def test_a_case_that_nobody_may_decide_is_shouted_about_without_naming_it(store: Store) -> None:
    """Restricted to a role that nobody is left of who decides, or closed to the last of them."""
    scene = make_scene(store)
    case_id, *_ = scene.case("4711")
    restrict_case(store, scene.clock, scene.reviewer, case_id, "manager", "It accuses a manager.")
    assert problems(store, Settings()) == []
    senior = scene.people["senior_reviewer"].person_id
    assert senior is not None
    note_conflict(store, scene.clock, scene.people["hr"], case_id, senior, "It is about him.")
    (line,) = problems(store, Settings())
    assert line.startswith("1 restricted case waits")
    assert "senior_reviewer" in line
    assert f"case {case_id}" not in line
    hr = scene.people["hr"].person_id
    assert hr is not None
    change_person(store, scene.clock, scene.admin, hr, roles=["hr", "senior_reviewer"])
    assert problems(store, Settings()) == []


def test_a_case_that_no_role_sees_for_every_reason_is_told_with_what_to_do(store: Store) -> None:
    """A finding may leave nobody: the status says which roles together see it, and names no case."""
    scene = make_scene(store)
    matter = routed(scene)
    assert problems(store, Settings()) == []
    found(scene, matter, "imagery")
    (line,) = problems(store, Settings())
    assert line.startswith("1 restricted case waits, and nobody may see it: give one person")
    assert "a role of each of these (evidence_officer, on_call_manager, " in line
    assert "; freedom_to_speak_up_guardian, hr) with `upstander people change`." in line
    hr = scene.people["hr"].person_id
    assert hr is not None
    change_person(store, scene.clock, scene.admin, hr, roles=["hr", "safeguarding_lead"])
    assert problems(store, Settings()) == []


def test_the_role_that_the_status_asks_for_sees_the_case_for_every_reason(store: Store) -> None:
    """An on-call manager sees imagery, but not what may be about a manager: only a senior reviewer helps."""
    scene = make_scene(store)
    case_id, *_ = scene.case("4711")
    for kind in ("imagery", "manager"):
        found(scene, case_id, kind)
    assert problems(store, Settings()) == []
    senior = scene.people["senior_reviewer"].person_id
    assert senior is not None
    change_person(store, scene.clock, scene.admin, senior, roles=["reviewer"])
    (line,) = problems(store, Settings())
    assert line.endswith("one of the roles senior_reviewer with `upstander people change`.")


def test_tables_that_cannot_be_used_or_are_old_are_problems(store: Store, tmp_path: Path) -> None:
    """A question that cannot be read could be the one that mattered; law that nobody looks at grows old."""
    shipped = Settings().reference_dir
    assert "was to be looked at again" in problems(store, Settings(), datetime(2027, 6, 1, tzinfo=UTC))[0]
    copy = tmp_path / "reference"
    shutil.copytree(shipped, copy)
    (copy / "questions.yaml").write_text("questions:\n")
    (line,) = problems(store, Settings(reference_dir=copy))
    assert "questions.yaml:1" in line
    assert "nobody can decide" in line
