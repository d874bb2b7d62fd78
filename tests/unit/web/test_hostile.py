"""Words of people who mean harm, on every page and in every file: shown, and never obeyed."""

from __future__ import annotations

import re
import secrets
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import event
from sqlalchemy.orm import Mapper

from tests.stores import sqlite_store
from tests.unit.web.furnished import Things, furnish
from tests.unit.web.sound import HOSTILE, MARK, READABLE, faults, words_of
from tests.web import Browser, Site, site_over
from worker.store import tables as t
from worker.web import pages
from worker.web.pages import PAGES
from worker.web.routing import Page

#: What people and platforms write freely, by table; everything else is words of ours.
_FREE = {
    "appeals": ("words",),
    "authors": ("handle", "name"),
    "case_notes": ("text",),
    "comments": ("permalink",),
    "decisions": ("reason",),
    "exports": ("recipient", "legal_basis", "reason"),
    "findings": ("reason",),
    "hand_ins": ("service", "link"),
    "not_referred": ("reason",),
    "people": ("name",),
    "platform_reports": ("reason",),
    "posts": ("text", "permalink"),
    "referrals": ("recipient", "reason"),
    "requested_actions": ("reason",),
    "restrictions": ("reason",),
    "support_offers": ("offered_to",),
    "tasks": ("title",),
}
#: Pages that ask for more after the question mark.
_MORE = (
    "/tasks?everybody=1", "/tasks?done=1", "/appeals?all=1", "/groups?all=1", "/queue?restricted=1",
    "/search?words=onmouseover", "/audit?page=1",
)  # fmt: skip


#: Every name that a page reads a field by.
_NAMES = sorted(
    {
        name
        for path in Path(pages.__path__[0]).parent.rglob("*.py")
        for name in re.findall(
            r"(?:fields|visit)\.[a-z]+\(\s*\"([a-z_]+)\"", path.read_text(encoding="utf-8")
        )
    }
)
#: These say who it is: with hostile words in them nothing else is read.
_ASKED_FIRST = frozenset({"csrf", "form", "confirm_password", "confirm_code"})
#: Another session is not part of these.
_ENDS_IT = ("/sign-out", "/sign-in")


@dataclass(frozen=True)
class Walk:
    """A site full of hostile words, and somebody who may see all of it."""

    site: Site
    browser: Browser
    things: Things


def _hostile(mapper: Mapper[Any], _connection: object, row: Any) -> None:
    """Write hostile words in the place of those that a row was to be added with."""
    table = mapper.class_.__tablename__
    for name in _FREE.get(table, ()):
        unlike = f" {id(row)}" if table == "people" else ""
        setattr(row, name, HOSTILE + unlike)


@pytest.fixture(scope="module")
def walk(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Walk]:
    """One site for all of these."""
    folder: Path = tmp_path_factory.mktemp("hostile")
    store = sqlite_store(folder)
    with site_over(store, folder) as site:
        browser = site.browse("senior_reviewer")
        me = site.person("senior_reviewer").person_id
        with store.write() as session:
            session.add_all(
                t.PersonRole(person_id=me, role=role) for role in t.ROLES if role != "senior_reviewer"
            )
        event.listen(t.Base, "before_insert", _hostile, propagate=True)
        try:
            things = furnish(site, "h1", HOSTILE)
            furnish(site, "h2", HOSTILE, restricted="safeguarding")
            site.scene.case("h3", "x" * 64_000 + HOSTILE)
        finally:
            event.remove(t.Base, "before_insert", _hostile)
        yield Walk(site, browser, things)
    store.close()


_SHOWS = [each for each in PAGES if each.method == "GET"]


@pytest.mark.parametrize("page", _SHOWS, ids=lambda page: page.path)
def test_no_page_obeys_what_it_shows(walk: Walk, page: Page) -> None:
    """No element, no attribute, no address of a stranger's in it; nothing comes from another host."""
    answer = walk.browser.http.get(f"{walk.site.url}{walk.things.path(page)}", timeout=60)
    assert answer.status_code < 500
    if answer.headers["content-type"].startswith("text/html"):
        assert not faults(answer.text)


@pytest.mark.parametrize("path", _MORE)
def test_no_list_obeys_what_it_shows(walk: Walk, path: str) -> None:
    """The same of lists that were asked for more."""
    answer = walk.browser.http.get(f"{walk.site.url}{path}", timeout=60)
    assert answer.status_code == 200
    assert not faults(answer.text)


@pytest.mark.parametrize("start", ["/cases/{}", "/approvals/{}", "/appeals/{}", "/referrals/{}"])
def test_what_they_wrote_can_be_read(walk: Walk, start: str) -> None:
    """Nothing of it is left out: what would act is written as its code, everything else stands there."""
    kind = {"/cases/{}": "case", "/approvals/{}": "asked"}.get(start, start.split("/")[1].removesuffix("s"))
    shown = walk.browser.get(start.format(walk.things.number_of[kind]))
    assert READABLE in shown.words
    assert f"<script>{MARK}()</script>" in shown.words
    assert "\\u202etxet" in shown.words
    assert "{{ 1234567 * 3 }}" in shown.words


def test_the_walk_meets_what_they_wrote(walk: Walk) -> None:
    """It would find nothing where nothing is shown: the hostile words are in every part of the site."""
    met = set()
    for page in _SHOWS:
        answer = walk.browser.http.get(f"{walk.site.url}{walk.things.path(page)}", timeout=60)
        if answer.status_code == 200 and READABLE in words_of(answer.text):
            met.add(page.path.split("/")[1])
    assert met >= {"queue", "cases", "groups", "approvals", "referrals", "appeals", "exports", "people"}


@pytest.mark.parametrize("chosen", ["hostile", "likely"])
@pytest.mark.parametrize(
    "page",
    [each for each in PAGES if each.method == "POST" and each.path not in _ENDS_IT],
    ids=lambda page: page.path,
)
def test_no_refusal_obeys_what_it_quotes(walk: Walk, page: Page, chosen: str) -> None:
    """Every form with hostile words in every field: what was typed comes back as words, and nothing breaks.

    Once so that even what is chosen from a list is hostile, once so that more of it is read.
    """
    token = walk.browser.http.cookies["upstander-session"]
    me = walk.site.app.sign_ins.who(token)
    assert me is not None
    given = {name: HOSTILE for name in _NAMES if name not in _ASKED_FIRST}
    if chosen == "likely":
        given |= {
            "verdict": "upheld",
            "say": "refuse",
            "kind": "hide",
            "outcome": "upheld",
            "purpose": "police",
        }
        given |= {
            "revision": "1",
            "to": "1",
            "person": "1",
            "account": "1",
            "from": "",
            "until": "",
            "turn": "stop",
        }
    pairs = [*given.items(), ("csrf", me.csrf), ("form", secrets.token_hex(8))]
    answer = walk.browser.http.post(
        f"{walk.site.url}{walk.things.path(page)}", data=pairs, headers={"Origin": walk.site.url}, timeout=60
    )
    assert answer.status_code < 500
    if answer.headers.get("content-type", "").startswith("text/html"):
        assert not faults(answer.text)
