"""The Graph API's pages.

`next` absent is the only end: pages may be short, or empty and yet have a next. Of the address in
`next` only the place is taken: its token and host are never used.
"""

from __future__ import annotations

from typing import Any
from urllib.parse import parse_qsl, urlsplit

from connectors.errors import UnexpectedResponse
from connectors.items import listing, record

_PLACE = ("after", "until", "__paging_token", "offset")


def items_of(edge: object) -> list[Any]:
    """Return the items of an edge.

    Raises:
        UnexpectedResponse: it has no list under `data`.
    """
    data = record(edge).get("data")
    if not isinstance(data, list):
        raise UnexpectedResponse("Graph's list holds no list", code="no_data")
    return listing(data)


def next_place(edge: object, place: dict[str, str] | None = None) -> dict[str, str] | None:
    """Return the parameters that lead to an edge's next page, or None at its end.

    Args:
        edge: the object with `data` and `paging`.
        place: the parameters that led to this page.

    Raises:
        UnexpectedResponse: the next page is this one again, or cannot be named.
    """
    paging = record(record(edge).get("paging"))
    following = paging.get("next")
    if not following:
        return None
    try:
        asked = dict(parse_qsl(urlsplit(str(following)).query))
    except ValueError:
        asked = {}
    onward = {name: asked[name] for name in _PLACE if asked.get(name)}
    after = record(paging.get("cursors")).get("after")
    if not onward and isinstance(after, str) and after:
        onward = {"after": after}
    if not onward or onward == place:
        raise UnexpectedResponse("Graph's paging leads nowhere or repeats itself", code="paging")
    return onward
