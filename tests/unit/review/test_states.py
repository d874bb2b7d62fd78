"""The table of moves: drawn in docs/, asked by the stages, and held by the databases."""

from __future__ import annotations

import re
from collections.abc import Sequence
from itertools import product

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from tests.unit.review.drawing import PAGE, page, things
from tests.unit.review.scene import Scene
from worker.review.machine import NOT_YET, IllegalMove, Move, must_lead, pairs
from worker.store.session import Store
from worker.store.tables import Base

#: The guard's definition in each database's own catalogue.
_DEFINITION = {
    "sqlite": "SELECT sql FROM sqlite_schema WHERE type = 'trigger' AND name = :name",
    "postgresql": "SELECT pg_get_triggerdef(oid) FROM pg_trigger WHERE tgname = :name",
}
#: Cases may begin in any state as far as the database knows: copies of older ones bring decided cases in.
_BEGIN_FREELY = {"case"}


def table_of(thing: str) -> str:
    """The table that holds a thing."""
    (name,) = (each for each in Base.metadata.tables if each in (f"{thing}s", f"{thing}es"))
    return name


def test_the_page_shows_the_moves_that_there_are() -> None:
    """docs/states.md is the table that the program asks, drawn."""
    assert PAGE.read_text(encoding="utf-8") == page(), (
        "docs/states.md is not what the table says: run `.venv/bin/python -m tests.unit.review.drawing`"
    )


@pytest.mark.parametrize(("thing", "moves"), things().items(), ids=things())
def test_every_other_move_is_refused_by_the_stages_own_table(thing: str, moves: list[Move]) -> None:
    """What is not in the table does not happen, whatever two states are named."""
    states = sorted({NOT_YET, *(move.after for move in moves)})
    known = {(move.before, move.after) for move in moves}
    for before, after in product(states, states):
        if (before, after) in known:
            must_lead(thing, before, after)
            continue
        with pytest.raises(IllegalMove):
            must_lead(thing, before, after)


@pytest.mark.parametrize(("thing", "moves"), things().items(), ids=things())
def test_the_database_lets_through_exactly_these_moves(
    store: Store, thing: str, moves: Sequence[Move]
) -> None:
    """The guard on each table is the table of moves, no more and no less, in the migrated schema."""
    table = table_of(thing)
    ways = {pair for pair in pairs(moves) if pair[0] != pair[1]}
    assert _allowed(store, f"{table}_moves_only", r"'([a-z_]+ [a-z_]+)'") == {" ".join(way) for way in ways}
    if thing not in _BEGIN_FREELY:
        begins = {move.after for move in moves if move.before == NOT_YET}
        assert _allowed(store, f"{table}_begins_so", r"'([a-z_]+)'") == begins


def _allowed(store: Store, guard: str, words: str) -> set[str]:
    """The words in a guard's condition; what it says when it refuses is left out."""
    with store.read() as session:
        definition = session.scalar(text(_DEFINITION[store.dialect]), {"name": guard})
    assert definition is not None, f"there is no guard {guard}"
    condition = re.split(r"BEGIN SELECT|EXECUTE FUNCTION", str(definition))[0]
    return set(re.findall(words, condition))


def test_the_guards_bite(scene: Scene) -> None:
    """A case and a request that are written by hand into a state that no way leads to stay as they are."""
    case_id, _, revision_id = scene.case("1")
    scene.upheld(case_id, revision_id, actions=("hide",))
    for statement in (
        "UPDATE cases SET state = 'open', closed_at = NULL",
        "UPDATE requested_actions SET state = 'awaiting_approval'",
    ):
        with pytest.raises(DBAPIError, match="go only the ways there are"), scene.store.write() as session:
            session.connection().execute(text(statement))
