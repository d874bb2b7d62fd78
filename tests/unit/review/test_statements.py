"""Taking a case and deciding it is done hundreds of times a day, by many at once: it stays cheap."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy import event

from tests.unit.review.scene import Scene

#: BEGIN is left out: only one of the two databases is told it as a statement.
MOST = 24


def test_taking_a_case_and_deciding_it_takes_few_statements(scene: Scene) -> None:
    """Nothing is read twice in a transaction: not who acts, not their roles, not the case that is held."""
    case_id, _, revision_id = scene.case("1")
    with _statements(scene) as taking:
        assert scene.review.claim_next(scene.reviewer) is not None
    with _statements(scene) as deciding:
        scene.not_upheld(case_id, revision_id)
    for each in (taking, deciding):
        assert len(set(each)) == len(each), "\n".join(each)
    assert len(taking) + len(deciding) <= MOST, "\n".join([*taking, *deciding])


@contextmanager
def _statements(scene: Scene) -> Iterator[list[str]]:
    """The statements that are sent to the database meanwhile."""
    seen: list[str] = []

    def note(_connection: object, _cursor: object, statement: str, *_: object) -> None:
        if "BEGIN" not in statement:
            seen.append(statement)

    event.listen(scene.store.engine, "before_cursor_execute", note)
    yield seen
    event.remove(scene.store.engine, "before_cursor_execute", note)
