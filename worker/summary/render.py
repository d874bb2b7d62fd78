"""A summary as plain text, as HTML or as JSON.

Text is 80 columns wide at most (but for a single longer word). HTML stands alone: no script, picture or
address outside it. JSON has these keys, which stay as they are:

    week            "2026-W46"
    starts, ends    first moment of the week, first moment after it (ISO 8601, UTC)
    made_at         when it was counted
    complete        whether the week was over by then
    watched_since   when the first account was added, or null
    stuck_jobs      {kind: count}, jobs out of attempts when it was made
    undone          count of comments that were then not as they were asked to be
    late            why it is sent late, in words, or ""
    headline        the week in a few sentences
    needs           [sentence], what somebody must do now
    this_week, week_before
        week, received, queued, decided, upheld, not_upheld, needs_advice, overturned, open_cases, overdue,
        sealed, unsealed                                                               counts
        received_by_platform, queued_by_severity, queued_by_platform, upheld_by_category,
        upheld_by_severity, upheld_by_platform, open_by_severity                       {id: count}
        actions          {kind: {done, already, outside, refused, failed, withdrawn, rehearsed, waiting,
                         alone}}
        platform_reports {prepared, filed, removed, kept, no_answer}
        median_seconds   {posted_to_seen, opened_to_viewed, opened_to_decided, decided_to_done}, null if none
        oldest_open_at, oldest_unsealed_at                                             moment or null
        evidence         {timestamped, unstamped, rendered, unrendered, supplements, exports_waiting,
                         broken_glass, unreviewed, disposals, disposals_waiting, exports: {purpose: count},
                         marks: {mark: count}}
        coverage         {feeds, longest_seconds, holes: [{platform, account, feed, kind, times, seconds,
                         since, until}]}; `until` is null while the hole goes on
"""

from __future__ import annotations

import json
import textwrap
from collections.abc import Callable, Mapping
from functools import cache
from pathlib import Path
from typing import Literal

from jinja2 import Environment, FileSystemLoader, StrictUndefined, select_autoescape

from worker.summary.figures import Figures
from worker.summary.page import Page, Table, make_page

Format = Literal["text", "html", "json"]
WIDTH = 80


def render(figures: Figures, form: Format, *, trust_name: str, late: str = "") -> str:
    """One summary in one form.

    Args:
        late: the sentence that says why it is sent late.
    """
    page = make_page(figures, trust_name, late=late)
    forms: Mapping[str, Callable[[], str]] = {
        "text": lambda: _laid_out("summary.txt.j2", page),
        "html": lambda: _laid_out("summary.html.j2", page),
        "json": lambda: _json(figures, page),
    }
    return forms[form]()


def _json(figures: Figures, page: Page) -> str:
    said = {"late": page.late, "headline": page.headline, "needs": list(page.needs)}
    return json.dumps(figures.as_json() | said, ensure_ascii=False, indent=2) + "\n"


def _laid_out(template: str, page: Page) -> str:
    return _templates().get_template(template).render(page=page)


@cache
def _templates() -> Environment:
    environment = Environment(
        loader=FileSystemLoader(Path(__file__).parent / "templates"),
        autoescape=select_autoescape(("html.j2",), default_for_string=True),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    environment.filters["wrapped"] = _wrapped
    environment.filters["columns"] = _columns
    return environment


def _wrapped(text: str, hanging: str = "") -> str:
    return textwrap.fill(
        text,
        WIDTH,
        initial_indent=hanging,
        subsequent_indent=" " * len(hanging),
        break_long_words=False,
        break_on_hyphens=False,
    )


def _columns(table: Table) -> str:
    """A table in fixed columns: the first to the left, the others to the right."""
    lines = (table.columns, *table.rows)
    widths = [max(len(line[place]) for line in lines) for place in range(1, len(table.columns))]
    # What the other columns leave; a longer label wraps.
    first = max(12, min(max(len(line[0]) for line in lines), WIDTH - sum(widths) - 2 * len(widths)))
    out: list[str] = []
    for line in lines:
        label = textwrap.wrap(line[0], first) or [""]
        cells = "".join(f"  {cell:>{width}}" for cell, width in zip(line[1:], widths, strict=True))
        out += [*label[:-1], f"{label[-1]:<{first}}{cells}".rstrip()]
    return "\n".join(out)
