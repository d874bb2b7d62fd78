"""Counting refusals, by user name and by network address, and locking out for a while.

An attempt is counted before it is looked at, and given back when it was right: however many are sent at
the same moment, no more are looked at than the settings allow. Names that nobody has are counted and locked
out alike.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from ipaddress import IPv6Address, ip_address, ip_network

from sqlalchemy import delete
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from worker.signin.errors import LockedOut
from worker.signin.ground import Ground
from worker.store import tables as t

_NAME, _ADDRESS = "user_name", "address"


@dataclass(frozen=True, slots=True)
class Attempt:
    """One attempt that was counted.

    Attributes:
        keys: what it was counted by: (counted_by, hash).
        last: by which of them it was the last one before a lock-out, if it is refused.
    """

    keys: tuple[tuple[str, str], ...]
    last: tuple[str, ...]


def count(ground: Ground, user_name: str, address: str | None) -> Attempt:
    """Count an attempt, as refused for now.

    Args:
        user_name: folded, as typed; whether there is one plays no part.
        address: the network address that it came from; None where somebody is signed in already.

    Raises:
        LockedOut: there were too many. Nothing was counted.
    """
    now, web = ground.clock.now(), ground.web
    most = {_NAME: web.lockout_failures, _ADDRESS: web.address_failures}
    keys = [(_NAME, name_key(ground, user_name))]
    if address is not None:
        keys.append((_ADDRESS, ground.key.hash(_ADDRESS, network_of(address))))
    span = timedelta(minutes=web.lockout_minutes)
    last = []
    with ground.store.write() as session:
        for by, key in keys:
            row = _row(session, by, key, now)
            if row.locked_until is not None and now < row.locked_until:
                raise LockedOut(row.locked_until)
            if row.locked_until is not None or now >= row.since + span:
                row.failures, row.since, row.locked_until = 0, now, None
            row.failures += 1
            if row.failures >= most[by]:
                row.locked_until = now + span
                last.append(by)
    return Attempt(tuple(keys), tuple(last))


def give_back(session: Session, attempt: Attempt) -> None:
    """Take an attempt back that was not refused. Refusals before it stay counted."""
    for by, key in attempt.keys:
        row = session.get(t.SignInLimit, (by, key), with_for_update=True)
        if row is not None:
            row.failures = max(0, row.failures - 1)
            row.locked_until = None if by in attempt.last else row.locked_until


def clear_name(session: Session, key: str) -> None:
    """Forget the refusals of a user name: its owner has signed in, or was given a new password.

    Args:
        key: from `name_key`.
    """
    session.execute(
        delete(t.SignInLimit).where(t.SignInLimit.counted_by == _NAME, t.SignInLimit.key_hash == key)
    )


def name_key(ground: Ground, user_name: str) -> str:
    """What a folded user name is counted by. A hash: people type passwords into that field.

    Raises:
        KeyringFault: the key of signing in cannot be used.
    """
    return ground.key.hash(_NAME, user_name)


def network_of(address: str) -> str:
    """What an address is counted by: itself, or for IPv6 the network that one household or office has."""
    try:
        known = ip_address(address)
    except ValueError:
        return "unknown"
    if isinstance(known, IPv6Address):
        if known.ipv4_mapped is not None:
            return str(known.ipv4_mapped)
        return str(ip_network(f"{known}/64", strict=False)) if known.scope_id is None else str(known)
    return str(known)


def _row(session: Session, by: str, key: str, now: datetime) -> t.SignInLimit:
    """The row of a name or an address, alone in it until the transaction ends."""
    dialect = sqlite if session.get_bind().dialect.name == "sqlite" else postgresql
    fresh = {"counted_by": by, "key_hash": key, "failures": 0, "since": now, "locked_until": None}
    made = dialect.insert(t.SignInLimit).values(fresh)
    # One statement, so that nobody removes the row between its being found and its being held.
    held = made.on_conflict_do_update(
        index_elements=[t.SignInLimit.counted_by, t.SignInLimit.key_hash],
        set_={"failures": t.SignInLimit.failures},
    ).returning(t.SignInLimit)
    row: t.SignInLimit = session.scalars(held, execution_options={"populate_existing": True}).one()
    return row
