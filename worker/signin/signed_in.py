"""Who is signed in: what every page of the review site is handed, made by the stage alone."""

from __future__ import annotations

import hashlib
import hmac
import secrets
from collections.abc import Collection
from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal

from worker.ledger.audit import Actor
from worker.settings_web import Web
from worker.signin.errors import StillToDo
from worker.signin.ground import SOURCE
from worker.signin.preferences import Preferences

Way = Literal["local", "oidc"]
First = Literal["change_password", "set_up_second_factor"]


@dataclass(frozen=True, slots=True)
class SecondFactor:
    """How it is with a person's second factor.

    Attributes:
        shown: it was shown in this session.
        set_up: an authenticator app belongs to the person's sign-in of Upstander's own.
        required: the settings ask for one, of everybody or of a role of theirs.
    """

    shown: bool
    set_up: bool
    required: bool


@dataclass(frozen=True, slots=True)
class SignedIn:
    """One person in one session.

    Attributes:
        token: the session's, for the cookie. Printing this shows no secret.
        user_name: of the person's own sign-in, or None where they came over the identity provider alone.
        roles: those that count now, those for a time among them.
        confirmed_at: when the person last showed that it is them.
        must_change: whether the password has to be changed before anything else.
    """

    token: str = field(repr=False)
    session_id: int
    person_id: int
    name: str
    user_name: str | None
    roles: frozenset[str]
    how: Way
    started_at: datetime
    confirmed_at: datetime
    must_change: bool
    second_factor: SecondFactor
    preferences: Preferences

    @property
    def first(self) -> First | None:
        """What has to be done before anything else; None where nothing is."""
        if self.must_change:
            return "change_password"
        if self.second_factor.required and not self.second_factor.shown:
            return "set_up_second_factor"
        return None

    @property
    def actor(self) -> Actor:
        """Who acts, for the stages.

        Raises:
            StillToDo: there is something to do before anything else. No page can forget it.
        """
        if self.first is not None:
            raise StillToDo(self.first)
        return Actor(self.person_id, SOURCE)

    @property
    def csrf(self) -> str:
        """What every form of this session carries: it follows from the token and is kept nowhere.

        Another each time: pages are compressed and hold words of strangers, and from the lengths of many of
        them whoever listens on the line could else guess it (BREACH).
        """
        salt = secrets.token_hex(16)
        return salt + self._mark(salt)

    def csrf_holds(self, given: str) -> bool:
        """Whether a form carries this session's mark."""
        salt, mark = given[:32], given[32:]
        return hmac.compare_digest(self._mark(salt).encode("ascii"), mark.encode("utf-8", "replace"))

    def _mark(self, salt: str) -> str:
        key, words = self.token.encode("utf-8"), f"upstander form {salt}"
        return hmac.new(key, words.encode("utf-8", "replace"), hashlib.sha256).hexdigest()


def needs_second_factor(web: Web, roles: Collection[str]) -> bool:
    """Whether somebody with these roles must use a second factor."""
    return web.second_factor == "required" or not frozenset(web.second_factor_roles).isdisjoint(roles)
