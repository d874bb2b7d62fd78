"""What people mend while the worker runs is noticed without a restart."""

from __future__ import annotations

from pathlib import Path

from sqlalchemy import select

from tests.worlds import world
from worker.jobs.run import drain
from worker.store import tables as t


def test_a_renewed_token_is_used_without_a_restart(tmp_path: Path) -> None:
    """The token ran out; an administrator puts a new one into its file; polling goes on by itself."""
    with world(tmp_path) as place:
        secret = Path(place.environ["UPSTANDER_SECRETS_DIR"]) / "facebook"
        good = secret.read_text()
        secret.write_text("an-expired-token-of-before")
        app = place.app()
        place.control("comment", platform="facebook", account="NorthmoorFacebook", text="Thank you all")
        for token, fault in (("", "credentials_rejected"), (good, None)):
            if token:
                secret.write_text(token)
            place.poll_now()
            app.intake.schedule()
            drain(app)
            with place.store.read() as session:
                feed = session.scalars(select(t.Feed).where(t.Feed.name == "feed")).one()
            assert feed.fault_kind == fault
        assert place.count(t.Comment) == 1
        app.close()
