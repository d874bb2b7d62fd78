r"""Checkpoints: signed statements of the ledger's size and root at one moment.

The text that is signed has five lines, each ended by a line feed:

    Upstander ledger checkpoint 1
    trust: Ashdown NHS Trust
    size: 1234
    root: 5e43...                    (64 hex digits: the RFC 6962 tree hash of the first 1234 leaves)
    time: 2026-11-21T10:15:30Z       (UTC)

The signature is a detached CMS file over exactly these bytes, by the key that evidence is signed with:

    openssl cms -verify -binary -inform DER -in X.txt.p7s -content X.txt -CAfile certificate.pem \
        -no-CApath -no-CAstore -partial_chain -purpose any -out /dev/null
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from worker.clock import Clock
from worker.keyring import Keyring
from worker.ledger.sequencer import held_head
from worker.steps import Steps, unobserved
from worker.store.session import Store
from worker.store.tables import Checkpoint

_TITLE = "Upstander ledger checkpoint 1"
_BODY = re.compile(
    rf"{_TITLE}\ntrust: (?P<trust>[^\n]*)\nsize: (?P<size>[1-9][0-9]{{0,18}})\n"
    r"root: (?P<root>[0-9a-f]{64})\ntime: (?P<time>\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ)\n"
)
_TIME = "%Y-%m-%dT%H:%M:%SZ"
#: Read together in a pass over all of them.
_PAGE = 500


@dataclass(frozen=True, slots=True)
class Statement:
    """What a checkpoint's text says."""

    trust: str
    size: int
    root: bytes
    time: datetime


@dataclass(frozen=True, slots=True)
class Signed:
    """A checkpoint as it is kept and handed out.

    Attributes:
        signature: detached CMS over the text, DER.
    """

    size: int
    root: str
    made_at: datetime
    text: str
    signature: bytes


def text_of(said: Statement) -> str:
    """The text to sign. A Trust's name stays on its line."""
    trust = " ".join("".join(each if each.isprintable() else " " for each in said.trust).split())
    time = said.time.astimezone(UTC).strftime(_TIME)
    return f"{_TITLE}\ntrust: {trust}\nsize: {said.size}\nroot: {said.root.hex()}\ntime: {time}\n"


def read_text(body: str) -> Statement | None:
    """What a checkpoint's text says, or None where it is no such text."""
    found = _BODY.fullmatch(body)
    if found is None:
        return None
    try:
        time = datetime.strptime(found["time"], _TIME).replace(tzinfo=UTC)
    except ValueError:
        return None
    return Statement(found["trust"], int(found["size"]), bytes.fromhex(found["root"]), time)


def make_checkpoint(
    store: Store,
    clock: Clock,
    keyring: Keyring,
    trust_name: str,
    *,
    every: timedelta,
    steps: Steps = unobserved,
) -> Signed | None:
    """Sign the ledger as it is, if it grew and the last checkpoint is old enough.

    Args:
        every: how old the last one must be; zero to sign whatever is new at once.

    Returns:
        The new checkpoint, or None where none was due.

    Raises:
        KeyringFault: there is no key that can sign now.
        LedgerFault: the head does not fit the entries; nothing is signed.
    """
    with store.read() as session:
        last = newest(session)
    now = clock.now().replace(microsecond=0)
    # A clock that was ahead and was put right does not keep anything from being signed.
    if last is not None and last.made_at <= now < last.made_at + every:
        return None
    with store.write() as session:
        head, last = held_head(session, now), newest(session)
        if head.size == (last.size if last else 0):
            return None
        body = text_of(Statement(trust_name, head.size, head.root, now))
        made = Signed(head.size, head.root.hex(), now, body, keyring.sign(body.encode(), now))
        session.add(_row(made))
        steps("ledger.signed")
    steps("ledger.checkpointed")
    return made


def newest(session: Session) -> Signed | None:
    """The checkpoint of the largest size."""
    row = session.scalars(select(Checkpoint).order_by(Checkpoint.size.desc()).limit(1)).one_or_none()
    return None if row is None else _signed(row)


def first_over(session: Session, position: int) -> Signed | None:
    """The earliest checkpoint that covers the entry at a position."""
    row = session.scalars(
        select(Checkpoint).where(Checkpoint.size > position).order_by(Checkpoint.size).limit(1)
    ).one_or_none()
    return None if row is None else _signed(row)


def every_checkpoint(session: Session) -> Iterator[Signed]:
    """All of them by size, read a few at a time."""
    after = -1
    while True:
        page = session.scalars(
            select(Checkpoint).where(Checkpoint.size > after).order_by(Checkpoint.size).limit(_PAGE)
        ).all()
        yield from (_signed(row) for row in page)
        session.expunge_all()
        if len(page) < _PAGE:
            return
        after = page[-1].size


def _row(made: Signed) -> Checkpoint:
    return Checkpoint(
        size=made.size, root=made.root, made_at=made.made_at, body=made.text, signature=made.signature
    )


def _signed(row: Checkpoint) -> Signed:
    return Signed(row.size, row.root, row.made_at, row.body, row.signature)
