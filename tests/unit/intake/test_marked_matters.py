"""A matter about a colleague whose picture is marked: nobody loses it for ever, and who loses it is told."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest

from rules.evaluate import RuleSet
from tests.unit.evidence.marked import LEAD
from tests.unit.intake.handing_in import Desk, make_desk
from tests.unit.intake.test_closing import GUARDIAN, about_a_colleague, close, end, keeping_of
from worker.errors import NotAllowed
from worker.evidence.marking import Marked, Marking
from worker.review.access import kinds_on, may_see
from worker.review.people import change_person
from worker.review.restricting import lift_restriction
from worker.steps import unobserved
from worker.store.session import Store


@pytest.fixture
def desk(store: Store, tmp_path: Path, ruleset: RuleSet) -> Desk:
    """A desk on either database."""
    return make_desk(store, tmp_path, ruleset)


def mark(desk: Desk, case_id: int, what: str, by: str = "hr") -> Marked:
    """Somebody says what the pictures of a matter are."""
    marking = Marking(
        desk.store, desk.scene.clock, desk.evidence.shelf, LEAD, desk.folder / "exports",
        lambda _notice: None, lambda *_about: None, unobserved,
    )  # fmt: skip
    return marking.mark(case_id, what, desk.person(by))


def kinds(desk: Desk, case_id: int) -> tuple[str, ...]:
    """What restricts a case now."""
    with desk.store.read() as session:
        return kinds_on(session, case_id)


def test_an_intimate_image_does_not_take_a_matter_from_whom_it_is_kept_for(desk: Desk) -> None:
    """The mark stands and nothing is copied; HR still holds, closes and ends what no role would see else."""
    done = about_a_colleague(desk)
    before = kinds(desk, done.case_id)
    marked = mark(desk, done.case_id, "intimate_image")
    assert (marked.standing, marked.may_copy, marked.still_sees) == ("intimate_image", False, True)
    assert marked.seen_by == (GUARDIAN, "hr")
    assert kinds(desk, done.case_id) == before
    keeping = keeping_of(desk)
    with pytest.raises(NotAllowed):
        keeping.timeline(done.case_id, desk.person("senior_reviewer"))
    keeping.hold(done.case_id, desk.person("hr"), "A claim is expected.")
    keeping.release(done.case_id, desk.person(GUARDIAN), "Settled.")
    close(desk, done)
    desk.scene.clock.move(timedelta(days=90))
    end(desk, done)
    assert not any(each.exists() for each in desk.bags(done.case_id))


def test_what_a_mark_left_open_it_closes_once_somebody_would_see_it(desk: Desk) -> None:
    """With the restriction that stood in its way lifted, the case is for those who see intimate images."""
    done = about_a_colleague(desk)
    mark(desk, done.case_id, "intimate_image")
    hr, clock = desk.person("hr"), desk.scene.clock
    for kind in set(kinds(desk, done.case_id)) - {"staff_on_staff"}:
        lift_restriction(desk.store, clock, hr, done.case_id, "Not about one.", kind)
    left = lift_restriction(desk.store, clock, hr, done.case_id, "A visitor.", "staff_on_staff")
    assert left == kinds(desk, done.case_id) == ("intimate_image",)
    with desk.store.read() as session:
        assert not may_see(session, hr.person_id or 0, done.case_id)
        assert may_see(session, desk.person("safeguarding_lead").person_id or 0, done.case_id)


def test_suspected_imagery_closes_a_matter_and_says_so(desk: Desk) -> None:
    """Whoever marked it is told; the safeguarding lead, given HR's role too, holds and closes it."""
    done = about_a_colleague(desk)
    marked = mark(desk, done.case_id, "suspected_csam")
    assert (marked.still_sees, marked.seen_by) == (False, ())
    with pytest.raises(NotAllowed):
        close(desk, done)
    lead = desk.person("safeguarding_lead").person_id or 0
    change_person(desk.store, desk.scene.clock, desk.scene.admin, lead, roles=["safeguarding_lead", "hr"])
    keeping_of(desk).hold(done.case_id, desk.person("safeguarding_lead"), "The police have it.")
    close(desk, done, by="safeguarding_lead")
