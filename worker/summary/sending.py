"""One sender at a time, each week once: the row of a summary as a lease."""

from __future__ import annotations

import secrets
import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import or_, select, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from worker.errors import Conflict, NotYet
from worker.store import tables as t
from worker.summary.figures import Figures
from worker.summary.weeks import Week

#: How long one try may take before another process may try.
_TERM = timedelta(minutes=5)


@dataclass(frozen=True, slots=True)
class Claim:
    """The right to send one week's summary, for a few minutes.

    Attributes:
        message_id: stored before the first try, and the same in each.
    """

    week: Week
    token: str
    message_id: str
    due_at: datetime
    made_at: datetime
    figures: Figures


def claim(
    session: Session, week: Week, *, due_at: datetime, now: datetime, figures: Figures, domain: str
) -> Claim | None:
    """Take the right to send a week's summary, and keep its figures and Message-ID.

    Args:
        domain: the right side of the Message-ID.

    Returns:
        The claim, or None where the summary was sent already.

    Raises:
        NotYet: another process is sending it.
    """
    dialect = sqlite if session.get_bind().dialect.name == "sqlite" else postgresql
    first = {
        "week": week.name,
        "due_at": due_at,
        "made_at": now,
        "message_id": f"<{week.name}.{secrets.token_hex(10)}@{domain}>",
        "recipients": [],
        "refused": [],
        "figures": {},
    }
    session.execute(dialect.insert(t.Summary).values(first).on_conflict_do_nothing())
    token = str(uuid.uuid4())
    free = or_(t.Summary.sending_until.is_(None), t.Summary.sending_until <= now)
    row = session.execute(
        update(t.Summary)
        .where(t.Summary.week == week.name, t.Summary.sent_at.is_(None), free)
        .values(sending_token=token, sending_until=now + _TERM, made_at=now, figures=figures.as_json())
        .returning(t.Summary.message_id, t.Summary.due_at)
    ).one_or_none()
    if row is not None:
        return Claim(week, token, row.message_id, row.due_at, now, figures)
    held = session.execute(
        select(t.Summary.sent_at, t.Summary.sending_until).where(t.Summary.week == week.name)
    ).one()
    if held.sent_at is not None:
        return None
    raise NotYet(
        f"Another process is sending the summary of {week.name}.",
        seconds=max(1.0, (held.sending_until - now).total_seconds()),
    )


def release(session: Session, held: Claim) -> None:
    """Give the right back after a failed try."""
    session.execute(
        update(t.Summary)
        .where(t.Summary.week == held.week.name, t.Summary.sending_token == held.token)
        .values(sending_token=None, sending_until=None)
    )


def sent(
    session: Session, held: Claim, *, now: datetime, accepted: Sequence[str], refused: Sequence[str]
) -> None:
    """Keep that the mail server took the mail, and for whom.

    Raises:
        Conflict: another process has recorded it already.
    """
    row = session.execute(
        update(t.Summary)
        .where(t.Summary.week == held.week.name, t.Summary.sent_at.is_(None))
        .values(
            sent_at=now,
            recipients=list(accepted),
            refused=list(refused),
            sending_token=None,
            sending_until=None,
        )
        .returning(t.Summary.week)
    ).one_or_none()
    if row is None:
        raise Conflict(
            f"The summary of {held.week.name} was sent by two processes; both mails carry one Message-ID."
        )
