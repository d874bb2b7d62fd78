"""The evidence checklist of a case: what ticks itself, what a person ticks, what is never asked for."""

from __future__ import annotations

import pytest

from tests.judging import said
from tests.unit.review.scene import Scene
from tests.unit.review.whole import decide, file_of, strict
from worker.errors import NotFound
from worker.review.evidence_state import PAGES
from worker.store import tables as t


def test_the_checklist_ticks_itself_where_it_can_and_a_person_ticks_the_rest(scene: Scene) -> None:
    """What nobody can tick by hand is not ticked by hand; a tick can be taken back, and both rows stay."""
    case_id = decide(
        scene, "upheld", said("upheld", answers={"criticism_of_care": "no", "at_risk_now": "no"}), "threat"
    )
    file = file_of(scene)
    with pytest.raises(NotFound, match="no item core_sealed"):
        file.tick(scene.reviewer, case_id, "core_sealed")
    file.tick(scene.reviewer, case_id, "earlier", note="Two in May.")
    file.tick(scene.reviewer, case_id, "fear")
    file.tick(scene.reviewer, case_id, "fear", done=False)
    done = {each.id: each.done for each in strict(scene).show(scene.reviewer, case_id).checklist}
    assert (done["earlier"], done["fear"]) == (True, False)
    assert (done["core_sealed"], done["posted_time"], done["author_id"]) == (False, True, True)
    assert (done["effect"], "demand" in done) == (False, False)
    assert scene.count(t.CaseCheck) == 3


def test_the_checklist_asks_for_no_picture_of_suspected_imagery(scene: Scene) -> None:
    """Nobody is led to look at it again, or to copy it, by an item that stays open."""
    case_id, *_ = scene.case("1")

    def items() -> set[str]:
        return {each.id for each in strict(scene).show(scene.people["senior_reviewer"], case_id).checklist}

    assert "rendered" in items()
    with scene.store.write() as session:
        session.get_one(t.Case, case_id).restriction = "imagery"
    assert "rendered" not in items()
    assert "core_sealed" in items()


def _asked(scene: Scene, case_id: int, kind: str, core_id: int | None) -> int:
    """A snapshot of a case's comment that waits to be sealed; its number."""
    with scene.store.write() as session:
        case = session.get_one(t.Case, case_id)
        row = t.Snapshot(
            case_id=case_id,
            comment_id=case.comment_id,
            revision_id=case.revision_id,
            kind=kind,
            state="pending",
            core_id=core_id,
            asked_at=scene.clock.now(),
        )
        session.add(row)
        session.flush()
        return row.id


def _sealed(scene: Scene, case_id: int, kind: str, source: str, core_id: int | None = None) -> int:
    """A sealed snapshot of a case's comment; its number."""
    number = _asked(scene, case_id, kind, core_id)
    with scene.store.write() as session:
        row = session.get_one(t.Snapshot, number)
        row.state, row.sealed_at, row.source = "sealed", scene.clock.now(), source
        row.bag, row.manifest_sha256, row.tagmanifest_sha256 = f"bags/{number}", "0" * 64, "0" * 64
    return number


def _page(scene: Scene, case_id: int) -> tuple[bool, str | None]:
    """What the checklist says of the comment's page: ticked or not, and why not."""
    (item,) = (
        each
        for each in strict(scene).show(scene.reviewer, case_id).checklist
        if each.id == "rendered" and each.by_itself
    )
    return item.done, item.note


@pytest.mark.parametrize("met", sorted(set(PAGES) - {"content"}))
def test_a_page_that_does_not_show_the_comment_is_not_ticked(scene: Scene, met: str) -> None:
    """Nobody goes to the police with a log-in page for the comment: it says what was sealed instead."""
    case_id, *_ = scene.case("1")
    core_id = _sealed(scene, case_id, "core", "reread")
    _sealed(scene, case_id, "rendered", met, core_id)
    done, why = _page(scene, case_id)
    assert not done
    assert why == f"what was sealed does not show the comment: {PAGES[met]}"


def test_a_page_that_shows_the_comment_is_ticked(scene: Scene) -> None:
    """One picture with the comment on it does, whatever was met at other times."""
    case_id, *_ = scene.case("1")
    assert _page(scene, case_id) == (False, "no page was captured")
    core_id = _sealed(scene, case_id, "core", "reread")
    for met in ("content", "wall"):
        _sealed(scene, case_id, "rendered", met, core_id)
    assert _page(scene, case_id) == (True, None)


def test_a_page_that_waits_to_be_captured_is_not_ticked(scene: Scene) -> None:
    """What was asked for is not there yet."""
    case_id, *_ = scene.case("1")
    _asked(scene, case_id, "rendered", _sealed(scene, case_id, "core", "reread"))
    assert _page(scene, case_id) == (False, "its page was not captured yet")


def test_a_page_of_an_earlier_wording_is_not_ticked(scene: Scene) -> None:
    """A picture of what the comment said before it was edited shows other words than the case is about."""
    case_id, comment_id, _ = scene.case("1")
    core_id = _sealed(scene, case_id, "core", "reread")
    _sealed(scene, case_id, "rendered", "content", core_id)
    revision_id = scene.edit(comment_id, "other made-up words")
    with scene.store.write() as session:
        session.get_one(t.Case, case_id).revision_id = revision_id
    assert _page(scene, case_id) == (False, "no page was captured")


@pytest.mark.parametrize("how", ["a reference", "a reason"])
def test_the_checklist_knows_whether_the_police_were_told(scene: Scene, how: str) -> None:
    """A reference of theirs does it, or a note why not; a referral that was only made does not."""
    no = {"criticism_of_care": "no", "at_risk_now": "no"}
    case_id = decide(scene, "upheld", said("upheld", answers=no), "threat")
    made = {"case_id": case_id, "kind": "police_101", "reason": "A threat."}

    def told() -> bool:
        listed = strict(scene).show(scene.reviewer, case_id).checklist
        return {each.id: each.done for each in listed}["police_told"]

    with scene.store.write() as session:
        referral = t.Referral(
            **made,
            revision_id=session.get_one(t.Case, case_id).revision_id,
            recipient="Police",
            **dict.fromkeys(("sees_words", "sees_author", "sees_evidence", "sees_files"), False),
            state="made",
            made_by=scene.reviewer.person_id,
            made_at=scene.clock.now(),
            due_at=scene.clock.now(),
        )
        session.add(referral)
    assert not told()
    with scene.store.write() as session:
        if how == "a reference":
            session.get_one(t.Referral, referral.id).reference = "42/1234/26"
        else:
            beside = {"considered_by": scene.reviewer.person_id, "considered_at": scene.clock.now()}
            session.add(t.NotReferred(**made, **beside))
    assert told()
