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

#: What runs first where several kinds wait: lower is sooner. Somebody in danger and a person who waits for an
#: action come first. A poll may bring the next one in danger, and a feed has one at a time, so polls come
#: before a surge of captures; nobody waits for a timestamp, a summary or a rendering.
PRIORITIES = {
    "page": 0,
    "capture_urgent": 0,
    "act": 1,
    "prepare_report": 3,
    "lock": 1,
    "tell_lead": 1,
    "poll": 5,
    "follow_up": 5,
    "follow_group": 5,
    "tell_recipient": 5,
    "capture": 10,
    "supplement": 10,
    "stamp": 15,
    "checkpoint": 20,
    "overdue": 20,
    "summary": 30,
    "incident_day": 30,
    "dispose": 40,
    "retention": 40,
    "scrub": 40,
    "render": 50,
    "offsite": 60,
}
#: These have worker threads of their own, so that browsers at work never hold up anything else.
RENDERING = frozenset({"render"})
#: And so has this, so that a slow storage elsewhere holds up nothing but its copies.
COPYING = frozenset({"offsite"})

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


def nudger(*brokers: dramatiq.Broker) -> Callable[[Nudges], None]:
    """Tells the broker of committed jobs. Never raises: what it could not tell, the sweep will.

    Args:
        brokers: each kind of job is declared to one of them.
    """
    of_kind = {kind: broker for broker in brokers for kind in broker.get_declared_queues()}

    def nudge(nudges: Nudges) -> None:
        for kind, job_id in nudges:
            message: dramatiq.Message[None] = dramatiq.Message(
                queue_name=kind, actor_name=kind, args=(job_id,), kwargs={}, options={}
            )
            try:
                of_kind[kind].enqueue(message)
            except (BrokerConnectionError, RedisError, QueueNotFound, OSError, KeyError) as error:
                log.warning("nudge_failed", kind=kind, job=job_id, error=type(error).__name__)
                return

    return nudge


def _ignore_result(run: Callable[[int], object]) -> Callable[[int], None]:
    def actor(job_id: int) -> None:
        run(job_id)

    return actor
