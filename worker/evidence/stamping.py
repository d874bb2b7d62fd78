"""Trusted timestamps for what is sealed: fetched after sealing, so that no threat waits for an authority.

One job stamps whatever waits: each tagmanifest by itself while few wait, and all of them together through a
Merkle root when many do, because authorities limit how often they may be asked. A bag that was stamped by an
attempt that did not live to enter it is recognised by its sidecars and entered.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session

from worker import outbox
from worker.clock import Clock
from worker.errors import EvidenceFault, NotYet
from worker.evidence.bag import TAGMANIFEST, TIMESTAMP, sha256
from worker.evidence.bagstore import BagStore
from worker.evidence.following import ask_for_stamps, unstamped
from worker.evidence.shared_stamp import Stamped, stamp_bags
from worker.evidence.sidecars import Trust, stamp_of
from worker.evidence.timestamp import Authority, AuthorityRefused, AuthorityUnreachable, TimestampWrong, Token
from worker.evidence.verify import read_small
from worker.ledger import audit
from worker.ledger.audit import Actor
from worker.log import get
from worker.steps import Steps
from worker.store import tables as t
from worker.store.session import Store

_ITSELF = Actor(None, "stamp")
_AT_ONCE = 256
#: More than a tagmanifest takes.
_MOST_BYTES = 64 * 1024
_TRY_AGAIN_SECONDS = 60.0


log = get("evidence")


@dataclass(frozen=True, slots=True)
class Entry:
    """One bag with the timestamp that its sidecars hold.

    Attributes:
        offset: the authority's clock less the host's when it was asked, in seconds; None where an earlier
            attempt asked.
    """

    row: t.Snapshot
    token: Token
    shared: bool
    offset: float | None


@dataclass(frozen=True, slots=True)
class Stamping:
    """Stamps sealed snapshots.

    Attributes:
        authority: gives the timestamp authority, or None where the settings name none.
        share_from: from so many waiting snapshots on, one timestamp is shared.
        steps: told of every named step.
    """

    store: Store
    clock: Clock
    shelf: BagStore
    trust: Trust
    authority: Callable[[], Authority | None]
    share_from: int
    steps: Steps

    def run(self, finish: outbox.Finish) -> None:
        """Stamp what waits, and enter it. Running it twice is harmless.

        Raises:
            NotYet: the authority gave nothing; what waits says `timestamp: pending` and is tried again.
        """
        authority = self.authority()
        done: list[Entry] = []
        why: EvidenceFault | None = None
        more = False
        if authority is not None:
            try:
                more = self._stamp_waiting(authority, done)
            except (AuthorityUnreachable, AuthorityRefused, TimestampWrong) as fault:
                why = fault
        with self.store.write() as session:
            for stamped in done:
                self._enter(session, stamped)
            if why is None:
                finish(session)
                if more:
                    session.flush()
                    ask_for_stamps(session, self.clock.now())
            self.steps("stamp.written")
        self.steps("stamp.committed")
        if why is not None:
            raise NotYet(why.happened, seconds=_TRY_AGAIN_SECONDS) from why

    def schedule(self) -> None:
        """Write the job where something waits and no job does: a nudge may have crossed a job's end."""
        if self.authority() is None or not self._waiting(1):
            return
        with self.store.write() as session:
            ask_for_stamps(session, self.clock.now())

    def _waiting(self, most: int, *, after: int = 0) -> Sequence[t.Snapshot]:
        """Sealed snapshots without a timestamp and with a higher id, the oldest first."""
        with self.store.read() as session:
            rows = session.scalars(
                select(t.Snapshot)
                .where(unstamped(), t.Snapshot.id > after)
                .order_by(t.Snapshot.id)
                .limit(most)
            ).all()
            session.expunge_all()
        return rows

    def _stamp_waiting(self, authority: Authority, done: list[Entry]) -> bool:
        """Stamp what waits, adding it to `done`. What cannot be stamped is passed by: others come after it.

        Returns:
            Whether there may be more. Never so where nothing was done: that would keep us busy for nothing.
        """
        last = 0
        while len(done) < _AT_ONCE:
            rows = self._waiting(_AT_ONCE, after=last)
            if not rows:
                return False
            self._stamp(authority, rows, done)
            last = rows[-1].id
        return True

    def _stamp(self, authority: Authority, rows: Sequence[t.Snapshot], done: list[Entry]) -> None:
        """Stamp bags; those that were are in `done` even where a later one fails."""
        todo: list[tuple[t.Snapshot, bytes]] = []
        for row in rows:
            there = self._there(row)
            if there is not None:
                done.append(there)
                continue
            content = self._tagmanifest(row)
            if content is not None:
                todo.append((row, content))
        together = len(todo) >= self.share_from
        bags = stamp_bags(authority, [content for _, content in todo], self.share_from)
        offset = None
        for row, _ in todo:
            before = self.clock.now()
            stamped = next(bags)
            self.steps("stamp.asked")
            if offset is None or not together:
                # How far the authority's clock was from the middle of asking it.
                offset = (stamped.token.at - before - (self.clock.now() - before) / 2).total_seconds()
            try:
                done.append(self._put(row, stamped, shared=together, offset=offset))
            except EvidenceFault as fault:
                # One bag that cannot be written must not keep all others from their timestamps.
                log.warning("not_stamped", snapshot_id=row.id, why=fault.happened)

    def _put(self, row: t.Snapshot, stamped: Stamped, *, shared: bool, offset: float | None) -> Entry:
        """Put a stamp beside a bag, unless another process that was slower or faster put one there."""
        with self.shelf.alone(row.bag or ""):
            there = self._there(row)
            if there is not None:
                return there
            # The timestamp last: until it is there, what lies beside it means nothing.
            names = sorted(stamped.files, key=TIMESTAMP.__eq__)
            self.shelf.put_beside(row.bag or "", {name: stamped.files[name] for name in names})
        self.steps("stamp.put")
        return Entry(row, stamped.token, shared=shared, offset=offset)

    def _there(self, row: t.Snapshot) -> Entry | None:
        """What an earlier attempt left beside the bag, if it holds."""
        with suppress(EvidenceFault, OSError):
            found = stamp_of(self.shelf.folder(row.bag or ""), self.trust)
            if found is not None:
                return Entry(row, found.token, shared=found.shared, offset=None)
        return None

    def _tagmanifest(self, row: t.Snapshot) -> bytes | None:
        """The bytes to stamp: only the very ones that the row holds the hash of."""
        content = b""
        with suppress(EvidenceFault):
            content = read_small(self.shelf.folder(row.bag or "") / TAGMANIFEST, _MOST_BYTES) or b""
        if sha256(content) == row.tagmanifest_sha256:
            return content
        # `evidence verify` names it; a timestamp over something else would only lend it weight.
        log.error("not_stamped_because_altered", snapshot_id=row.id)
        return None

    def _enter(self, session: Session, stamped: Entry) -> None:
        row, token, now = stamped.row, stamped.token, self.clock.now()
        if session.get(t.Timestamp, row.id) is not None:
            return
        session.add(
            t.Timestamp(
                snapshot_id=row.id,
                stamped_at=token.at,
                authority=token.authority,
                serial=str(token.serial),
                token_sha256=sha256(token.der),
                shared=stamped.shared,
                clock_offset=stamped.offset,
                entered_at=now,
            )
        )
        facts = {
            "case_id": row.case_id,
            "stamped_at": token.at.isoformat(),
            "authority": token.authority,
            "token_sha256": sha256(token.der),
            "shared": stamped.shared,
        }
        audit.record(session, _ITSELF, "timestamped", "snapshot", row.id, now=now, detail=facts)


def newest_comparison(session: Session) -> t.Timestamp | None:
    """The newest timestamp that compared the host's clock with its authority's."""
    return session.scalars(
        select(t.Timestamp)
        .where(t.Timestamp.clock_offset.is_not(None))
        .order_by(t.Timestamp.snapshot_id.desc())
        .limit(1)
    ).one_or_none()
