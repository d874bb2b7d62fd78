"""What the site says about itself: help, its keys, and how far everybody can use it."""

from __future__ import annotations

from starlette.responses import Response

from worker.web.routing import get_page
from worker.web.visit import Visit


def help_page(visit: Visit) -> Response:
    """What each page is for."""
    return visit.page("help.html")


def keys(visit: Visit) -> Response:
    """Every key that does something."""
    return visit.page("keys.html")


def accessibility(visit: Visit) -> Response:
    """The accessibility statement."""
    return visit.page("accessibility.html")


PAGES = (
    get_page("/help", help_page, is_open=True),
    get_page("/keys", keys, is_open=True),
    get_page("/accessibility", accessibility, is_open=True),
)
