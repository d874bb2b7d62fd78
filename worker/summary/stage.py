"""The stage: making, showing and sending weekly summaries."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from worker import outbox
from worker.clock import Clock, for_people
from worker.errors import UpstanderError
from worker.ledger import audit
from worker.ledger.audit import Actor
from worker.log import get
from worker.review.rights import Right, require
from worker.settings import Polling
from worker.settings import Summaries as SummarySettings
from worker.store import tables as t
from worker.store.session import Store
from worker.summary import counts, sending
from worker.summary.figures import Figures, read_figures
from worker.summary.mailer import Letter, Mailer
from worker.summary.render import Format, render
from worker.summary.sending import Claim
from worker.summary.weeks import Week, last_due

#: How many weeks back a summary that was never sent is still sent.
WEEKS_BACK = 4
#: Sent within so long of when it was due, a summary is not called late.
_PUNCTUAL = timedelta(hours=1)
_WORKER = Actor(None, "summary")

log = get("summary")


class WeekNotOver(UpstanderError):
    """A summary is sent once its week is over."""


class NobodyToSendTo(UpstanderError):
    """No mail server or no recipients are set: nothing is sent."""


@dataclass(frozen=True)
class Summaries:
    """Weekly summaries: each week is sent once, late if need be, and then says so.

    Mail cannot be sent and recorded in one transaction. The Message-ID is stored before the first try; if
    the process dies after the mail server took the mail and before that is recorded, the mail is sent
    again with the same Message-ID, by which mailboxes recognise it. Nothing short of that is possible
    with SMTP.
    """

    store: Store
    clock: Clock
    settings: SummarySettings
    mailer: Mailer
    trust_name: str
    polling: Polling

    @property
    def unready(self) -> str:
        """Why nothing can be sent, in words; empty where it can."""
        return unready(self.settings, self.mailer)

    def figures(self, week: str) -> Figures:
        """Count a week and the one before it, from the tables as they are now.

        Args:
            week: such as "2026-W46"; one not over yet is counted so far.

        Raises:
            WrongWeek: that is no week.
        """
        return self._figures(Week.parse(week))

    def render(self, week: str, form: Format) -> str:
        """A week's summary as text, HTML or JSON.

        Raises:
            WrongWeek: that is no week.
        """
        return render(self.figures(week), form, trust_name=self.trust_name)

    def due(self, now: datetime) -> list[Week]:
        """The weeks whose summary should have been sent by now and was not, the oldest first.

        Only the last four weeks, and none before the first account was added. None where nothing can be
        sent at all: the status says that instead.
        """
        if self.unready:
            return []
        return unsent(self.store, self.settings.send_at, now)

    def schedule(self) -> int:
        """Write a job for each week that is due. Writing it twice does nothing.

        Returns:
            How many jobs were written.
        """
        now = self.clock.now()
        with self.store.read() as session:
            weeks = [week for week in self.due(now) if not _has_job(session, week)]
        if not weeks:
            return 0
        with self.store.write() as session:
            jobs = [
                outbox.enqueue(session, "summary", {"week": week.name}, now=now, key=job_key(week))
                for week in weeks
            ]
        return sum(job is not None for job in jobs)

    def send(self, week: str, finish: outbox.Finish, *, by: Actor | None = None) -> None:
        """Send a week's summary, unless it was sent already.

        Args:
            finish: marks the job done.
            by: the person who asked for it; None for the schedule.

        Raises:
            NotAllowed: this person may not send summaries.
            WrongWeek, WeekNotOver: that is no week, or it is not over yet.
            NobodyToSendTo: no mail server or no recipients are set.
            NotYet: another process is sending it at this moment.
            MailFault: the mail server took it for nobody.
        """
        wanted = Week.parse(week)
        if by is not None:
            require(self.store, self.clock, by, Right.SEND_SUMMARY, "summary")
        self._check(wanted)
        claim = self._claim(wanted)
        if claim is not None:
            try:
                refused = self.mailer.send(self._letter(wanted, claim))
            except BaseException:
                with self.store.write() as session:
                    sending.release(session, claim)
                raise
            self._record(claim, refused, by or _WORKER)
        # Apart from the record: a job that was taken over meanwhile must not unsay that the mail is out.
        with self.store.write() as session:
            finish(session)

    def _check(self, week: Week) -> None:
        if self.unready:
            raise NobodyToSendTo(self.unready, safe="Nothing was sent.")
        if week.ends > self.clock.now():
            raise WeekNotOver(
                f"The week {week.name} is over on {for_people(week.ends)}.",
                safe="Nothing was sent.",
                do="Look at the figures so far without sending them.",
            )

    def _claim(self, week: Week) -> Claim | None:
        figures = self._figures(week)
        domain = self.mailer.sender.rpartition("@")[2]
        with self.store.write() as session:
            return sending.claim(
                session,
                week,
                due_at=week.summary_due(self.settings.send_at),
                now=self.clock.now(),
                figures=figures,
                domain=domain,
            )

    def _letter(self, week: Week, claim: Claim) -> Letter:
        late = self._late(week, claim)
        return Letter(
            sender=self.mailer.sender,
            sender_name=self.trust_name,
            recipients=tuple(dict.fromkeys(self.settings.recipients)),
            subject=f"{self.trust_name}: weekly summary of online abuse, {week.name}",
            date=claim.made_at,
            message_id=claim.message_id,
            text=render(claim.figures, "text", trust_name=self.trust_name, late=late),
            html=render(claim.figures, "html", trust_name=self.trust_name, late=late),
        )

    def _late(self, week: Week, claim: Claim) -> str:
        if claim.made_at - claim.due_at <= _PUNCTUAL:
            return ""
        with self.store.read() as session:
            job = session.execute(
                select(t.Job.created_at, t.Job.attempts, t.Job.last_error)
                .where(t.Job.key == job_key(week), t.Job.state == "waiting")
                .limit(1)
            ).one_or_none()
        if job is None:
            why = "because it was sent by hand"
        elif job.created_at - claim.due_at > _PUNCTUAL:
            why = "because Upstander was not running then, or sending mail was not set up"
        elif job.last_error or job.attempts > 1:
            why = "because earlier attempts to send it failed"
        else:
            why = "because Upstander was busy or was interrupted"
        return f"This summary was due on {for_people(claim.due_at)} and is sent late {why}."

    def _record(self, claim: Claim, refused: Sequence[str], actor: Actor) -> None:
        now = self.clock.now()
        recipients = list(dict.fromkeys(self.settings.recipients))
        accepted = [address for address in recipients if address not in refused]
        with self.store.write() as session:
            sending.sent(session, claim, now=now, accepted=accepted, refused=sorted(refused))
            detail = {"week": claim.week.name, "accepted": len(accepted), "refused": len(refused)}
            audit.record(session, actor, "summary_sent", "summary", None, now=now, detail=detail)
        log.info("sent", week=claim.week.name, accepted=len(accepted), refused=len(refused))

    def _figures(self, week: Week) -> Figures:
        late_after = timedelta(seconds=self.polling.late_after_seconds)
        with self.store.read() as session:
            return read_figures(session, week, now=self.clock.now(), late_after=late_after)


def unready(settings: SummarySettings, mailer: Mailer) -> str:
    """Why no summary can be sent, in words; empty where it can."""
    if not settings.recipients:
        return "Nobody is set to receive the weekly summary (summary.recipients), so it is not sent."
    return mailer.unready


def unsent(store: Store, send_at: str, now: datetime) -> list[Week]:
    """The weeks of the last four whose summary was due by now and was not sent, the oldest first."""
    latest = last_due(now, send_at)
    if latest is None:
        return []
    newest = Week.ended_before(latest)
    with store.read() as session:
        watched_since = counts.watched_since(session)
        done = set(session.scalars(select(t.Summary.week).where(t.Summary.sent_at.is_not(None))))
    weeks = [newest]
    while len(weeks) < WEEKS_BACK:
        weeks.insert(0, weeks[0].previous)
    return [
        week
        for week in weeks
        if watched_since is not None and week.ends > watched_since and week.name not in done
    ]


def job_key(week: Week) -> str:
    """The key of the one job that may wait to send a week's summary."""
    return f"summary:{week.name}"


def _has_job(session: Session, week: Week) -> bool:
    """Whether a job for this week waits, or is stuck: a stuck one is for a person to retry, not for us."""
    unfinished = t.Job.state.in_(("waiting", "stuck"))
    return session.scalar(select(t.Job.id).where(unfinished, t.Job.key == job_key(week)).limit(1)) is not None
