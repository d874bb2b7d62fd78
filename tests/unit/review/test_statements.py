"""Taking a case and deciding it is done hundreds of times a day, by many at once: it stays cheap."""

from __future__ import annotations

from tests.quiet import statements
from tests.unit.review.scene import Scene

#: Of both together.
MOST = 24


def test_taking_a_case_and_deciding_it_takes_few_statements(scene: Scene) -> None:
    """Nothing is read twice in a transaction: not who acts, not their roles, not the case that is held."""
    case_id, _, revision_id = scene.case("1")
    with statements(scene.store) as taking:
        assert scene.review.claim_next(scene.reviewer) is not None
    with statements(scene.store) as deciding:
        scene.not_upheld(case_id, revision_id)
    for each in (taking, deciding):
        assert len(set(each)) == len(each), "\n".join(each)
    assert len(taking) + len(deciding) <= MOST, "\n".join([*taking, *deciding])
