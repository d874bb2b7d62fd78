"""Charts: where bars, columns and dots stand. Templates draw them; no style, script or file is needed.

Every length is in the units of a drawing that is `WIDTH` wide: narrow enough that its words stay readable on
a telephone. A chart never stands alone: its finding stands above it in words, its numbers in a table below.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import accumulate
from math import sqrt

WIDTH = 340
#: Something that there is shows, however little it is beside the rest.
_LEAST = 1.5
#: Of a bar with its words above it, of the field of columns, and of a row of dots.
ROW, FIELD, LINE = 44, 96, 24
_GAP = 1
#: What stands before the dots of a line.
_NAMES = 40


@dataclass(frozen=True, slots=True)
class Piece:
    """One part of a bar.

    Attributes:
        part: which of the row's values it is, from 0.
        value: what it stands for.
        x, width: where it is.
    """

    part: int
    value: int
    x: float
    width: float


@dataclass(frozen=True, slots=True)
class Column:
    """One column, or one dot of a line.

    Attributes:
        value: what it stands for.
        x, y: of a column its upper left corner, of a dot its middle.
        size: of a column its height, of a dot its radius.
    """

    value: int
    x: float
    y: float
    size: float


@dataclass(frozen=True, slots=True)
class Columns:
    """Columns side by side.

    Attributes:
        most: the largest value, which reaches the top.
        width: of each.
    """

    most: int
    width: float
    columns: tuple[Column, ...]


def bars(rows: Sequence[Sequence[int]]) -> tuple[tuple[Piece, ...], ...]:
    """A bar for each row, of pieces that follow each other, all to one scale; what is zero has no piece.

    Args:
        rows: values, none below zero.
    """
    most = max((sum(row) for row in rows), default=0)
    scale = WIDTH / most if most else 0
    return tuple(_bar(row, scale) for row in rows)


def _bar(row: Sequence[int], scale: float) -> tuple[Piece, ...]:
    # Pieces that are too small to be seen are widened, and the others give way.
    wanted = [max(value * scale, _LEAST) if value else 0.0 for value in row]
    shrink = min(1.0, WIDTH / sum(wanted)) if any(wanted) else 1.0
    widths = [width * shrink for width in wanted]
    starts = accumulate(widths, initial=0.0)
    return tuple(
        Piece(part, value, round(x, 2), round(width, 2))
        for part, (value, x, width) in enumerate(zip(row, starts, widths, strict=False))
        if value
    )


def columns(values: Sequence[int]) -> Columns:
    """A column for each value, side by side over the whole width."""
    most = max(values, default=0)
    step = WIDTH / max(len(values), 1)
    heights = [max(value / most * FIELD, _LEAST) if value else 0.0 for value in values]
    return Columns(
        most,
        round(step - _GAP, 2),
        tuple(
            Column(value, round(place * step, 2), round(FIELD - height, 2), round(height, 2))
            for place, (value, height) in enumerate(zip(values, heights, strict=True))
        ),
    )


def dots(rows: Sequence[Sequence[int]]) -> tuple[tuple[Column, ...], ...]:
    """A dot for each value, a line for each row; what is twice as many has twice the area."""
    most = max((value for row in rows for value in row), default=0)
    step = (WIDTH - _NAMES) / max((len(row) for row in rows), default=1)
    widest = min(step, LINE) / 2 + 1

    def dot(value: int, line: int, place: int) -> Column:
        radius = max(sqrt(value / most) * widest, _LEAST) if value else 0.0
        return Column(value, round(_NAMES + (place + 0.5) * step, 2), (line + 0.5) * LINE, round(radius, 2))

    return tuple(
        tuple(dot(value, line, place) for place, value in enumerate(row)) for line, row in enumerate(rows)
    )
