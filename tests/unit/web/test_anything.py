"""Anything at all, sent to any page by anybody: nothing breaks, and no page becomes somebody else's."""

from __future__ import annotations

import re
import secrets
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlencode

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.stores import sqlite_store
from tests.unit.web.furnished import Things, furnish
from tests.unit.web.knocking import Answer, cookie_of, knock
from tests.unit.web.sound import faults
from tests.web import Site, site_over
from worker.store import tables as t
from worker.web import pages
from worker.web.pages import PAGES
from worker.web.routing import SIGN_OUT, Page

_ROLES = (None, "second", "senior_reviewer", "administrator", "freedom_to_speak_up_guardian", "legal")
#: This one is given every role.
_ALL = "senior_reviewer"
_PAGES = [each for each in PAGES if each.path not in (SIGN_OUT, "/you/password", "/sign-in")]
#: Every name that a page reads a field by.
_READ = sorted(
    {
        name
        for path in Path(pages.__path__[0]).parent.rglob("*.py")
        for name in re.findall(
            r"(?:fields|visit)\.[a-z]+\(\s*\"([a-z_]+)\"", path.read_text(encoding="utf-8")
        )
    }
    - {"csrf", "form", "confirm_password", "confirm_code"}
)
#: The ends of what can be a number, a day, a time; and what is none.
_EDGES = ("-1", "999999999999999999", "0001-01-01", "9999-12-31T23:59", "2026-02-30", "1:1", "\uffff")
_NAMES = st.sampled_from(_READ) | st.text(max_size=8)
_LIKELY = (
    "hide",
    "upheld",
    "police",
    "reviewer",
    "facebook",
    "1",
    "yes",
    "",
    " ",
    "\x00",
    "a\r\nb",
    "\U0010ffff",
)
_VALUES = st.text(max_size=40) | st.sampled_from((*_EDGES, *_LIKELY))
_PAIRS = st.lists(st.tuples(_NAMES, _VALUES), max_size=12)


@dataclass(frozen=True)
class Ground:
    """A furnished site, and the cookies of some people.

    Attributes:
        marks: what the forms of each carry.
    """

    site: Site
    things: Things
    cookies: dict[str | None, str]
    marks: dict[str | None, str]


@pytest.fixture(scope="module")
def ground(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Ground]:
    """One site for all of it."""
    folder: Path = tmp_path_factory.mktemp("anything")
    store = sqlite_store(folder)
    with site_over(store, folder) as site:
        cookies: dict[str | None, str] = {None: ""}
        marks: dict[str | None, str] = {None: ""}
        me = site.person(_ALL).person_id
        with store.write() as session:
            session.add_all(
                t.PersonRole(person_id=me, role=each) for each in t.ROLES if each != "senior_reviewer"
            )
        for role in (each for each in _ROLES if each is not None):
            cookies[role] = cookie_of(site, role)
            signed = site.app.sign_ins.who(site.browse(role).http.cookies["upstander-session"])
            assert signed is not None
            marks[role] = signed.csrf
        yield Ground(site, furnish(site, "a1", "made-up words"), cookies, marks)
    store.close()


def _asked(ground: Ground, page: Page, role: str | None, pairs: Sequence[tuple[str, str]]) -> Answer:
    """What comes back for these fields."""
    path, body = ground.things.path(page), b""
    if page.method == "GET":
        path += f"?{urlencode(pairs)}"
    else:
        marks = [("csrf", ground.marks[role]), ("form", secrets.token_hex(8))]
        body = urlencode([*pairs, *marks]).encode()
    return knock(
        ground.site, path, page.method, body, cookie=ground.cookies[role], Origin=ground.site.url,
        Content_Type="application/x-www-form-urlencoded",
    )  # fmt: skip


@settings(
    max_examples=100,
    deadline=None,
    derandomize=True,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(page=st.sampled_from(_PAGES), role=st.sampled_from(_ROLES), pairs=_PAIRS)
def test_nothing_that_is_sent_breaks_a_page(
    ground: Ground, page: Page, role: str | None, pairs: list[tuple[str, str]]
) -> None:
    """Fields and questions of every kind, from strangers and people of several roles: answered in order."""
    answer = _asked(ground, page, role, pairs)
    assert answer.status < 500
    if answer.headers.get("content-type", "").startswith("text/html"):
        assert not [each for each in faults(answer.text) if not each.startswith("acts")]


@pytest.mark.parametrize("edge", _EDGES, ids=lambda edge: edge[:20])
def test_no_edge_breaks_a_page(ground: Ground, edge: str) -> None:
    """Every field of every page at the end of what can be: refused or read, and never broken."""
    broken = [
        page.path
        for page in _PAGES
        if _asked(ground, page, _ALL, [(name, edge) for name in _READ]).status >= 500
    ]
    assert not broken
