"""What the machine itself needs for the work to go on: space, and in served mode its Redis."""

from __future__ import annotations

import shutil
from collections.abc import Iterator

from redis import Redis, RedisError

from worker.settings import Settings

#: Bytes that must be free where evidence is kept.
LEAST_FREE = 500 * 1024 * 1024
_REDIS_SECONDS = 2


def machine_problems(settings: Settings) -> Iterator[str]:
    """One sentence for each thing that stops the work, with what was kept safe and what to do."""
    folder = settings.data_dir
    while not folder.exists() and folder != folder.parent:
        folder = folder.parent
    free = shutil.disk_usage(folder).free
    if free < LEAST_FREE:
        yield (
            f"Only {free // (1024 * 1024)} MB are free where evidence is kept ({settings.data_dir}):"
            " soon nothing can be stored or sealed. Make room."
        )
    if settings.mode == "served" and not _redis_answers(settings):
        yield "Redis does not answer: no work is done until it does. Nothing is lost."


def _redis_answers(settings: Settings) -> bool:
    client = Redis.from_url(
        settings.redis_url.get_secret_value(),
        socket_timeout=_REDIS_SECONDS,
        socket_connect_timeout=_REDIS_SECONDS,
    )
    try:
        return bool(client.ping())
    except (RedisError, OSError):
        return False
    finally:
        client.close()
