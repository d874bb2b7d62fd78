"""The ways to run: everything in one process, a worker, a scheduler, or until nothing is due."""

from __future__ import annotations

import os
import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from datetime import timedelta

import dramatiq
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.exc import SQLAlchemyError

from worker import outbox
from worker.bootstrap import App
from worker.jobs.broker import COPYING, RENDERING, declare, make_broker, nudger
from worker.jobs.election import Office
from worker.jobs.runner import Runner
from worker.jobs.schedule import Every, Scheduler
from worker.jobs.sweep import Sweep
from worker.ledger import signing_key
from worker.ledger.audit import Actor
from worker.log import get
from worker.store.running import Process
from worker.store.session import Nudges

_BEAT_SECONDS = 15.0
#: How long a scheduler that was killed still holds its office.
OFFICE_TERM = timedelta(seconds=30)
#: A nudge to stamp may cross the end of the job that it should have followed; so it is looked for as well.
#: What changes about copies elsewhere is only ever looked for.
_LOOK_FOR_UNDONE = timedelta(seconds=30)
#: A block is looked at again on a day, so that an hour more or less does not matter.
_LOOK_FOR_BLOCKS = timedelta(hours=1)
#: A reminder of a platform's answer is due on a day, not at a moment.
_FOLLOW_REPORTS = timedelta(minutes=15)
#: Sessions end when they are used too late; this only tidies up after those that nobody came back to.
_TIDY_SESSIONS = timedelta(minutes=15)
#: How long a stopping process waits for the jobs in hand; what is cut off runs again elsewhere.
_PATIENCE_MS = 20_000

log = get("jobs")


def process_name(kind: str) -> str:
    """This process, as elections and the status page know it."""
    return f"{kind}:{socket.gethostname()}:{os.getpid()}"


@contextmanager
def working(app: App) -> Iterator[Callable[[Nudges], None]]:
    """Run worker threads in this process for as long as the block lasts.

    Yields:
        What tells them of jobs.
    """
    # A broken rule file, a missing signing key or a bucket that does not lock stops the start, not the first
    # poll or the first threat.
    app.rules()
    app.keyring.current()
    app.copies.check()
    runner = runner_of(app)
    kinds = dict.fromkeys(runner.handlers, runner.run)
    chosen = app.settings
    with ExitStack() as running:
        # What has threads of its own has a broker of its own: a dramatiq broker has one worker.
        brokers = []
        for mine, threads in (
            (kinds.keys() - RENDERING - COPYING, chosen.jobs.threads),
            (RENDERING, chosen.evidence.render_processes),
            (COPYING, 1),
        ):
            broker = make_broker(chosen)
            running.callback(broker.close)
            declare(broker, {kind: kinds[kind] for kind in sorted(mine)})
            worker = dramatiq.Worker(broker, worker_threads=threads, worker_timeout=200)
            worker.start()
            running.callback(worker.stop, timeout=_PATIENCE_MS)
            brokers.append(broker)
        nudge = nudger(*brokers)
        app.store.on_commit = nudge
        yield nudge


def embedded(app: App, stop: threading.Event, ready: Callable[[], None]) -> None:
    """Everything in one process: worker threads, schedule and sweep, until stopped."""
    with working(app) as nudge, _beating(app, "up", stop):
        # The broker in memory starts empty: what waits is told again at once.
        at_once = app.settings.jobs.model_copy(update={"resend_seconds": 0})
        Sweep(app.store, app.clock, at_once, nudge).once()
        ready()
        scheduler_of(app, nudge, process_name("up")).run(stop)


def work(app: App, stop: threading.Event, ready: Callable[[], None]) -> None:
    """Worker threads only, until stopped; any number of such processes may run."""
    with working(app), _beating(app, "work", stop):
        ready()
        stop.wait()


def schedule(app: App, stop: threading.Event, ready: Callable[[], None]) -> None:
    """Schedule and sweep only, until stopped; of several such processes one is elected."""
    broker = make_broker(app.settings)
    declare(broker, dict.fromkeys(runner_of(app).handlers, _nothing))
    with _beating(app, "schedule", stop):
        ready()
        scheduler_of(app, nudger(broker), process_name("schedule")).run(stop)
    broker.close()


def drain(app: App, *, most: int = 1_000_000, watch: Callable[[int], None] = lambda _: None) -> int:
    """Run what is due in this process, one job after another, until nothing is due.

    Args:
        most: stop after so many jobs.
        watch: told the number of jobs run so far, after each.

    Returns:
        How many jobs were run.
    """
    runner = runner_of(app)
    ran = 0
    while ran < most:
        with app.store.write() as session:
            due = outbox.take_due(session, now=app.clock.now(), resend_after=timedelta(), most=200)
        if not due:
            break
        for _, job_id in due:
            ran += runner.run(job_id)
            watch(ran)
    return ran


def runner_of(app: App) -> Runner:
    """The job runner over this application's stages."""
    return Runner(
        app.store,
        app.clock,
        app.settings.jobs,
        {
            "poll": lambda payload, finish: app.intake.poll(payload["feed_id"], finish),
            "capture": lambda payload, finish: app.evidence.capture(payload["snapshot_id"], finish),
            "capture_urgent": lambda payload, finish: app.evidence.capture(payload["snapshot_id"], finish),
            "page": lambda payload, finish: app.alarms.paging.send(payload["page_id"], finish),
            "overdue": lambda payload, finish: app.alarms.overdue.tell(
                payload["to"], payload["case_ids"], finish
            ),
            "render": lambda payload, finish: app.rendering.render(payload["snapshot_id"], finish),
            "supplement": lambda payload, finish: app.supplements.seal(
                payload["snapshot_id"], payload["token"], payload["sha256"], finish
            ),
            "retention": lambda _payload, finish: app.keeping.run(finish),
            "dispose": lambda payload, finish: app.keeping.carry_out(payload["comment_id"], finish),
            "scrub": lambda _payload, finish: app.keeping.scrub(finish),
            "checkpoint": lambda _payload, finish: _checkpoint(app, finish),
            "lock": lambda payload, finish: app.marking.lock(payload["comment_id"], finish),
            "tell_lead": lambda payload, finish: app.marking.tell_lead(payload["mark_id"], finish),
            "stamp": lambda _payload, finish: app.stamping.run(finish),
            "offsite": lambda _payload, finish: app.copies.run(finish),
            "act": lambda payload, finish: app.carrying.carry_out(payload["requested_action_id"], finish),
            "prepare_report": lambda payload, finish: app.reporting.preparing.prepare(
                payload["requested_action_id"], finish
            ),
            "summary": lambda payload, finish: app.summaries.send(payload["week"], finish),
            "incident_day": lambda payload, finish: app.modes.incident_days.send(
                payload["incident_id"], payload["day"], finish
            ),
            "tell_recipient": lambda payload, finish: app.casework.desk.telling.tell(
                payload["referral_id"], finish
            ),
            "follow_up": lambda payload, finish: app.casework.desk.aftercare.follow(
                payload["case_id"], finish
            ),
            "follow_group": lambda payload, finish: app.casework.desk.aftercare.follow_group(
                payload["group_decision"], finish
            ),
        },
    )


def _checkpoint(app: App, finish: outbox.Finish) -> None:
    """Sign a checkpoint of the ledger if one is due, and hand it to the outside."""
    signing_key.note(app.store, app.clock, app.keyring.current(), Actor(None, "checkpoint"))
    app.ledger.checkpoint()
    app.ledger.publish()
    with app.store.write() as session:
        finish(session)


def scheduler_of(app: App, nudge: Callable[[Nudges], None], holder: str) -> Scheduler:
    """The scheduler over this application's stages."""

    def checkpoints() -> None:
        # A job, because signing needs the key and publishing may hang; this thread has neither nor time.
        with app.store.write() as session:
            outbox.enqueue(session, "checkpoint", {}, now=app.clock.now(), key="checkpoint")

    return Scheduler(
        office=Office(app.store, app.clock, "scheduler", holder, OFFICE_TERM),
        sweep=Sweep(app.store, app.clock, app.settings.jobs, nudge),
        due=(
            app.alarms.paging.schedule,
            app.intake.schedule,
            app.summaries.schedule,
            app.modes.incidents.schedule,
            app.modes.incident_days.schedule,
            app.keeping.schedule,
            Every(app.clock, _LOOK_FOR_BLOCKS, app.casework.acting.blocks.schedule),
            app.ledger.append_now,
            Every(app.clock, timedelta(seconds=app.settings.ledger.checkpoint_seconds), checkpoints),
            Every(app.clock, _LOOK_FOR_UNDONE, app.stamping.schedule),
            Every(app.clock, _LOOK_FOR_UNDONE, app.copies.schedule),
            Every(app.clock, _LOOK_FOR_UNDONE, app.alarms.overdue.schedule),
            Every(app.clock, _LOOK_FOR_UNDONE, app.alarms.surges.schedule),
            Every(app.clock, _FOLLOW_REPORTS, app.reporting.reports.follow),
            Every(app.clock, _TIDY_SESSIONS, app.sign_ins.schedule),
            Every(app.clock, _LOOK_FOR_UNDONE, app.casework.desk.referrals.schedule),
        ),
        every_seconds=app.settings.jobs.sweep_seconds,
    )


def _nothing(_job_id: int) -> None:
    """The scheduler tells of jobs and runs none."""


@contextmanager
def _beating(app: App, kind: str, stop: threading.Event) -> Iterator[None]:
    """Say in the database that this process lives, every few seconds."""
    name, started = process_name(kind), app.clock.now()
    dialect = sqlite if app.store.dialect == "sqlite" else postgresql

    def beat() -> None:
        row = {"name": name, "kind": kind, "started_at": started, "seen_at": app.clock.now()}
        statement = dialect.insert(Process).values(row)
        with app.store.write() as session:
            session.execute(
                statement.on_conflict_do_update(
                    index_elements=[Process.name], set_={"seen_at": row["seen_at"]}
                )
            )

    def beats() -> None:
        while not stop.is_set():
            try:
                beat()
            except SQLAlchemyError as error:
                log.warning("beat_failed", error=type(error).__name__)
            stop.wait(_BEAT_SECONDS)

    thread = threading.Thread(target=beats, name="beat", daemon=True)
    thread.start()
    try:
        yield
    finally:
        stop.set()
        thread.join(timeout=5)
