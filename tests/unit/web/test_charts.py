"""Where bars, columns and dots stand: nothing is left out, and nothing leaves the drawing."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from worker.web.charts import FIELD, LINE, WIDTH, bars, columns, dots

_COUNTS = st.lists(st.integers(0, 10**7), min_size=1, max_size=7)


@given(st.lists(_COUNTS, min_size=1, max_size=8))
def test_every_value_of_a_bar_has_a_piece_within_the_drawing(rows: list[list[int]]) -> None:
    """What there is shows, however little; what there is not has no piece; pieces follow each other."""
    for row, pieces in zip(rows, bars(rows), strict=True):
        assert {each.part: each.value for each in pieces} == {n: v for n, v in enumerate(row) if v}
        assert all(each.width > 0 for each in pieces)
        end = 0.0
        for each in pieces:
            assert abs(each.x - end) < 0.1
            end = each.x + each.width
        assert end < WIDTH + 0.1


def test_bars_are_to_one_scale() -> None:
    """Half as many is half as long, in whichever row."""
    ((long,), (first, second)) = bars([[200], [50, 50]])
    assert (long.width, first.width, second.width) == (340, 85, 85)
    assert second.x == 85


@given(_COUNTS)
def test_columns_stand_on_the_ground_and_the_largest_reaches_the_top(values: list[int]) -> None:
    """One column for each value, none above the field and none below the ground."""
    drawn = columns(values)
    assert drawn.most == max(values)
    assert [each.value for each in drawn.columns] == values
    for each in drawn.columns:
        assert (each.size > 0) == (each.value > 0)
        assert abs(each.y + each.size - FIELD) < 0.1
        assert 0 <= each.x <= each.x + drawn.width <= WIDTH
    if drawn.most:
        assert max(each.size for each in drawn.columns) == FIELD


def test_the_area_of_a_dot_is_what_it_stands_for() -> None:
    """Four times as many is twice as wide; a line a day, from its middle."""
    quiet, busy = dots([[0] * 24, [*[0] * 22, 25, 100]])
    assert not any(each.size for each in quiet)
    assert abs(busy[23].size / busy[22].size - 2) < 0.01
    assert (quiet[0].y, busy[0].y) == (LINE / 2, LINE * 1.5)
    assert busy[23].x + busy[23].size <= WIDTH + 1


def test_nothing_at_all_is_drawn_as_nothing() -> None:
    """Without any value there is no piece, no column and no dot; nothing is divided by zero."""
    assert bars([]) == ()
    assert bars([[0, 0]]) == ((),)
    assert columns([]).columns == ()
    assert [each.size for each in columns([0, 0]).columns] == [0, 0]
    assert dots([]) == ()
