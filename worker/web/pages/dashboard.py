"""The dashboard: how the work is going, in charts, each with its finding in words and its table."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from starlette.responses import Response

from worker.clock import LONDON
from worker.summary.ages import BANDS
from worker.summary.arrivals import Arrivals, ByWeekday
from worker.summary.dashboard import DashboardFigures
from worker.summary.outcomes import WeekOutcomes
from worker.summary.weeks import Week
from worker.web.charts import Columns, bars, columns, dots
from worker.web.routing import get_page
from worker.web.visit import Visit

_WEEKS = 4
#: What a person chooses from.
_CHOICES = (1, 4, 13, 26)
#: What became of actions, as the chart shows it, and which of the summary's results each takes together.
_RESULTS: dict[str, tuple[str, ...]] = {
    "done": ("done", "already"),
    "outside": ("outside",),
    "failed": ("failed",),
    "refused": ("refused",),
    "withdrawn": ("withdrawn",),
    "rehearsed": ("rehearsed",),
    "waiting": ("waiting",),
}


def dashboard(visit: Visit) -> Response:
    """All figures. They name no comment, no author and no colleague."""
    weeks = visit.fields.number("weeks") or _WEEKS
    figures = visit.app.dashboard.figures(visit.actor, weeks=weeks)
    return visit.page(
        "dashboard.html",
        figures=figures,
        choices=_CHOICES,
        bands=BANDS,
        waiting=bars([[bands[each].cases for each in BANDS] for bands in figures.waiting.values()]),
        **_response(figures),
        **_arrivals(figures.arrivals),
        **_outcomes(figures.outcomes),
        goes_on=sum(each.goes_on for each in figures.pile_ons),
        ailing=sum(bool(each.problems or each.token_refused_since) for each in figures.accounts),
    )


def _response(figures: DashboardFigures) -> dict[str, Any]:
    """Half of the cases and nine in ten, of each severity of which any was decided."""
    decided = {name: each for name, each in figures.response.items() if each.decided}
    lines = [
        (name, part, seconds or 0)
        for name, each in decided.items()
        for part, seconds in (("half", each.median_seconds), ("nine", each.p90_seconds))
    ]
    return {
        "response_lines": lines,
        # Half is a bar's first part and nine in ten its second, so that each has its own filling.
        "response": bars([(seconds, 0) if part == "half" else (0, seconds) for _, part, seconds in lines]),
        "decided": sum(each.decided for each in decided.values()),
        "in_time": sum(each.in_time for each in decided.values()),
    }


def _arrivals(arrivals: Arrivals) -> dict[str, Any]:
    latest = arrivals.latest
    comments = columns([each.comments for each in latest])
    busiest = max(latest, key=lambda each: each.comments)
    return {
        "comments": comments,
        "cases": columns([each.cases for each in latest]),
        "ticks": _ticks([each.starts for each in latest], comments),
        "busiest": busiest if busiest.comments else None,
        "comments_by_day": dots(arrivals.comments),
        "cases_by_day": dots(arrivals.cases),
        "busiest_for_cases": _busiest(arrivals.cases),
        "busiest_for_comments": _busiest(arrivals.comments),
    }


def _ticks(hours: Sequence[datetime], drawn: Columns) -> list[tuple[float, int, int]]:
    """Where midnights and middays of London stand, each with its hour and day of the week."""
    local = [each.astimezone(LONDON) for each in hours]
    return [
        (column.x, each.hour, each.weekday())
        for each, column in zip(local, drawn.columns, strict=True)
        if each.hour % 12 == 0
    ]


def _busiest(counted: ByWeekday) -> tuple[int, int] | None:
    """The day of the week and the hour with the most; None where there is nothing at all."""
    day, hour = max(
        ((day, hour) for day in range(7) for hour in range(24)), key=lambda at: counted[at[0]][at[1]]
    )
    return (day, hour) if counted[day][hour] else None


def _outcomes(weeks: Sequence[WeekOutcomes]) -> dict[str, Any]:
    ended = [{name: each.came_to(*found) for name, found in _RESULTS.items()} for each in weeks]
    return {
        "mondays": [Week.parse(each.week).monday for each in weeks],
        "verdicts": bars([(each.upheld, each.not_upheld, each.needs_advice) for each in weeks]),
        "asked": [sum(each.asked.values()) for each in weeks],
        "results": tuple(_RESULTS),
        "ended": ended,
        "actions": bars([tuple(each.values()) for each in ended]),
    }


PAGES = (get_page("/dashboard", dashboard),)
