"""A case may be restricted for several reasons: each must let a person see it, each is lifted by itself."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from tests.unit.review.scene import Scene
from tests.unit.review.test_access import SEEN_BY, file_of, seen_in_queue
from worker.errors import Conflict, NotAllowed
from worker.ledger.audit import Actor
from worker.review.access import kinds_on, may_see, role_that_sees
from worker.review.inheriting import inherit_from_first
from worker.review.opening import Opening
from worker.review.people import change_person
from worker.review.restricting import tighten
from worker.review.rights import HOLDERS, Right
from worker.store import tables as t

#: Reasons that come together, as they are noted one after the other.
TOGETHER = (
    ("manager", "imagery"),
    ("imagery", "manager"),
    ("protected", "manager"),
    ("safeguarding", "intimate_image", "protected"),
    ("staff_on_staff", "protected"),
    ("staff_on_staff", "imagery"),
)


def kinds(scene: Scene, case_id: int) -> tuple[str, ...]:
    """What restricts a case now."""
    with scene.store.read() as session:
        return kinds_on(session, case_id)


def found(scene: Scene, case_id: int, kind: str) -> None:
    """The system itself finds that a case has to be restricted."""
    with scene.store.write() as session:
        case = session.get_one(t.Case, case_id)
        tighten(session, Actor(None, "test"), case, kind, "It was found.", now=scene.clock.now())


def restricted(scene: Scene, reasons: Sequence[str]) -> int:
    """A case that is restricted for these reasons."""
    case_id, *_ = scene.case("1")
    for kind in reasons:
        found(scene, case_id, kind)
    return case_id


def routed(scene: Scene) -> int:
    """A case about a colleague, as it is handed in: nobody decides on it here."""
    comment_id, revision_id = scene.comment("2", "made-up words")
    now = scene.clock.now()
    with scene.store.write() as session:
        case = t.Case(comment_id=comment_id, revision_id=revision_id, state="routed", severity="routine")
        case.severity_rank, case.priority, case.opened_at, case.due_at = 1, 0, now, now
        case.closed_at = now
        session.add(case)
        session.flush()
        case_id = case.id
    found(scene, case_id, "staff_on_staff")
    return case_id


@pytest.mark.parametrize("reasons", TOGETHER)
def test_every_restriction_must_let_a_person_see_it(scene: Scene, reasons: tuple[str, ...]) -> None:
    """Whatever the order, and in the list, its counts and one by one: a graver reason opens nothing."""
    seen_by = SEEN_BY | {"staff_on_staff": {"hr", "freedom_to_speak_up_guardian"}}
    case_id = restricted(scene, reasons)
    for role in HOLDERS[Right.VIEW_QUEUE]:
        allowed = all(role in seen_by[kind] for kind in reasons)
        assert seen_in_queue(scene, scene.people[role], case_id) is allowed, role
        if not allowed:
            with pytest.raises(NotAllowed, match=f"Case {case_id} is restricted"):
                scene.review.show(scene.people[role], case_id)
    assert set(kinds(scene, case_id)) == set(reasons)


def test_the_manager_concerned_does_not_see_it_because_it_is_grave(scene: Scene) -> None:
    """An on-call manager, kept out because it accuses one, stays out when it is found to show imagery."""
    case_id, *_ = scene.case("1")
    file, manager = file_of(scene), scene.people["on_call_manager"]
    senior = scene.people["senior_reviewer"]
    file.restrict(scene.reviewer, case_id, "manager", "It accuses a manager.")
    assert file.restrict(senior, case_id, "imagery", "Suspected.") == {"senior_reviewer"}
    assert not seen_in_queue(scene, manager, case_id)
    assert file.unrestrict(senior, case_id, "It is a drawing of a tree.", "imagery") == ("manager",)
    assert not seen_in_queue(scene, manager, case_id)
    assert not seen_in_queue(scene, scene.reviewer, case_id)
    assert seen_in_queue(scene, scene.people["hr"], case_id)
    assert scene.review.show(senior, case_id).restriction == "manager"


def test_a_lighter_restriction_is_added_to_a_graver_one(scene: Scene) -> None:
    """Neither takes the other's place; the case goes by the gravest, and shows both. One twice is one."""
    case_id, *_ = scene.case("1")
    file, senior = file_of(scene), scene.people["senior_reviewer"]
    file.restrict(senior, case_id, "protected", "Handed in under protection.")
    file.restrict(senior, case_id, "safeguarding", "Also a child.")
    file.restrict(senior, case_id, "safeguarding", "Once more.")
    view = scene.review.show(senior, case_id)
    assert (view.restriction, view.restrictions) == ("protected", ("protected", "safeguarding"))
    assert scene.count(t.Restriction) == 2
    assert [row.detail for row in scene.audited("restricted")] == [
        {"kind": "protected", "before": None, "after": "protected"},
        {"kind": "safeguarding", "before": "protected", "after": "protected"},
    ]


def test_lifting_lifts_the_one_that_is_named(scene: Scene) -> None:
    """Of several one is named, of those that are theirs to lift; what was lifted can be noted anew."""
    case_id, *_ = scene.case("1")
    file, senior = file_of(scene), scene.people["senior_reviewer"]
    file.restrict(senior, case_id, "protected", "Handed in under protection.")
    file.restrict(senior, case_id, "safeguarding", "A child is named.")
    with pytest.raises(Conflict, match="each is lifted by itself") as refused:
        file.unrestrict(senior, case_id, "Over.")
    assert "protected, safeguarding" in str(refused.value)
    with pytest.raises(Conflict, match="not restricted as manager"):
        file.unrestrict(senior, case_id, "Over.", "manager")
    assert len(kinds(scene, case_id)) == 2
    assert file.unrestrict(senior, case_id, "An adult.", "safeguarding") == ("protected",)
    file.restrict(senior, case_id, "safeguarding", "A child after all.")
    assert file.unrestrict(senior, case_id, "Made public.", "protected") == ("safeguarding",)
    assert file.unrestrict(senior, case_id, "Over.") == ()
    assert seen_in_queue(scene, scene.reviewer, case_id)
    assert [row.detail["kind"] for row in scene.audited("restriction_lifted")] == [
        "safeguarding",
        "protected",
        "safeguarding",
    ]


def test_nobody_lifts_what_none_of_their_roles_sees(scene: Scene) -> None:
    """Who goes on with what they found sees the case, and is named only what their roles let them lift."""
    case_id, *_ = scene.case("1")
    file, lead = file_of(scene), scene.people["safeguarding_lead"]
    assert lead.person_id is not None
    change_person(scene.store, scene.clock, scene.admin, lead.person_id, roles=["hr", "reviewer"])
    file.restrict(lead, case_id, "imagery", "Suspected.")
    found(scene, case_id, "manager")
    assert seen_in_queue(scene, lead, case_id), "they found the one, and their role sees the other"
    with pytest.raises(Conflict) as refused:
        file.unrestrict(lead, case_id, "Over.")
    assert "yours to lift: manager." in str(refused.value)
    with pytest.raises(NotAllowed, match="Others lift this restriction"):
        file.unrestrict(lead, case_id, "Over.", "imagery")
    assert file.unrestrict(lead, case_id, "It accuses nobody.", "manager") == ("imagery",)


def test_whoever_found_an_image_goes_on_only_as_far_as_the_other_reasons_let_them(scene: Scene) -> None:
    """The finder's exception is one of imagery: another reason keeps the finder out like everybody."""
    case_id, *_ = scene.case("1")
    file = file_of(scene)
    file.restrict(scene.reviewer, case_id, "intimate_image", "Found.")
    assert seen_in_queue(scene, scene.reviewer, case_id)
    found(scene, case_id, "safeguarding")
    assert not seen_in_queue(scene, scene.reviewer, case_id)
    file.unrestrict(scene.people["senior_reviewer"], case_id, "An adult.", "safeguarding")
    assert seen_in_queue(scene, scene.reviewer, case_id)


def test_the_finder_of_one_picture_is_not_let_past_what_the_worker_found(scene: Scene) -> None:
    """What nobody in particular noted, as what is inherited, has no finder who goes on."""
    case_id, *_ = scene.case("1")
    file_of(scene).restrict(scene.reviewer, case_id, "imagery", "Suspected.")
    assert seen_in_queue(scene, scene.reviewer, case_id)
    with scene.store.write() as session:
        case = session.get_one(t.Case, case_id)
        tighten(session, Actor(None, "intake"), case, "intimate_image", "As before.", now=scene.clock.now())
    assert not seen_in_queue(scene, scene.reviewer, case_id)


def test_a_finder_of_what_was_lifted_is_no_finder_of_what_another_noted_later(scene: Scene) -> None:
    """The exception ends with the restriction that it belongs to."""
    case_id, *_ = scene.case("1")
    file, senior = file_of(scene), scene.people["senior_reviewer"]
    file.restrict(scene.reviewer, case_id, "intimate_image", "Found.")
    file.unrestrict(senior, case_id, "A landscape.")
    file.restrict(senior, case_id, "intimate_image", "It was swapped.")
    assert not seen_in_queue(scene, scene.reviewer, case_id)


def test_a_person_may_not_restrict_a_case_away_from_everybody(scene: Scene) -> None:
    """Refused where nobody who decides could see it, nor for a routed case anybody; what narrows may be."""
    case_id = restricted(scene, ["staff_on_staff"])
    file, hr = file_of(scene), scene.people["hr"]
    with pytest.raises(Conflict, match="nobody could decide on it"):
        file.restrict(hr, case_id, "manager", "It accuses a manager.")
    matter = routed(scene)
    with pytest.raises(Conflict, match="kept from everybody"):
        file.restrict(hr, matter, "imagery", "Suspected.")
    assert file.restrict(hr, matter, "manager", "A manager.") == {"hr", "freedom_to_speak_up_guardian"}


def test_a_finding_that_leaves_nobody_still_closes_the_case(scene: Scene) -> None:
    """Nothing that the system finds is dropped: only who holds a role for each reason sees it then."""
    case_id = restricted(scene, ["staff_on_staff", "imagery"])
    hr = scene.people["hr"].person_id
    assert hr is not None
    for roles, sees in ((["hr"], False), (["hr", "safeguarding_lead"], True), (["safeguarding_lead"], False)):
        change_person(scene.store, scene.clock, scene.admin, hr, roles=roles)
        with scene.store.read() as session:
            assert may_see(session, hr, case_id) is sees, roles


def test_a_new_case_of_the_same_comment_inherits_every_restriction(scene: Scene) -> None:
    """An edit after the decision is no way around the lighter reason; what was lifted is not inherited."""
    case_id, comment_id, revision_id = scene.case("1")
    file, senior = file_of(scene), scene.people["senior_reviewer"]
    scene.upheld(case_id, revision_id)
    for kind in ("manager", "imagery", "safeguarding"):
        file.restrict(senior, case_id, kind, "As it says.")
    file.unrestrict(senior, case_id, "An adult.", "safeguarding")
    newest = scene.edit(comment_id, "other words")
    opened = scene.open(Opening(comment_id, newest, "serious", 50))[comment_id]
    assert kinds(scene, opened) == ("imagery", "manager")
    assert not seen_in_queue(scene, scene.people["on_call_manager"], opened)


def test_what_comes_back_inherits_every_restriction_of_what_it_brings_back(scene: Scene) -> None:
    """A repost is no way around the lighter reason; it takes none from what it does not bring back."""
    first, again, other = (scene.case(number)[0] for number in ("1", "2", "3"))
    for kind in ("manager", "imagery"):
        found(scene, first, kind)
    found(scene, other, "safeguarding")
    with scene.store.write() as session:
        inherit_from_first(session, {again: first, other: again}, now=scene.clock.now())
    assert kinds(scene, again) == ("imagery", "manager")
    assert kinds(scene, other) == ("safeguarding",)


def test_a_task_is_given_to_a_role_that_sees_the_case_under_every_restriction(scene: Scene) -> None:
    """The first that is wanted where it sees the case; else a senior's; and never nobody's."""
    case_id, *_ = scene.case("1")
    for kind, role in (
        (None, "reviewer"),
        ("safeguarding", "on_call_manager"),
        ("manager", "senior_reviewer"),
        ("staff_on_staff", "reviewer"),
    ):
        if kind is not None:
            found(scene, case_id, kind)
        with scene.store.read() as session:
            assert role_that_sees(session, case_id, "reviewer", "on_call_manager") == role, kind


def test_a_task_is_given_to_a_role_that_somebody_holds(scene: Scene) -> None:
    """A task for a role whose holders left or are concerned reaches nobody: another sees the case as well."""
    case_id, *_ = scene.case("1")
    found(scene, case_id, "safeguarding")

    def given() -> str:
        with scene.store.read() as session:
            return role_that_sees(session, case_id, "reviewer", "senior_reviewer")

    assert given() == "senior_reviewer"
    gone = scene.people["senior_reviewer"].person_id
    assert gone is not None
    change_person(scene.store, scene.clock, scene.admin, gone, active=False)
    assert given() == "on_call_manager"
    file_of(scene).note_conflict(
        scene.people["safeguarding_lead"], case_id, "The on call manager", "It names them."
    )
    assert given() == "safeguarding_lead"
