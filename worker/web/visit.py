"""One request to the site: who asks, what they sent, and how they are answered."""

from __future__ import annotations

import json
import re
import secrets
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import quote, unquote

from jinja2 import Environment
from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response

from worker.bootstrap import App
from worker.errors import (
    Conflict,
    EvidenceFault,
    NotAllowed,
    NotFound,
    StoreNotReady,
    UpstanderError,
)
from worker.ledger.audit import Actor
from worker.review.errors import DecisionIncomplete
from worker.review.rights import Right, rights_of
from worker.signin.signed_in import SignedIn
from worker.web import headers
from worker.web.fields import BadForm, Fields
from worker.web.language import translations

#: The largest number that a row can have on both databases.
_LARGEST = 2**63 - 1
_SAID_LONGEST = 600
#: A sentence with places such as %(case)s and no others: a place may ask for a gigabyte of blanks.
_PLACES = re.compile(r"(?:[^%]|%%|%\(\w+\)s)*")
#: How a refusal is told to a browser; the first that fits counts.
_STATUS: tuple[tuple[type[UpstanderError], int], ...] = (
    (NotAllowed, 403),
    (NotFound, 404),
    (BadForm, 400),
    (DecisionIncomplete, 422),
    (Conflict, 409),
    (EvidenceFault, 409),
    (StoreNotReady, 503),
)
#: Never shown again, whatever becomes of a form.
SECRET_FIELDS = frozenset(
    {"password", "new_password", "again", "code", "csrf", "form", "confirm_password", "confirm_code"}
)


@dataclass(frozen=True)
class Desk:
    """What every request is answered from.

    Attributes:
        pages: the templates.
    """

    app: App
    pages: Environment

    @property
    def secure(self) -> bool:
        """Whether the site is reached over HTTPS."""
        return self.app.settings.web.public_url.startswith("https://")

    def cookie(self, name: str) -> str:
        """The name of a cookie of ours, which over HTTPS no other host can set."""
        return f"__Host-upstander-{name}" if self.secure else f"upstander-{name}"


@dataclass
class Visit:
    """One request, and who makes it.

    Attributes:
        signed: who is signed in; None on pages that need nobody.
        fields: of the form, or of the address.
        nonce: lets the page's own short script run.
    """

    desk: Desk
    request: Request
    signed: SignedIn | None
    fields: Fields
    nonce: str = field(default_factory=lambda: secrets.token_urlsafe(16))

    @property
    def app(self) -> App:
        """The stages."""
        return self.desk.app

    @property
    def person(self) -> SignedIn:
        """Who is signed in.

        Raises:
            NotAllowed: nobody is.
        """
        if self.signed is None:
            raise NotAllowed("Nobody is signed in.", safe="Nothing was done.", do="Sign in.")
        return self.signed

    @property
    def actor(self) -> Actor:
        """Who acts, as the stages are told.

        Raises:
            NotAllowed: nobody is signed in.
        """
        return self.person.actor

    @property
    def path(self) -> str:
        """The path of this request."""
        return self.request.url.path

    def may(self, right: str) -> bool:
        """Whether the person may do something: to show or leave out a link. The stage asks again.

        Args:
            right: its name in `worker.review.rights`, such as approve_action.
        """
        return self.signed is not None and Right(right) in rights_of(self.signed.roles)

    def number(self, name: str = "number") -> int:
        """A number in the path.

        Raises:
            NotFound: nothing of ours has such a number.
        """
        found = int(self.request.path_params[name])
        if not 0 < found <= _LARGEST:
            raise NotFound("There is nothing under that number.")
        return found

    def page(self, template: str, *, status: int = 200, **context: Any) -> Response:
        """Answer with a page.

        Args:
            template: its file in the templates.
            context: what it shows.
        """
        text = self.desk.pages.get_template(template).render(visit=self, **context)
        answer = HTMLResponse(text, status_code=status)
        answer.headers["Content-Security-Policy"] = headers.policy(self.nonce)
        if self.desk.cookie("said") in self.request.cookies:
            answer.delete_cookie(self.desk.cookie("said"), path="/")
        return answer

    def go(self, path: str, said: str = "", **values: str | int) -> Response:
        """Answer a form that was carried out: go on to a page, which says what was done.

        Args:
            path: a path of this site.
            said: what was done, as a sentence to be translated, with places such as %(case)s.
            values: what stands in those places; no words of a comment.
        """
        answer = RedirectResponse(path, status_code=303)
        if said:
            answer.set_cookie(
                self.desk.cookie("said"),
                quote(json.dumps([said, values])[:_SAID_LONGEST]),
                max_age=60,
                path="/",
                secure=self.desk.secure,
                httponly=True,
                samesite="strict",
            )
        return answer

    def let_in(self, answer: Response, token: str) -> None:
        """Have the browser keep a session's token.

        Args:
            answer: what it comes with.
        """
        answer.set_cookie(
            self.desk.cookie("session"),
            token,
            path="/",
            secure=self.desk.secure,
            httponly=True,
            # Lax: a link in a mail of ours opens the case, while no other site can post a form.
            samesite="lax",
        )

    def said(self) -> str | None:
        """What the page before said was done, once, in the language of whoever looks."""
        told = self._told_before()
        if told is None:
            return None
        words, values = told
        try:
            return str(translations(self.language).gettext(words) % values)
        except (ValueError, TypeError, KeyError):
            return None

    def decided_before(self) -> int | None:
        """The case that was decided on the page before: to look at it again."""
        told = self._told_before()
        case = None if told is None else told[1].get("decided")
        return case if isinstance(case, int) and 0 < case <= _LARGEST else None

    @property
    def language(self) -> str:
        """The language that whoever looks chose."""
        return self.signed.preferences.language if self.signed is not None else "en"

    def refused(self, error: UpstanderError) -> Response:
        """Answer with what was refused, what was kept safe and what to do; what was typed is not lost."""
        status = next((code for kind, code in _STATUS if isinstance(error, kind)), 409)
        typed = [(name, text) for name, text in self.fields.those(SECRET_FIELDS) if len(text) > 20]
        return self.page("refused.html", status=status, error=error, typed=typed)

    def again(self, **changed: str | None) -> str:
        """The address of this page with some of its fields changed; None takes one out.

        Args:
            changed: fields by name.
        """
        kept = [(name, text) for name, text in self.fields.those(changed)]
        pairs = [*kept, *((name, text) for name, text in changed.items() if text)]
        query = "&".join(f"{quote(name)}={quote(text)}" for name, text in pairs)
        return f"{self.path}?{query}" if query else self.path

    def _told_before(self) -> tuple[str, dict[str, object]] | None:
        """What `go` wrote into the cookie: the sentence, and what stands in its places."""
        told = self.request.cookies.get(self.desk.cookie("said"))
        # Anybody may send any cookie: only what `go` could have written is read.
        if told is None or len(told) > 3 * _SAID_LONGEST:
            return None
        try:
            words, values = json.loads(unquote(told))
            fits = _PLACES.fullmatch(words) is not None and isinstance(values, dict)
        except (ValueError, TypeError, RecursionError):
            return None
        return (words, values) if fits else None
