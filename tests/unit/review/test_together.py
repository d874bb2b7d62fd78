"""A group is decided together: exactly what was shown, each member with a decision and record of its own."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from sqlalchemy import insert, select
from sqlalchemy.exc import IntegrityError

from tests.judging import said
from tests.unit.review.scene import Scene
from worker.errors import NotAllowed, NotFound
from worker.ledger.audit import Actor
from worker.review.errors import DecisionIncomplete
from worker.review.together import Groups
from worker.store import tables as t


@pytest.fixture
def groups(scene: Scene) -> Groups:
    """The stage of groups over the scene."""
    return Groups(scene.store, scene.clock)


def _flood(scene: Scene, size: int) -> list[tuple[int, int, int]]:
    """Cases of one author: the ids of case, comment and revision of each."""
    return [scene.case(str(number), f"made-up words {number}") for number in range(size)]


def _hide(scene: Scene) -> Callable[[int, int, int | None], int]:
    return lambda case_id, revision_id, together: scene.upheld(
        case_id, revision_id, actions=("hide",), together=together
    )


def _group(scene: Scene, groups: Groups) -> int:
    (row,) = [each for each in groups.rows(scene.reviewer) if each.kind == "author"]
    return row.group_id


def test_each_member_gets_its_own_decision_action_and_audit(scene: Scene, groups: Groups) -> None:
    """Three cases leave three decisions, three requests, three audit rows, and one row of the whole."""
    cases = _flood(scene, 3)
    group = _group(scene, groups)
    view = groups.show(scene.reviewer, group)
    assert [(each.case_id, each.text) for each in view.members] == [
        (case_id, f"made-up words {number}") for number, (case_id, _, _) in enumerate(cases)
    ]
    done = groups.decide(scene.reviewer, group, _hide(scene), token=view.token)
    assert [case_id for case_id, _ in done.decided] == [case_id for case_id, _, _ in cases]
    assert done.left_out == ()
    assert (scene.count(t.Decision), scene.count(t.RequestedAction)) == (3, 3)
    assert len(scene.audited("decided")) == 3
    (whole,) = scene.audited("decided_together")
    assert whole.detail["token"] == view.token
    looks = [row.object_id for row in scene.audited("viewed") if row.object_type == "case"]
    assert looks == [case_id for case_id, _, _ in cases], "each look is on record"


def test_what_changed_is_taken_or_is_new_since_is_left_out_and_named(scene: Scene, groups: Groups) -> None:
    """Decided is what was seen: not other words, not what a colleague works on, not what came later."""
    (first, _, _), (edited, comment_id, _), (taken, _, _) = _flood(scene, 3)
    group = _group(scene, groups)
    view = groups.show(scene.reviewer, group)
    scene.edit(comment_id, "other words")
    scene.review.claim(scene.second, taken)
    late, *_ = scene.case("late", "words that nobody was shown")
    done = groups.decide(scene.reviewer, group, _hide(scene), token=view.token)
    assert [case_id for case_id, _ in done.decided] == [first]
    left = {each.case_id: each.why for each in done.left_out}
    assert set(left) == {edited, taken}
    assert "was changed since you looked" in left[edited]
    assert "Sam Okafor is working on" in left[taken]
    with scene.store.read() as session:
        assert session.get_one(t.Case, late).state == "open"
    again = groups.decide(scene.reviewer, group, _hide(scene), token=view.token)
    assert again.decided == (), "deciding on the same list again decides nothing twice"


def test_only_who_was_shown_the_list_decides_on_it(scene: Scene, groups: Groups) -> None:
    """A token is of one person and one list; single members must have been shown in that very wording."""
    (case_id, comment_id, revision_id), *_ = _flood(scene, 2)
    group = _group(scene, groups)
    token = groups.show(scene.second, group).token
    for wrong in (token, "0" * 16, None):
        with pytest.raises(NotFound, match="were not shown"):
            groups.decide(scene.reviewer, group, _hide(scene), token=wrong, pairs=[(case_id, revision_id)])
    groups.show(scene.reviewer, group)
    newer = scene.edit(comment_id, "other words")
    done = groups.decide(scene.reviewer, group, _hide(scene), pairs=[(case_id, newer)])
    assert (done.decided, [each.why for each in done.left_out]) == (
        (),
        ["You were not shown these words of it."],
    )
    assert scene.count(t.Decision) == 0


def test_a_decision_that_is_not_whole_is_refused_as_a_whole(scene: Scene, groups: Groups) -> None:
    """What no member can be decided by is told as such, before anything is decided."""
    _flood(scene, 2)
    group = _group(scene, groups)
    token = groups.show(scene.reviewer, group).token

    def without_reason(case_id: int, revision_id: int, _together: int | None) -> int:
        return scene.review.decide(
            scene.reviewer, case_id, revision_id, "upheld", reason="", particulars=said("upheld")
        )

    with pytest.raises(DecisionIncomplete):
        groups.decide(scene.reviewer, group, without_reason, token=token)
    assert scene.count(t.Decision) == 0


def test_restricted_members_are_neither_shown_nor_counted(scene: Scene, groups: Groups) -> None:
    """A group is no way around a restriction; who works no queue sees no group at all."""
    (hidden, _, _), *_ = _flood(scene, 3)
    with scene.store.write() as session:
        session.get_one(t.Case, hidden).restriction = "safeguarding"
    (row,) = groups.rows(scene.reviewer)
    assert row.waiting == 2
    view = groups.show(scene.reviewer, row.group_id)
    assert (len(view.members), view.more) == (2, 0)
    assert hidden not in {each.case_id for each in view.members}
    for outsider in (scene.people["pals"], Actor(None, "test")):
        with pytest.raises(NotAllowed):
            groups.rows(outsider)


def test_a_group_of_what_somebody_may_not_see_is_as_if_there_were_none(scene: Scene, groups: Groups) -> None:
    """Neither that it is there, nor whose it is, nor which restricted case the others are like."""
    text = "you utter pillock of a nurse, I said so today and shall say so tomorrow"
    (lead, *_), (other, *_), (third, *_) = [scene.case(str(number), text) for number in range(3)]
    (alike,) = [row for row in groups.rows(scene.reviewer) if row.kind == "text"]
    assert alike.about == f"all much like the text of case {lead}"
    with scene.store.write() as session:
        session.get_one(t.Case, lead).restriction = "safeguarding"
    told = [row for row in groups.rows(scene.reviewer) if row.kind == "text"]
    assert [row.about for row in told] == ["all with much the same text"]
    assert groups.show(scene.reviewer, alike.group_id).about == "all with much the same text"
    with scene.store.write() as session:
        for each in (other, third):
            session.get_one(t.Case, each).restriction = "safeguarding"
    with pytest.raises(NotFound, match=f"There is no group {alike.group_id}"):
        groups.show(scene.reviewer, alike.group_id)
    assert groups.show(scene.people["senior_reviewer"], alike.group_id).members


def test_a_long_group_is_shown_and_decided_in_part(scene: Scene, groups: Groups) -> None:
    """What does not fit the list is counted, and not decided with it."""
    _flood(scene, 4)
    group = _group(scene, groups)
    view = groups.show(scene.reviewer, group, limit=3)
    assert (len(view.members), view.more) == (3, 1)
    groups.decide(scene.reviewer, group, _hide(scene), token=view.token)
    assert scene.count(t.Decision) == 3


def test_the_database_takes_one_first_decision_and_one_correction_of_each(scene: Scene) -> None:
    """Whatever program writes it, a case has one chain of decisions: two can never both be the first."""
    case_id, _, revision_id = scene.case("1")
    first = scene.upheld(case_id, revision_id)
    with scene.store.read() as session:
        row = session.execute(select(t.Decision.__table__)).mappings().one()
    copy = {name: value for name, value in row.items() if name != "id"}
    for again in (copy, copy | {"supersedes_id": first}):
        if again["supersedes_id"] == first:
            with scene.store.write() as session:
                session.execute(insert(t.Decision.__table__).values(again))  # type: ignore[arg-type]  # a Table
        with pytest.raises(IntegrityError), scene.store.write() as session:
            session.execute(insert(t.Decision.__table__).values(again))  # type: ignore[arg-type]  # a Table
    assert scene.count(t.Decision) == 2
