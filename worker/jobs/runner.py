"""One attempt at one job: lease the row, call one function of a stage, settle the row."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import structlog
from sqlalchemy.orm import Session

from connectors.errors import ConnectorError, RateLimited
from worker import outbox
from worker.clock import Clock
from worker.errors import NotYet, UpstanderError
from worker.log import get
from worker.settings import Jobs
from worker.store.session import Store

#: A function of a stage: does the job of this payload and calls finish inside the transaction of its result.
Handler = Callable[[Mapping[str, Any], outbox.Finish], None]

_WAIT_WITHOUT_A_WORD = timedelta(seconds=60)

log = get("jobs")


@dataclass(frozen=True)
class Runner:
    """Runs jobs by id, for actors and for the command line alike."""

    store: Store
    clock: Clock
    settings: Jobs
    handlers: Mapping[str, Handler]

    def run(self, job_id: int) -> bool:
        """Make one attempt at a job. Running one twice is harmless.

        Returns:
            Whether there was anything to do.
        """
        held = self._lease(job_id)
        if held is None:
            return False
        with structlog.contextvars.bound_contextvars(job=job_id, kind=held.kind, attempt=held.attempt):
            self._attempt(held)
        return True

    def _lease(self, job_id: int) -> outbox.Lease | None:
        with self.store.write() as session:
            return outbox.lease(
                session,
                job_id,
                now=self.clock.now(),
                seconds=self.settings.lease_seconds,
                attempts=self.settings.attempts,
            )

    def _attempt(self, held: outbox.Lease) -> None:
        finished: list[bool] = []

        def finish(session: Session) -> None:
            outbox.finish(session, held, now=self.clock.now())
            finished.append(True)

        try:
            self.handlers[held.kind](held.payload, finish)
            if not finished:
                message = f"the handler of {held.kind} ended without finishing its job"
                raise RuntimeError(message)
        except outbox.LeaseLost:
            log.warning("lease_lost")
        except NotYet as wait:
            self._postpone(held, timedelta(seconds=wait.seconds), str(wait))
        except RateLimited as limit:
            now = self.clock.now()
            self._postpone(held, (limit.until - now) if limit.until else _WAIT_WITHOUT_A_WORD, str(limit))
        except Exception as error:  # noqa: BLE001 -- the row is the only retry: every failure must reach it
            self._fail(held, error)

    def _postpone(self, held: outbox.Lease, wait: timedelta, why: str) -> None:
        until = self.clock.now() + max(wait, timedelta(seconds=1))
        log.info("postponed", until=until.isoformat(), why=why)
        self._settle(lambda session: outbox.postpone(session, held, until=until, why=why))

    def _fail(self, held: outbox.Lease, error: Exception) -> None:
        expected = isinstance(error, ConnectorError | UpstanderError)
        # The words of an unexpected error may hold anything; they stay in the log, without locals.
        words = str(error) if expected else f"{type(error).__name__}: see the log"
        log.warning("attempt_failed", error=words, exc_info=None if expected else error)
        self._settle(
            lambda session: outbox.fail(
                session, held, error=words, now=self.clock.now(), attempts=self.settings.attempts
            )
        )

    def _settle(self, change: Callable[[Session], object]) -> None:
        try:
            with self.store.write() as session:
                change(session)
        except outbox.LeaseLost:
            log.warning("lease_lost")
