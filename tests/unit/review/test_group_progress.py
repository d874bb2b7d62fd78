"""How far a decision on a group is, and showing again what it had hidden."""

from __future__ import annotations

import pytest

from tests.unit.review.scene import Scene
from worker.errors import Conflict, NotAllowed, NotFound
from worker.review.group_progress import Asked
from worker.review.restricting import tighten
from worker.review.together import Groups, Together
from worker.store import tables as t


def groups(scene: Scene) -> Groups:
    """The stage of groups over the scene."""
    return Groups(scene.store, scene.clock)


def hidden(scene: Scene, size: int = 3) -> Together:
    """The reviewer decides on a flood of one author, and has each comment hidden."""
    for number in range(size):
        scene.case(str(number), f"made-up words {number}")
    (row,) = [each for each in groups(scene).rows(scene.reviewer) if each.kind == "author"]
    view = groups(scene).show(scene.reviewer, row.group_id)

    def one(case_id: int, revision_id: int, together: int | None) -> int:
        return scene.upheld(case_id, revision_id, actions=("hide",), together=together)

    return groups(scene).decide(scene.reviewer, row.group_id, one, token=view.token)


def unhide(scene: Scene) -> list[int]:
    """Everything that was asked to be shown again, by case."""
    with scene.store.read() as session:
        rows = session.query(t.RequestedAction).where(t.RequestedAction.kind == "unhide")
        return [row.case_id for row in rows.order_by(t.RequestedAction.id)]


def restrict(scene: Scene, case_id: int) -> None:
    """Keep a case for HR and the guardian."""
    with scene.store.write() as session:
        case = session.get_one(t.Case, case_id)
        tighten(session, scene.admin, case, "staff_on_staff", "About a colleague.", now=scene.clock.now())


def test_it_tells_what_was_decided_and_how_far_the_platform_is(scene: Scene) -> None:
    """Every case with what it asked for, and the whole in numbers; a corrected case stands for itself."""
    done = hidden(scene)
    assert done.number is not None
    (first, decision), *_ = done.decided
    with scene.store.write() as session:
        asked = session.query(t.RequestedAction).where(t.RequestedAction.case_id == first).one()
        asked.state, asked.finished_at = "failed", scene.clock.now()
        asked.detail = "The platform did not do it."
    view = groups(scene).progress(scene.second, done.number)
    assert view.asked == (Asked("hide", "failed", 1), Asked("hide", "requested", 2))
    assert [each.case_id for each in view.cases] == [case_id for case_id, _ in done.decided]
    assert view.hidden == tuple(case_id for case_id, _ in done.decided[1:])
    with scene.store.read() as session:
        revision_id = session.get_one(t.Case, first).revision_id
    scene.not_upheld(first, revision_id, supersedes=decision)
    after = groups(scene).progress(scene.second, done.number)
    assert (len(after.cases), after.corrected) == (2, 1)


def test_all_that_it_had_hidden_is_shown_again_in_one_step(scene: Scene) -> None:
    """Each by a request of its own, once; what cannot be asked for is named and the rest goes on."""
    done = hidden(scene)
    assert done.number is not None
    cases = [case_id for case_id, _ in done.decided]

    def one(case_id: int) -> int:
        if case_id == cases[0]:
            raise Conflict("Something is in the way.")
        return scene.review.request_unhide(scene.reviewer, case_id, "We were wrong.")

    given = groups(scene).show_again(scene.reviewer, done.number, one)
    assert (given.asked, given.left_out) == (tuple(cases[1:]), (cases[0],))
    assert unhide(scene) == cases[1:]
    (row,) = scene.audited("shown_again_together")
    assert (row.object_id, row.detail["cases"]) == (done.number, cases[1:])
    again = groups(scene).show_again(scene.reviewer, done.number, one)
    assert again.asked == (), "what is asked to be shown again is not hidden any more"


def test_a_restricted_case_is_in_nobodys_progress_who_may_not_see_it(scene: Scene) -> None:
    """Neither told nor counted nor shown again; where it was the last one, there is no such decision."""
    done = hidden(scene, 2)
    assert done.number is not None
    first, second = (case_id for case_id, _ in done.decided)
    restrict(scene, first)
    view = groups(scene).progress(scene.reviewer, done.number)
    assert ([each.case_id for each in view.cases], view.hidden) == ([second], (second,))
    assert view.asked == (Asked("hide", "requested", 1),)
    restrict(scene, second)
    with pytest.raises(NotFound):
        groups(scene).progress(scene.reviewer, done.number)


def test_only_who_may_ask_for_it_shows_again(scene: Scene) -> None:
    """An evidence officer follows what happens, and changes nothing."""
    done = hidden(scene, 2)
    assert done.number is not None
    officer = scene.people["evidence_officer"]
    assert groups(scene).progress(officer, done.number).hidden
    with pytest.raises(NotAllowed):
        groups(scene).show_again(officer, done.number, lambda case_id: case_id)
    assert unhide(scene) == []
