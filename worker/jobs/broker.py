"""The broker, chosen by setting: Redis when served, in memory when embedded. It carries ids, nothing else."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import dramatiq
from dramatiq.brokers.redis import RedisBroker
from dramatiq.brokers.stub import StubBroker
from dramatiq.errors import BrokerConnectionError, QueueNotFound
from redis.exceptions import RedisError

from worker.log import get
from worker.settings import Settings
from worker.store.session import Nudges

#: What runs first where several kinds wait: lower is sooner. A person waits for an action, nobody for a poll.
PRIORITIES = {"act": 0, "capture": 10, "poll": 20, "summary": 30}

log = get("jobs")


def make_broker(settings: Settings) -> dramatiq.Broker:
    """The broker of this mode, without retries of its own: the outbox row is the only retry."""
    if settings.mode == "served":
        return RedisBroker(url=settings.redis_url.get_secret_value(), middleware=[])  # type: ignore[no-untyped-call]  # dramatiq leaves it so
    return StubBroker(middleware=[])


def declare(broker: dramatiq.Broker, kinds: Mapping[str, Callable[[int], object]]) -> None:
    """Declare one actor, with a queue of its own, for each kind of job.

    Args:
        kinds: what to call with a job's id, by kind.
    """
    for kind, run in kinds.items():
        dramatiq.Actor(
            _ignore_result(run),
            broker=broker,
            actor_name=kind,
            queue_name=kind,
            priority=PRIORITIES[kind],
            options={"max_retries": 0},
        )


def nudger(broker: dramatiq.Broker) -> Callable[[Nudges], None]:
    """Tells the broker of committed jobs. Never raises: what it could not tell, the sweep will."""

    def nudge(nudges: Nudges) -> None:
        for kind, job_id in nudges:
            message: dramatiq.Message[None] = dramatiq.Message(
                queue_name=kind, actor_name=kind, args=(job_id,), kwargs={}, options={}
            )
            try:
                broker.enqueue(message)
            except (BrokerConnectionError, RedisError, QueueNotFound, OSError) as error:
                log.warning("nudge_failed", kind=kind, job=job_id, error=type(error).__name__)
                return

    return nudge


def _ignore_result(run: Callable[[int], object]) -> Callable[[int], None]:
    def actor(job_id: int) -> None:
        run(job_id)

    return actor
