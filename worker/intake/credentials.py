"""Renewing what opens an account: written into the secrets folder, never shown, never in the database."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from connectors.contract import Platform
from worker.clock import Clock
from worker.errors import Conflict, NotFound
from worker.ledger import audit
from worker.ledger.audit import Actor
from worker.review.rights import Right, permitted
from worker.secrets_folder import Secrets
from worker.store import tables as t
from worker.store.platform import HANDED_IN
from worker.store.session import Store


@dataclass(frozen=True)
class Credentials:
    """The accounts' credentials, to be written and never to be read by people.

    Attributes:
        names: what the credentials of each platform may be called.
    """

    store: Store
    clock: Clock
    secrets: Secrets
    names: Mapping[Platform, Sequence[str]]

    def renew(self, actor: Actor, account_id: int, given: Mapping[str, str]) -> None:
        """Put new credentials of an account in the place of all that it had; the next poll uses them.

        Args:
            given: the values by name; what is empty is left out. The audit keeps the names alone.

        Raises:
            NotAllowed: the actor may not manage accounts.
            NotFound: there is no such account, or its platform knows no such name.
            Conflict: nothing was given, or the account is the one of hand-ins.
            SettingsError: this process cannot write them.
        """
        filled = {name: value.strip() for name, value in given.items() if value.strip()}
        with permitted(
            self.store, self.clock, actor, Right.MANAGE_ACCOUNTS, "account", account_id
        ) as session:
            row = session.get(t.Account, account_id)
            if row is None:
                raise NotFound(f"There is no account {account_id}.")
            if row.platform == HANDED_IN:
                raise Conflict("What staff hand in needs no credentials.", safe="Nothing was changed.")
            known = self.names[Platform(row.platform)]
            if unknown := sorted(filled.keys() - set(known)):
                raise NotFound(f"{row.platform} has no credentials called {', '.join(unknown)}.")
            if not filled:
                raise Conflict("No credentials were given.", safe="What was there stays in use.")
            detail = {"names": sorted(filled), "os_user": actor.os_user}
            now = self.clock.now()
            audit.record(session, actor, "credentials_renewed", "account", account_id, now=now, detail=detail)
            # Last in the transaction: where the file cannot be written, nothing says that it was.
            self.secrets.replace(row.credential, filled)
