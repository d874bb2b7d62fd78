"""What signing in leaves behind, and for how long."""

from __future__ import annotations

from datetime import timedelta

from sqlalchemy import delete, or_, select

from worker.signin import sessions
from worker.signin.ground import Ground
from worker.store import tables as t

#: So long after its end a session is forgotten; the audit goes on saying that it was.
KEPT = timedelta(days=90)


def run(ground: Ground) -> None:
    """End the sessions that nobody came back to, and remove what has been over for long enough."""
    now, web = ground.clock.now(), ground.web
    idle = t.WebSession.seen_at <= now - timedelta(minutes=web.idle_minutes)
    over = select(t.WebSession.id).where(
        t.WebSession.ended_at.is_not(None), t.WebSession.ended_at <= now - KEPT
    )
    counted = now - timedelta(minutes=web.lockout_minutes)
    with ground.store.write() as session:
        sessions.end(session, now, idle, "idle")
        session.execute(
            delete(t.UsedForm).where(or_(t.UsedForm.session_id.in_(over), t.UsedForm.used_at <= now - KEPT))
        )
        session.execute(delete(t.WebSession).where(t.WebSession.ended_at <= now - KEPT))
        session.execute(
            delete(t.SignInLimit).where(
                t.SignInLimit.since <= counted,
                or_(t.SignInLimit.locked_until.is_(None), t.SignInLimit.locked_until <= now),
            )
        )
