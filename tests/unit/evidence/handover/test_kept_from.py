"""An export of a case that somebody may not see: not shown to them, not theirs to decide or clear away."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from tests.unit.evidence.handover.scene import ASKER, REVIEWER, SECOND, Scene, make_scene, person
from worker.errors import NotAllowed
from worker.review.restricting import tighten
from worker.store import tables as t
from worker.store.session import Store

STEPS: dict[str, Callable[[Scene, int], object]] = {
    "approve": lambda scene, number: scene.stage.approve(scene.people[SECOND], number, os_user="selder"),
    "refuse": lambda scene, number: scene.stage.refuse(
        scene.people[SECOND], number, "Not needed", os_user="selder"
    ),
    "review": lambda scene, number: scene.stage.review(scene.people[SECOND], number, os_user="selder"),
}


def concerned(scene: Scene, name: str) -> None:
    """Somebody notes that the first case is about a colleague."""
    with scene.store.write() as session:
        session.add(
            t.Conflict(
                case_id=scene.cases[0],
                person_id=scene.people[name].person_id,
                reason="It is about them.",
                noted_by=scene.people[REVIEWER].person_id,
                noted_at=scene.world.clock.now(),
            )
        )


def kept_from(scene: Scene, name: str) -> None:
    """The first case is kept for roles that this person has none of."""
    kind = {ASKER: "safeguarding", SECOND: "staff_on_staff"}[name]
    with scene.store.write() as session:
        case = session.get_one(t.Case, scene.cases[0])
        now = scene.world.clock.now()
        tighten(session, scene.people[REVIEWER], case, kind, "Kept for others.", now=now)


BARRED = {"concerned": concerned, "kept from": kept_from}


def asked(scene: Scene, step: str) -> int:
    """An export for which this step is the next."""
    number = scene.stage.ask(scene.people[ASKER], scene.for_the_platform(), os_user="blarch")
    if step == "review":
        scene.stage.break_glass(scene.people[ASKER], number, "They stand at the door", os_user="blarch")
    return number


def test_whom_a_case_is_about_sees_no_export_of_it_and_removes_none(any_scene: Scene) -> None:
    """To whom the evidence went, and for what, is not for them; the file stays for the others."""
    number = any_scene.approved(any_scene.for_the_platform())
    made = any_scene.stage.make(any_scene.people[ASKER], number)
    concerned(any_scene, SECOND)
    second = any_scene.people[SECOND]
    assert any_scene.stage.list(second) == ()
    for attempt in (any_scene.stage.show, any_scene.stage.remove_file):
        with pytest.raises(NotAllowed, match="is restricted"):
            attempt(second, number)
    assert made.path.is_file()
    assert [each.id for each in any_scene.stage.list(any_scene.people[ASKER])] == [number]


@pytest.mark.parametrize(
    ("step", "barred"),
    [(step, barred) for step in STEPS for barred in BARRED if (step, barred) != ("refuse", "kept from")],
)
def test_who_may_not_see_a_case_has_no_say_in_its_hand_over(any_scene: Scene, step: str, barred: str) -> None:
    """The manager whom the evidence is against neither approves, blocks nor reviews; the try is audited."""
    number = asked(any_scene, step)
    (before,) = any_scene.exports()
    BARRED[barred](any_scene, SECOND)
    with pytest.raises(NotAllowed, match="is restricted"):
        STEPS[step](any_scene, number)
    (after,) = any_scene.exports()
    assert (after.state, after.decided_by, after.reviewed_by) == (before.state, before.decided_by, None)
    assert {"right": "approve_export", "why": "NotAllowed"} in any_scene.world.audits("refused")


@pytest.mark.parametrize("state", ["asked", "approved"])
@pytest.mark.parametrize("who", [ASKER, SECOND])
def test_what_nobody_sees_any_more_is_taken_back(any_scene: Scene, state: str, who: str) -> None:
    """An export of what is kept from both of them since can be withdrawn, and bars nobody's end for ever."""
    scene = any_scene
    number = asked(scene, "approve") if state == "asked" else scene.approved(scene.for_the_platform())
    kept_from(scene, SECOND)
    with pytest.raises(NotAllowed):
        scene.stage.show(scene.people[who], number)
    scene.stage.refuse(scene.people[who], number, "Never made", os_user="third")
    assert scene.exports()[0].state == "refused"


def test_who_asked_takes_it_back_although_it_is_about_them(any_scene: Scene) -> None:
    """Withdrawing one's own hands nothing over and shows nothing."""
    number = asked(any_scene, "approve")
    concerned(any_scene, ASKER)
    any_scene.stage.refuse(any_scene.people[ASKER], number, "Never mind", os_user="blarch")
    assert any_scene.exports()[0].state == "refused"


@pytest.mark.parametrize("barred", BARRED)
def test_who_may_not_see_a_case_any_more_does_not_go_ahead_alone(any_scene: Scene, barred: str) -> None:
    """Breaking the glass is no way round: whoever asked and has become concerned stops there."""
    number = asked(any_scene, "break_glass")
    BARRED[barred](any_scene, ASKER)
    with pytest.raises(NotAllowed, match="is restricted"):
        any_scene.stage.break_glass(any_scene.people[ASKER], number, "Hurry", os_user="blarch")
    assert any_scene.exports()[0].state == "asked"


@pytest.mark.parametrize("barred", BARRED)
def test_nobody_approves_what_was_asked_for_by_who_may_not_see_it_any_more(
    any_scene: Scene, barred: str
) -> None:
    """An export that the person concerned asked for is theirs in aim; it is refused and asked for anew."""
    number = asked(any_scene, "approve")
    BARRED[barred](any_scene, ASKER)
    third = person(any_scene.store, "Third Keeper", "on_call_manager")
    if barred == "kept from":  # for the safeguarding lead, senior reviewers and on-call managers
        assert any_scene.stage.show(third, number).state == "asked"
    with pytest.raises(NotAllowed, match="Who asked for export 1 may not look"):
        any_scene.stage.approve(third, number, os_user="third")
    any_scene.stage.refuse(third, number, "Ask anew", os_user="third")
    assert any_scene.exports()[0].state == "refused"


@pytest.mark.parametrize("who", [ASKER, SECOND])
@pytest.mark.parametrize("barred", BARRED)
def test_nothing_is_made_that_somebody_barred_since_asked_for_or_approved(
    any_scene: Scene, who: str, barred: str
) -> None:
    """Both people are looked at again when the file is made, as rights are."""
    number = any_scene.approved(any_scene.for_the_platform())
    BARRED[barred](any_scene, who)
    roles = {ASKER: "on_call_manager", SECOND: "evidence_officer"}
    maker = person(any_scene.store, "Third Keeper", roles[who])
    with pytest.raises(NotAllowed):
        any_scene.stage.make(maker, number)
    assert not list(any_scene.folder.glob("exports/*"))


def test_a_conflict_that_is_noted_while_the_file_is_made_leaves_none(store: Store, tmp_path: Path) -> None:
    """What was true when the making began is asked again before the file counts."""
    scene = make_scene(store, tmp_path)
    number = scene.approved(scene.for_the_platform())

    def step(name: str) -> None:
        if name == "export.checked":
            concerned(scene, SECOND)

    with pytest.raises(NotAllowed, match="Who approved export 1 may not look"):
        replace(scene.stage, steps=step).make(scene.people[ASKER], number)
    assert not list(scene.folder.glob("exports/*"))
    assert scene.exports()[0].state == "approved"
