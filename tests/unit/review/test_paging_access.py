"""A call about immediate danger reaches those who may see the case, and nobody else ends it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta

import pytest

from tests.unit.review.calling import FALLBACK, Desk, calling, words
from tests.unit.review.scene import Scene
from tests.unit.review.test_overdue import conflict, restrict
from worker.errors import NotAllowed
from worker.review.pages import PROMPT
from worker.review.people import change_person

MANAGER, SENIOR = "manager@northmoor.example.test", "senior@northmoor.example.test"
FIRST, HR = "first@northmoor.example.test", "hr@northmoor.example.test"


@pytest.fixture
def desk(scene: Scene) -> Iterator[Desk]:
    """A reviewer is on call; a manager and a senior reviewer have addresses."""
    with calling(scene) as made:
        made.on_call(scene.reviewer, FIRST)
        made.address(scene.people["on_call_manager"], MANAGER)
        made.address(scene.people["senior_reviewer"], SENIOR)
        yield made


@pytest.mark.parametrize(
    ("kind", "told", "by", "named", "fetching"),
    [
        ("safeguarding", MANAGER, "on_call_manager", [MANAGER, SENIOR], [FIRST]),
        ("manager", SENIOR, "senior_reviewer", [SENIOR], [FIRST, MANAGER]),
        ("staff_on_staff", HR, "hr", [HR], [FIRST, MANAGER]),
    ],
    ids=["safeguarding", "manager", "staff_on_staff"],
)
def test_a_restricted_case_calls_those_who_may_see_it(
    desk: Desk, kind: str, told: str, by: str, named: list[str], fetching: list[str]
) -> None:
    """Whoever may not see it can not end it; where no manager may, others are called.

    While nobody answers, those who may not see it hear that there is one, not which, and fetch somebody.
    """
    case_id = desk.danger()
    if told == HR:
        desk.address(desk.scene.people["hr"], HR)
    restrict(desk, case_id, kind)
    assert desk.later(timedelta()) == [told]
    assert desk.hook.facts[0]["on_call"] is None
    with pytest.raises(NotAllowed, match=f"Case {case_id} is restricted"):
        desk.rota.acknowledge(desk.scene.reviewer, case_id)
    for _ in range(2):
        before = len(desk.post.mails)
        assert desk.later(FALLBACK) == named + fetching
        assert [mail["To"] for mail in desk.post.mails[before:] if f"ase {case_id}" in words(mail)] == named
    assert desk.rota.acknowledge(desk.scene.people[by], case_id)
    assert desk.later(FALLBACK) == []


def test_the_webhook_does_not_name_a_restricted_case(desk: Desk) -> None:
    """Who reads what it posts is not known: neither case nor account, but 999 and how to find it."""
    case_id = desk.danger()
    restrict(desk, case_id, "safeguarding")
    desk.run()
    (facts,) = desk.hook.facts
    assert (facts["case"], facts["platform"], facts["account"], facts["restricted"]) == (
        None,
        None,
        None,
        True,
    )
    assert facts["acknowledge"] == "upstander queue list --severity immediate_danger --as NAME"
    assert f"Case {case_id}" in words(desk.post.mails[0])


def test_where_nobody_who_may_see_it_can_be_told_somebody_is_sent_to_fetch_them(desk: Desk) -> None:
    """Immediate danger is never silent: who is on call hears that there is a case, and not which."""
    case_id = desk.danger()
    conflict(desk, case_id, desk.scene.people["on_call_manager"])
    restrict(desk, case_id, "staff_on_staff")
    assert desk.later(timedelta()) == [FIRST]
    said = desk.post.mails[0].get_content()
    assert said.startswith(PROMPT)
    assert "A restricted case of Upstander is immediate danger" in said
    for secret in (f"ase {case_id}", "facebook", "Northmoor", f"acknowledge {case_id}"):
        assert secret not in said
    assert desk.post.mails[0]["Subject"] == "Upstander: immediate danger. Please fetch somebody now"
    assert desk.later(FALLBACK) == [FIRST]
    desk.address(desk.scene.people["hr"], HR)
    assert desk.later(FALLBACK) == [HR, FIRST]
    desk.post.refuse = {HR}
    assert desk.later(FALLBACK) == [FIRST]
    conflict(desk, case_id, desk.scene.reviewer)
    assert desk.later(FALLBACK) == [SENIOR], "who has a conflict of interest is not even told that much"


def test_whoever_lost_the_role_is_passed_over_although_the_rota_names_them(desk: Desk) -> None:
    """A call to somebody who could not take it would cost five minutes."""
    desk.on_call(desk.scene.second, "second@northmoor.example.test", rank=2)
    reviewer = desk.scene.reviewer.person_id
    assert reviewer is not None
    change_person(desk.scene.store, desk.scene.clock, desk.scene.admin, reviewer, roles=["evidence_officer"])
    desk.danger()
    assert desk.later(timedelta()) == ["second@northmoor.example.test"]
    assert desk.hook.facts[0]["on_call"] == "Sam Okafor"


def test_whoever_is_told_is_asked_for_afresh_before_each_mail(desk: Desk) -> None:
    """Mails before theirs may have taken minutes: who has a conflict by now is left out, the next is told."""
    desk.on_call(desk.scene.second, "second@northmoor.example.test", rank=2)
    desk.post.refuse = {FIRST}
    case_id = desk.danger()
    sending = desk.paging.mail

    def slow(address: str, *words: str) -> None:
        if address == FIRST:
            conflict(desk, case_id, desk.scene.second)
        sending(address, *words)

    desk.paging = replace(desk.paging, mail=slow)
    assert desk.later(timedelta()) == [MANAGER]
    assert [row.fault for row in desk.sendings()][2] == "They left, or may not be told of the case any more."
