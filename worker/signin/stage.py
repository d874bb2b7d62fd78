"""Signing in, as the review site and the command line see it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from worker.ledger.audit import Actor
from worker.signin import factor, federated, forms, local, preferences, sessions, upkeep, ways
from worker.signin.factor import SetUp
from worker.signin.ground import Ground
from worker.signin.preferences import Preferences
from worker.signin.sessions import SessionFacts
from worker.signin.signed_in import SignedIn
from worker.signin.ways import Invitation, WayIn


@dataclass(frozen=True, slots=True)
class SignIns:
    """Everything about signing in. Each method says more where it is written: see the module it calls."""

    ground: Ground

    def create(self, actor: Actor, person_id: int, user_name: str | None = None) -> Invitation:
        """Give somebody a sign-in and a one-time password (`ways.create`)."""
        return ways.create(self.ground, actor, person_id, user_name)

    def reset(self, actor: Actor, person_id: int) -> Invitation:
        """Give somebody a new one-time password, without second factor and sessions (`ways.reset`)."""
        return ways.reset(self.ground, actor, person_id)

    def end(self, actor: Actor, person_id: int) -> None:
        """Take somebody's ways in away (`ways.end`)."""
        ways.end(self.ground, actor, person_id)

    def end_all(self, actor: Actor, person_id: int) -> int:
        """End all sessions of somebody (`ways.end_sessions`)."""
        return ways.end_sessions(self.ground, actor, person_id)

    def sessions_of(self, actor: Actor, person_id: int) -> Sequence[SessionFacts]:
        """The open sessions of somebody (`ways.sessions_of`)."""
        return ways.sessions_of(self.ground, actor, person_id)

    def ways_in(self, actor: Actor) -> Sequence[WayIn]:
        """How everybody signs in (`ways.ways_in`)."""
        return ways.ways_in(self.ground, actor)

    def sign_in(self, user_name: str, password: str, code: str | None, address: str) -> SignedIn:
        """Begin a session with a password of Upstander's own (`local.sign_in`)."""
        return local.sign_in(self.ground, user_name, password, code, address)

    def start_federated(self, issuer: str, subject: str, claims: Mapping[str, Any]) -> SignedIn:
        """Begin a session with a checked token of the identity provider (`federated.start`)."""
        return federated.start(self.ground, issuer, subject, claims)

    def who(self, token: str, *, renew: bool = True) -> SignedIn | None:
        """Who is signed in with a token; None where nobody is (`sessions.who`)."""
        return sessions.who(self.ground, token, renew=renew)

    def sign_out(self, token: str) -> None:
        """End the session of a token (`sessions.sign_out`)."""
        sessions.sign_out(self.ground, token)

    def sign_out_elsewhere(self, me: SignedIn) -> int:
        """End one's own other sessions (`sessions.sign_out_elsewhere`)."""
        return sessions.sign_out_elsewhere(self.ground, me)

    def confirm(self, me: SignedIn, password: str, code: str | None) -> SignedIn:
        """Show again, with a password, that it is still the same person (`local.confirm`)."""
        return local.confirm(self.ground, me, password, code)

    def confirm_federated(
        self, me: SignedIn, issuer: str, subject: str, claims: Mapping[str, Any]
    ) -> SignedIn:
        """Show it again with a fresh token of the identity provider (`federated.confirm`)."""
        return federated.confirm(self.ground, me, issuer, subject, claims)

    def must_be_confirmed(self, me: SignedIn, within: timedelta | None = None) -> None:
        """Refuse what bites to whoever showed too long ago that it is them (`local.must_be_confirmed`)."""
        local.must_be_confirmed(self.ground, me, within)

    def change_password(self, me: SignedIn, old: str, new: str) -> SignedIn:
        """Change one's own password (`local.change_password`)."""
        return local.change_password(self.ground, me, old, new)

    def begin_second_factor(self, me: SignedIn, sealed: str | None = None) -> SetUp:
        """Make a secret for an authenticator app (`factor.begin`)."""
        return factor.begin(self.ground, me, sealed)

    def confirm_second_factor(self, me: SignedIn, sealed: str, code: str) -> tuple[str, ...]:
        """Keep that secret, and give the recovery codes (`factor.confirm`)."""
        return factor.confirm(self.ground, me, sealed, code)

    def new_recovery_codes(self, me: SignedIn) -> tuple[str, ...]:
        """Make new recovery codes (`factor.new_recovery_codes`)."""
        return factor.new_recovery_codes(self.ground, me)

    def use_form(self, session_id: int, nonce: str) -> bool:
        """Whether a form is sent for the first time; noted before what it asks for is done (`forms.use`)."""
        return forms.use(self.ground, session_id, nonce)

    def prefer(self, me: SignedIn, chosen: Preferences) -> None:
        """Keep how somebody wants the review site to be (`preferences.keep`)."""
        preferences.keep(self.ground, me.person_id, chosen)

    def schedule(self) -> None:
        """End what nobody came back to, and remove what has been over for long enough (`upkeep.run`)."""
        upkeep.run(self.ground)
