"""An installation in which all is well, for tests that then spoil one thing."""

from __future__ import annotations

from datetime import datetime, timedelta
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory

from tests.clocks import StoppedClock
from tests.unit.summary.handmade import NOW, at
from worker.keyring import Keyring
from worker.settings import Mail, Settings, Summaries
from worker.settings_evidence import Evidence, Ledger, Safeguarding
from worker.store import tables as t
from worker.store.session import Store
from worker.summary.status import Status, read_status

LEAD = "lead@northmoor.example.test"


@cache
def _keys() -> TemporaryDirectory[str]:
    """A folder with a signing key, made on 2 November; kept until the process ends."""
    folder = TemporaryDirectory(prefix="keys-")
    Keyring(Path(folder.name)).init("Northmoor", at(2))
    return folder


def settings(**given: object) -> Settings:
    """Settings with a key, mail, a timestamp authority, a place for checkpoints, and a named lead."""
    base: dict[str, object] = {
        "keys_dir": Path(_keys().name),
        "mail": Mail(host="127.0.0.1"),
        "summary": Summaries(recipients=(LEAD,)),
        "evidence": Evidence(tsa_url="http://127.0.0.1:1/tsa", tsa_ca_file=Path("ca.pem")),
        "ledger": Ledger(publish_dir=Path("checkpoints")),
        "safeguarding": Safeguarding(lead_email="safeguarding@northmoor.example.test"),
    }
    return Settings(**(base | given))  # type: ignore[arg-type]  # the test names settings as text


def status(store: Store, given: Settings | None = None, *, now: datetime = NOW) -> Status:
    """The status, as a rule at the moment that the week's summary is due."""
    return read_status(store, StoppedClock(now), given or settings())


def healthy(store: Store) -> None:
    """One account, read a minute ago, a worker and a scheduler alive, last week's summary sent."""
    with store.write() as session:
        account = t.Account(
            platform="x", external_id="1", handle="Northmoor", credential="c", created_at=at(2)
        )
        session.add(account)
        session.flush()
        session.add(t.Feed(account_id=account.id, name="mentions", caught_up_at=NOW - timedelta(minutes=1)))
        person = t.Person(name="Noor Hadley", email="noor@northmoor.example.test", created_at=at(2))
        person.roles = [t.PersonRole(role="reviewer")]
        session.add(person)
        session.flush()
        session.add(
            t.OnCall(
                person_id=person.id,
                rank=1,
                from_at=at(2),
                until_at=NOW + timedelta(days=30),
                added_by=person.id,
                added_at=at(2),
            )
        )
        session.add(t.Process(name="up:1", kind="up", started_at=at(2), seen_at=NOW - timedelta(seconds=20)))
        session.add(t.Election(office="scheduler", holder="up:1", until=NOW + timedelta(seconds=20)))
        for week, day in (("2026-W45", 9), ("2026-W44", 2)):
            session.add(
                t.Summary(
                    week=week,
                    due_at=at(day, "08:00:00"),
                    made_at=at(day, "08:00:00"),
                    sent_at=at(day, "08:00:01"),
                    recipients=[LEAD],
                    refused=[],
                    figures={},
                )
            )
