"""Who gets which page and which form, of a case like any other and of one that is kept for named roles.

The table beside this file is what somebody reviewed, by hand, against worker.review.rights and
worker.review.access. After a change that means to: `python -m tests.unit.web.test_rights_table`.

A cell says what they get: yes, shown or done; form, not refused for who they are, but for what is filled in
or for how things stand; -, refused; ?, nothing there for them; open, for everybody without signing in.
"""

from __future__ import annotations

import secrets
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from http.client import HTTPConnection
from pathlib import Path
from unittest.mock import patch
from urllib.parse import urlencode, urlsplit

import pytest
from sqlalchemy.orm import Session
from starlette.responses import Response

from tests.stores import sqlite_store
from tests.unit.web.furnished import OF_NO_CASE, Things, furnish, kind_of
from tests.web import Site, site_over
from worker.signin.signed_in import SignedIn
from worker.store import tables as t
from worker.store.session import Store
from worker.web.pages import PAGES
from worker.web.routing import SIGN_OUT, Page
from worker.web.visit import Visit

TABLE = Path(__file__).with_name("rights_table.txt")
_SHORT = {
    "reviewer": "revr", "senior_reviewer": "senr", "on_call_manager": "oncm", "communications_lead": "comm",
    "evidence_officer": "evid", "referral_reader": "refr", "safeguarding_lead": "safe", "hr": "hr",
    "freedom_to_speak_up_guardian": "ftsu", "security_specialist": "secu", "legal": "legl", "pals": "pals",
    "it": "it", "occupational_health": "occh", "administrator": "admn",
}  # fmt: skip
_HEAD = "page or form".ljust(53) + "of".ljust(5) + " ".join(each.ljust(4) for each in _SHORT.values())


@contextmanager
def _rehearsed(store: Store) -> Iterator[None]:
    """Everything that is written is taken back at the end of its transaction: no cell changes the next."""
    write = store.write

    @contextmanager
    def taken_back() -> Iterator[Session]:
        with write() as session:
            yield session
            session.flush()
            # What was read stays readable: a transaction that is taken back would else forget it.
            session.expunge_all()
            session.rollback()

    with patch.object(Store, "write", lambda _store: taken_back()), patch.object(Visit, "page", _unseen):
        yield


def _unseen(_visit: Visit, _template: str, *, status: int = 200, **_context: object) -> Response:
    """In the place of a page only that there is one: what it says is for other tests."""
    return Response(status_code=status)


#: What is typed into forms that are refused to everybody while they are empty, by the end of their path.
_TYPED: Mapping[str, Mapping[str, str]] = {
    "/flags": {"flag": "named_staff", "on": "yes"},
    "/actions": {"kind": "hide"},
    "/cases/{number:int}/restrictions": {"kind": "manager"},
    "/snooze": {"until": "2026-11-10T09:00"},
    "/exports/{number:int}/answer": {"say": "refuse"},
    "/answer": {"say": "approve"},
    "/appeal": {"by_whom": "author", "channel": "email", "words": "x"},
    "/appeals/{number:int}/decide": {"outcome": "dismissed"},
    "/appeals/{number:int}/withdraw": {"withdrawn_because": "x"},
    "/cases/{number:int}/referrals": {"to": "police_101", "recipient": "x", "sees": "words"},
    "/considered": {"to": "police_101", "not_because": "x"},
    "/support": {"kind": "occupational_health", "offered_to": "x", "answered": "offered"},
    "/notes": {"text": "x"},
    "/hand-ins/{number:int}/close": {"kept_as": "upheld", "closed_because": "x"},
    "/switches": {"turn": "stop"},
    "/incidents": {"until": "2026-11-10T09:00"},
    "/on-call": {"from": "2027-01-01", "until": "2027-01-02"},
    "/accounts": {"platform": "facebook", "external_id": "1", "handle": "x", "credential": "facebook"},
    "/exports": {"purpose": "police", "basis": "x", "recipient": "x", "witness": "x"},
}
_SAYS = {200: "yes", 204: "yes", 303: "yes", 400: "form", 409: "form", 422: "form", 403: "-", 404: "?"}


class Asker:
    """Asks for pages as one person, over one line.

    Args:
        site: the site.
        person: who asks.
    """

    def __init__(self, site: Site, person: SignedIn) -> None:
        self.line = HTTPConnection(urlsplit(site.url).netloc, timeout=60)
        self.csrf = person.csrf
        self.headers = {
            "Cookie": f"upstander-session={person.token}",
            "Origin": site.url,
            "Content-Type": "application/x-www-form-urlencoded",
        }

    def cell(self, page: Page, things: Things) -> str:
        """What they get of a page."""
        body = None
        if page.method == "POST":
            more = next((given for end, given in _TYPED.items() if page.path.endswith(end)), {})
            of = things.number_of
            numbers = {"revision": of["revision"], "cases": of["case"], "to": of["colleague"]}
            marks = {"csrf": self.csrf, "form": secrets.token_hex(8), "reason": "For a test."}
            body = urlencode({**marks, **numbers, "person": of["colleague"], **more})
        self.line.request(page.method, things.path(page), body, self.headers)
        answer = self.line.getresponse()
        answer.read()
        led = (answer.getheader("location") or "").partition("?")[0]
        assert led != "/sign-in" or page.path == SIGN_OUT, f"{page.path}: not taken for signed in"
        return _SAYS[answer.status]


def _askers(site: Site) -> dict[str, Asker]:
    """Somebody of each role. The reviewer is not the one who did what there is."""
    found = {}
    for role in t.ROLES:
        person = "second" if role == "reviewer" else role
        token = site.browse(person).http.cookies["upstander-session"]
        signed = site.app.sign_ins.who(token)
        assert signed is not None
        found[role] = Asker(site, signed)
    return found


def written_out() -> str:
    """The table as the site answers now."""
    with tempfile.TemporaryDirectory(prefix="upstander-rights-") as name:
        folder = Path(name)
        store = sqlite_store(folder)
        with site_over(store, folder) as site:
            normal = furnish(site, "n1", "made-up words")
            kept = furnish(site, "r1", "made-up words", restricted="safeguarding")
            people = _askers(site)
            with _rehearsed(store):
                lines = [_line(people, page, each) for page in PAGES for each in _of(page, normal, kept)]
            for asker in people.values():
                asker.line.close()
        store.close()
    return "\n".join([_HEAD, *lines, ""])


def _of(page: Page, normal: Things, kept: Things) -> tuple[Things, ...]:
    kind = kind_of(page)
    return (normal,) if kind is None or kind in OF_NO_CASE or page.open else (normal, kept)


def _line(people: dict[str, Asker], page: Page, things: Things) -> str:
    numbered = kind_of(page) is not None and kind_of(page) not in OF_NO_CASE
    of = ("kept" if things.restricted else "case") if numbered else ""
    cells = [("open" if page.open else people[role].cell(page, things)).ljust(4) for role in _SHORT]
    return f"{page.method} {page.path.replace('{number:int}', 'N')}".ljust(53) + of.ljust(5) + " ".join(cells)


@pytest.mark.timeout(400)
def test_everybody_gets_what_the_table_says() -> None:
    """Every page and form, asked by every role: exactly what was reviewed, with no page left out."""
    assert set(_SHORT) == set(t.ROLES)
    now = written_out().splitlines()
    reviewed = TABLE.read_text(encoding="utf-8").splitlines()
    assert [each.rstrip() for each in now] == [each.rstrip() for each in reviewed]
    for page in PAGES:
        path = f"{page.method} {page.path.replace('{number:int}', 'N')} "
        assert any(each.startswith(path) for each in reviewed), path


if __name__ == "__main__":
    TABLE.write_text("".join(f"{each.rstrip()}\n" for each in written_out().splitlines()), encoding="utf-8")
