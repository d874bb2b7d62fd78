"""The daily summary of a major incident: sent each morning while it lasts, numbers only."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from worker import outbox
from worker.clock import LONDON, Clock, for_people
from worker.ledger import audit
from worker.ledger.audit import Actor
from worker.log import get
from worker.review.incidents import IncidentView, incident_on
from worker.settings import Summaries as SummarySettings
from worker.store import tables as t
from worker.store.platform import SEVERITIES
from worker.store.session import Store
from worker.summary import counts, words
from worker.summary.mailer import Letter, Mailer
from worker.summary.stage import unready

#: When it is sent, by the clock in London.
SENT_AT = time(8)
_DAY = timedelta(days=1)
_WORKER = Actor(None, "summary")

log = get("incident_day")


@dataclass(frozen=True)
class IncidentDays:
    """Daily summaries: each day of an incident is sent once.

    The Message-ID is the incident's and the day's. If the process dies after the mail server took the mail
    and before that is recorded, it is sent again under the same one, by which mailboxes recognise it.
    """

    store: Store
    clock: Clock
    settings: SummarySettings
    mailer: Mailer
    trust_name: str

    def schedule(self) -> None:
        """Write the job for this morning's summary if it is due. Writing it twice does nothing."""
        now = self.clock.now()
        with self.store.read() as session:
            day = self._due(session, now)
        if day is None or unready(self.settings, self.mailer):
            return
        incident_id, when = day
        with self.store.write() as session:
            payload = {"incident_id": incident_id, "day": when.isoformat()}
            outbox.enqueue(
                session, "incident_day", payload, now=now, key=f"incident_day:{incident_id}:{when}"
            )

    def send(self, incident_id: int, day: str, finish: outbox.Finish) -> None:
        """Send one day's summary, unless it was sent already or the incident is over by now.

        Raises:
            MailFault: the mail server took it for nobody.
        """
        now, when = self.clock.now(), date.fromisoformat(day)
        with self.store.read() as session:
            incident = incident_on(session, now)
            sent = session.get(t.IncidentMail, (incident_id, when))
            text = "" if incident is None else _text(session, incident, self.trust_name, now)
        if incident is not None and incident.id == incident_id and sent is None:
            self._send(incident, when, text, now)
        with self.store.write() as session:
            finish(session)

    def _send(self, incident: IncidentView, day: date, text: str, now: datetime) -> None:
        sender = self.mailer.sender
        recipients = tuple(dict.fromkeys(self.settings.recipients))
        message_id = f"<incident-{incident.id}-{day.isoformat()}@{sender.rpartition('@')[2]}>"
        refused = self.mailer.send(
            Letter(
                sender=sender,
                sender_name=self.trust_name,
                recipients=recipients,
                subject=f"{self.trust_name}: major incident, daily summary of {day:%-d %B %Y}",
                date=now,
                message_id=message_id,
                text=text,
            )
        )
        accepted = [address for address in recipients if address not in refused]
        with self.store.write() as session:
            if session.get(t.IncidentMail, (incident.id, day)) is not None:
                return  # another process recorded it first: both mails carry one Message-ID
            session.add(
                t.IncidentMail(
                    incident_id=incident.id,
                    day=day,
                    message_id=message_id,
                    recipients=accepted,
                    refused=sorted(refused),
                    sent_at=now,
                )
            )
            detail = {"day": day.isoformat(), "accepted": len(accepted), "refused": len(refused)}
            audit.record(
                session,
                _WORKER,
                "incident_summary_sent",
                "major_incident",
                incident.id,
                now=now,
                detail=detail,
            )
        log.info("sent", incident=incident.id, accepted=len(accepted), refused=len(refused))

    def _due(self, session: Session, now: datetime) -> tuple[int, date] | None:
        """The incident and the day whose summary should have been sent by now and was not."""
        incident = incident_on(session, now)
        if incident is None:
            return None
        local = now.astimezone(LONDON)
        due = datetime.combine(local.date(), SENT_AT, tzinfo=LONDON)
        if local < due or incident.started_at > due:
            return None
        if session.get(t.IncidentMail, (incident.id, local.date())) is not None:
            return None
        return incident.id, local.date()


def _text(session: Session, incident: IncidentView, trust_name: str, now: datetime) -> str:
    span = counts.Span(now - _DAY, now)
    backlog = counts.backlog(session, now)
    opened = counts.totals(counts.queued(session, span), lambda key: key.severity, SEVERITIES)
    decided = counts.totals(counts.decided(session, span), lambda key: key.verdict)
    upheld = counts.upheld_by_category(session, span)
    oldest = "nothing waits" if backlog.oldest_at is None else for_people(backlog.oldest_at)
    lines = [
        f"{trust_name}: major incident",
        "",
        words.clean(incident.reason),
        f"Lead: {words.clean(incident.lead)}.",
        f"Since {for_people(incident.started_at)}, until {for_people(incident.until)}.",
        f"Temporary reviewers: {', '.join(map(words.clean, incident.reviewers)) or 'none'}.",
        "",
        f"Waiting at {for_people(now)}",
        *_table(words.SEVERITIES, backlog.by_severity),
        f"  Overdue: {backlog.overdue}",
        f"  Oldest since: {oldest}",
        "",
        "In the last 24 hours",
        f"  New comments: {sum(counts.received(session, span).values())}",
        f"  Handed in by staff: {_handed_in(session, span)}",
        f"  Cases opened: {sum(opened.values())}",
        *(f"  {line}" for line in _table(words.SEVERITIES, opened)),
        f"  Cases decided: {sum(decided.values())}, upheld {decided.get('upheld', 0)}",
        *(f"  {line}" for line in _table(words.CATEGORIES, upheld)),
        "",
        "Routine cases are folded in the queue while this lasts: `upstander queue list --all` shows them.",
        "Numbers only: nobody's words and no names of authors are in this mail.",
    ]
    return "\n".join(lines) + "\n"


def _table(names: dict[str, str], counted: dict[str, int]) -> list[str]:
    return [f"  {words.title(names, key)}: {number}" for key, number in counted.items() if number]


def _handed_in(session: Session, span: counts.Span) -> int:
    found = select(func.count()).select_from(t.HandIn).where(span.holds(t.HandIn.received_at))
    return session.scalar(found) or 0
