"""docs/states.md, drawn from the table of moves. Draw it anew with `python -m tests.unit.review.drawing`."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import groupby
from pathlib import Path

from worker.review.machine import MOVES, NOT_YET, Move

PAGE = Path(__file__).parents[3] / "docs" / "states.md"
_HEAD = """\
# States

Everything in Upstander that has states, and every way from one to another. This page is drawn from the one
table that the program itself asks before each change (`worker/review/machine.py`); a way that is not here is
refused by the stage, and below it by a guard in the database. Every change is written with its entry in the
audit in one transaction.

`●` in the tables: it did not exist before.
"""


def page() -> str:
    """The whole page."""
    return "\n".join((_HEAD, *_parts())).rstrip() + "\n"


def things() -> dict[str, list[Move]]:
    """The moves of each thing, in the order of their names."""
    ordered = sorted(MOVES, key=lambda move: move.thing)
    return {thing: list(moves) for thing, moves in groupby(ordered, key=lambda move: move.thing)}


def _parts() -> Iterator[str]:
    for thing, moves in things().items():
        name = thing.replace("_", " ")
        yield f"## {name[0].upper()}{name[1:]}\n"
        yield from ("```mermaid", "stateDiagram-v2", *_arrows(moves), "```\n")
        yield "| from | to | what makes it go there |\n|---|---|---|"
        yield from (f"| {_cell(move.before)} | {_cell(move.after)} | {_words(move.by)} |" for move in moves)
        yield ""


def _arrows(moves: Sequence[Move]) -> Iterator[str]:
    for move in moves:
        before = "[*]" if move.before == NOT_YET else move.before
        yield f"    {before} --> {move.after}"
    ways_on = {move.before for move in moves if move.before != move.after}
    ends = dict.fromkeys(move.after for move in moves if move.after not in ways_on)
    yield from (f"    {state} --> [*]" for state in ends)


def _cell(state: str) -> str:
    return "●" if state == NOT_YET else f"`{state}`"


def _words(by: str) -> str:
    return by.replace("|", "\\|")


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")
