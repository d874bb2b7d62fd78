"""Settings: what Upstander runs with, to be read. They are changed in their file."""

from __future__ import annotations

from starlette.responses import Response

from worker.web.routing import get_page
from worker.web.visit import Visit


def settings(visit: Visit) -> Response:
    """Every setting, by its group; only those with a word in them, where one was typed."""
    wanted = visit.fields.text("word").casefold()
    rows = visit.app.back_office.settings_book.show(visit.actor)
    return visit.page(
        "settings.html",
        rows=[each for each in rows if wanted in f"{each.name} {each.help}".casefold()],
        wanted=visit.fields.text("word"),
    )


PAGES = (get_page("/settings", settings),)
