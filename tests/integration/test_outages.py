"""Whatever a platform does to us is visible in the status, and polling goes on by itself afterwards."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
import requests
from sqlalchemy import select

from tests.worlds import World, world
from worker.bootstrap import App
from worker.jobs.run import drain
from worker.store import tables as t
from worker.summary.status import read_status

#: What the sandbox does, and the name under which the status shows it.
FAULTS = {
    "token": "credentials_rejected",
    "permission": "permission_missing",
    "no_credits": "permission_missing",
    "rate_limited": "rate_limited",
    "rate_limited_no_reset": "rate_limited",
    "usage_cap": "rate_limited",
    "server_error": "platform_unavailable",
    "server_error_plain_json": "platform_unavailable",
    "server_error_html": "platform_unavailable",
    "bad_json": "unexpected_response",
    "wrong_shape": "unexpected_response",
    "cut_body": "platform_unavailable",
    "reset": "platform_unavailable",
    "slow": "platform_unavailable",
    "outage": "platform_unavailable",
}


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    """One Upstander for all of these tests; each finds it well and leaves it well."""
    with world(tmp_path_factory.mktemp("outages"), more={"UPSTANDER_POLLING__READ_SECONDS": "0.5"}) as made:
        yield made


def poll(place: World, app: App) -> None:
    """Poll everything that is due, as the scheduler and a worker would."""
    place.poll_now()
    app.intake.schedule()
    drain(app)


@pytest.mark.parametrize("platform", ["x", "facebook"])
@pytest.mark.parametrize("fault", FAULTS)
def test_a_fault_is_shown_and_polling_goes_on_after_it(place: World, fault: str, platform: str) -> None:
    """The fault stands in the status with words and what to do; once it is gone, the comment arrives."""
    account = f"Northmoor{platform.title()}"
    app = place.app()
    place.control("faults", kind=fault, platform=platform, times=None, delay=3)
    found = place.control("comment", platform=platform, account=account, text=f"written during {fault}")
    poll(place, app)
    status = read_status(app.store, app.clock, app.settings)
    troubled = [feed for feed in status.feeds if feed.platform == platform]
    assert {feed.fault_kind for feed in troubled} == {FAULTS[fault]}
    assert all(feed.fault_text and feed.do for feed in troubled)
    assert not status.ok
    assert not any(feed.fault_kind for feed in status.feeds if feed.platform != platform)
    assert status.stuck_jobs == ()
    requests.delete(f"{place.sandbox.web_url}/_sandbox/faults", timeout=10).raise_for_status()
    place.control("clock", shift_seconds=1000)
    poll(place, app)
    status = read_status(app.store, app.clock, app.settings)
    assert {feed.fault_kind for feed in status.feeds} == {None}
    comment = found["comment"]
    assert isinstance(comment, dict)
    with place.store.read() as session:
        stored = session.scalars(select(t.Comment.external_id)).all()
        open_gaps = session.scalars(select(t.Gap).where(t.Gap.ended_at.is_(None))).all()
        kinds = session.scalars(select(t.Gap.kind)).all()
    assert comment["id"] in stored
    assert open_gaps == []
    assert FAULTS[fault] in kinds
    app.close()


def test_a_missing_secret_is_shown_on_its_account_alone(place: World) -> None:
    """Without its token an account says what is missing; the others are polled on."""
    secret = Path(place.environ["UPSTANDER_SECRETS_DIR"]) / "x"
    kept = secret.read_text()
    secret.unlink()
    app = place.app()
    try:
        poll(place, app)
        status = read_status(app.store, app.clock, app.settings)
        kinds = {feed.platform: feed.fault_kind for feed in status.feeds}
    finally:
        secret.write_text(kept)
        secret.chmod(0o600)
        app.close()
    assert kinds == {"x": "not_configured", "facebook": None}
    assert not status.ok
