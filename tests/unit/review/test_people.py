"""People by name: found however it is typed, never by a part of it."""

from __future__ import annotations

import pytest

from tests.unit.review.scene import Scene
from worker.errors import NotFound
from worker.review.people import add_person, change_person, find_person, list_people, person_named


@pytest.mark.parametrize("typed", ["Sam Okafor", " sam  OKAFOR ", "Sam\u00a0Okafor"])
def test_a_whole_name_is_found_however_it_is_typed(scene: Scene, typed: str) -> None:
    """Capitals and spaces do not keep anybody from being found."""
    assert find_person(scene.store, typed).name == "Sam Okafor"


@pytest.mark.parametrize("typed", ["Sam", "okafor", "Sam Okafer"])
def test_a_name_that_comes_near_is_offered_and_never_taken(scene: Scene, typed: str) -> None:
    """Part of a name may be somebody else's tomorrow: who was meant is asked, nobody is found."""
    with pytest.raises(NotFound, match=f'Nobody called "{typed}" works here') as refused:
        find_person(scene.store, typed)
    assert refused.value.do.startswith('Did you mean "Sam Okafor"? ')


def test_nobody_who_left_is_offered_or_may_act(scene: Scene) -> None:
    """Who left is found by those who look after people, under the whole name; nobody else hears of them."""
    left = scene.people["communications_lead"]
    assert left.person_id is not None
    name = next(each.name for each in list_people(scene.store) if each.id == left.person_id)
    change_person(scene.store, scene.clock, scene.admin, left.person_id, active=False)
    assert find_person(scene.store, name).id == left.person_id
    with scene.store.read() as session:
        for typed in (name, name[:-1]):
            with pytest.raises(NotFound) as refused:
                person_named(session, typed)
            assert f'"{name}"' not in refused.value.do


def test_two_names_that_differ_in_capitals_alone_are_two_people(scene: Scene) -> None:
    """Then only the exact one will do, and both are offered."""
    number = add_person(scene.store, scene.clock, scene.admin, "SAM OKAFOR", ["reviewer"])
    assert find_person(scene.store, "SAM OKAFOR").id == number
    assert find_person(scene.store, "Sam Okafor").id != number
    with pytest.raises(NotFound, match='Nobody called "sam okafor"'):
        find_person(scene.store, "sam okafor")
