"""The allow-list: the Trust's own accounts, the only ones that are ever polled."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.exc import IntegrityError

from connectors.contract import Account, Platform
from worker.clock import Clock
from worker.errors import Conflict, NotFound
from worker.ledger import audit
from worker.ledger.audit import Actor
from worker.review.rights import Right, permitted, require
from worker.store import tables as t
from worker.store.session import Store

_HANDLE = re.compile(r"[\w.-]{1,200}", re.ASCII)
_SECRET = re.compile(r"[A-Za-z0-9][\w.-]{0,99}", re.ASCII)


@dataclass(frozen=True)
class Accounts:
    """The accounts that are polled, and who may change them.

    Attributes:
        polled: the platforms that there is a connector for.
    """

    store: Store
    clock: Clock
    polled: Sequence[Platform]

    def add(self, actor: Actor, account: Account, *, credential: str) -> int:
        """Put an account on the list. Polling starts at the scheduler's next look.

        Args:
            credential: the name of the secret that opens it.

        Returns:
            The account's row id.

        Raises:
            NotAllowed: the actor may not manage accounts.
            Conflict: the account is there already, its platform has no connector, or its number, handle or
                secret cannot be one.
        """
        with permitted(self.store, self.clock, actor, Right.MANAGE_ACCOUNTS, "account") as session:
            if account.platform not in self.polled:
                raise Conflict(
                    f"There is no connector for {account.platform}.",
                    safe="No account was added.",
                    do=f"The platforms are {', '.join(self.polled)}.",
                )
            _check(account, credential)
            same = select(t.Account.id).where(
                t.Account.platform == account.platform.value, t.Account.handle == account.handle
            )
            if session.scalar(same) is not None:
                raise Conflict(
                    f"There is a {account.platform} account {account.handle} already.",
                    safe="No account was added.",
                    do="`upstander accounts list` shows it.",
                )
            row = t.Account(
                platform=account.platform.value,
                external_id=account.external_id,
                handle=account.handle,
                credential=credential,
                paused=False,
                created_at=self.clock.now(),
            )
            session.add(row)
            try:
                session.flush()
            except IntegrityError as error:
                raise Conflict(
                    f"The {account.platform} account {account.external_id} is there already.",
                    safe="Nothing was changed.",
                    do="`upstander accounts list` shows it.",
                ) from error
            detail = {"platform": row.platform, "external_id": row.external_id}
            audit.record(
                session, actor, "account_added", "account", row.id, now=self.clock.now(), detail=detail
            )
            return row.id

    def pause(self, actor: Actor, account_id: int, *, paused: bool) -> None:
        """Stop polling an account, or go on with it. What was polled stays.

        Raises:
            NotAllowed: the actor may not manage accounts.
            NotFound: there is no such account.
        """
        with permitted(
            self.store, self.clock, actor, Right.MANAGE_ACCOUNTS, "account", account_id
        ) as session:
            row = session.get(t.Account, account_id)
            if row is None:
                raise _no_account(str(account_id))
            row.paused = paused
            verb = "account_paused" if paused else "account_resumed"
            audit.record(session, actor, verb, "account", account_id, now=self.clock.now())

    def find(self, name: str) -> t.Account:
        """The account with this row id or handle.

        Raises:
            NotFound: there is none.
            Conflict: the handle is used on several platforms.
        """
        with self.store.read() as session:
            rows = session.scalars(select(t.Account).where(t.Account.handle == name.removeprefix("@"))).all()
            if not rows and name.isascii() and name.isdigit():
                rows = session.scalars(select(t.Account).where(t.Account.id == int(name))).all()
        if not rows:
            raise _no_account(name)
        if len(rows) > 1:
            numbers = ", ".join(str(row.id) for row in rows)
            raise Conflict(f"Several accounts are called {name}.", do=f"Say which by its number: {numbers}.")
        return rows[0]

    def list(self) -> Sequence[t.Account]:
        """Every account, in the order in which they were added."""
        with self.store.read() as session:
            return session.scalars(select(t.Account).order_by(t.Account.id)).all()

    def may_manage(self, actor: Actor) -> None:
        """Refuse unless the actor may manage accounts; the refusal is audited.

        Raises:
            NotAllowed: they may not.
        """
        require(self.store, self.clock, actor, Right.MANAGE_ACCOUNTS, "account")


def _no_account(name: str) -> NotFound:
    return NotFound(f"There is no account {name}.", do="`upstander accounts list` shows all of them.")


def _check(account: Account, credential: str) -> None:
    """Refuse what cannot be right, before anything is polled with it.

    Raises:
        Conflict: with what to write instead.
    """
    if not account.external_id.isascii() or not account.external_id.isdigit():
        raise Conflict(
            "The platform's id of an account is a number.",
            safe="No account was added.",
            do="It is not the handle: the platform shows it in the account's settings.",
        )
    if not _HANDLE.fullmatch(account.handle):
        raise Conflict("A handle is letters, digits, dots, - and _ only.", safe="No account was added.")
    if not _SECRET.fullmatch(credential):
        raise Conflict(
            "The name of a secret is letters, digits, dots, - and _ only.", safe="No account was added."
        )
