"""Several processes that send one week, and one that is killed at it."""

from __future__ import annotations

import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import func, select

from tests.integration.test_summary.mailserver import (
    LEAD,
    PASSWORD,
    USER,
    Certificates,
    Post,
    done,
    mail_settings,
    row,
    summaries,
)
from tests.unit.summary.handmade import NOW, WEEK
from worker.errors import NotYet
from worker.store import tables as t
from worker.store.session import Store

PROJECT = Path(__file__).resolve().parents[3]
CHILD = """
import os, signal, sys, time
from datetime import datetime
from pathlib import Path
from pydantic import SecretStr
from tests.clocks import StoppedClock
from worker.errors import NotYet
from worker.settings import Mail, Polling, Summaries as SummarySettings
from worker.store.session import Store
from worker.summary.mailer import make_mailer
from worker.summary.stage import Summaries

how, url, port, ca, gate, user, password, now, lead, week = sys.argv[1:]
mail = Mail(host="127.0.0.1", port=int(port), ca_file=Path(ca), username=user, password=SecretStr(password))
real = make_mailer(mail)

class DiesAfterwards:
    unready, sender = "", real.sender

    def send(self, letter):
        real.send(letter)
        os.kill(os.getpid(), signal.SIGKILL)

store = Store(url)
stage = Summaries(
    store, StoppedClock(datetime.fromisoformat(now)), SummarySettings(recipients=(lead,)),
    DiesAfterwards() if how == "die" else real, "Northmoor NHS Trust", Polling(),
)
print("ready", flush=True)
while not Path(gate).exists():
    time.sleep(0.005)
try:
    stage.send(week, lambda session: None)
except NotYet:
    sys.exit(3)
"""


@pytest.fixture
def start(
    store: Store, port: int, certificates: Certificates, tmp_path: Path
) -> Iterator[Callable[[str], subprocess.Popen[str]]]:
    """Starts a process that sends the week as soon as the file `go` is there."""
    started: list[subprocess.Popen[str]] = []
    url = store.engine.url.render_as_string(hide_password=False)

    def begin(how: str) -> subprocess.Popen[str]:
        process = subprocess.Popen(
            [
                *(sys.executable, "-c", CHILD, how, url, str(port), str(certificates.ca)),
                *(str(tmp_path / "go"), USER, PASSWORD, NOW.isoformat(), LEAD, WEEK),
            ],
            cwd=PROJECT,
            stdout=subprocess.PIPE,
            text=True,
        )
        started.append(process)
        assert process.stdout is not None
        assert process.stdout.readline() == "ready\n"
        return process

    yield begin
    for process in started:
        process.kill()
        process.wait()
        assert process.stdout is not None
        process.stdout.close()


def test_two_processes_that_send_one_week_at_once_send_one_mail(
    store: Store, post: Post, start: Callable[[str], subprocess.Popen[str]], tmp_path: Path
) -> None:
    """Whoever comes second waits its turn or finds it sent; nobody gets two."""
    processes = [start("send") for _ in range(3)]
    (tmp_path / "go").touch()
    codes = sorted(process.wait(timeout=60) for process in processes)
    assert codes[0] == 0
    assert set(codes) <= {0, 3}
    assert len(post.mails) == 1
    with store.read() as session:
        assert session.scalar(select(func.count()).where(t.Audit.verb == "summary_sent")) == 1


@pytest.mark.faults
def test_a_process_killed_after_the_mail_was_taken_repeats_it_recognisably(
    store: Store, post: Post, port: int, certificates: Certificates, tmp_path: Path,
    start: Callable[[str], subprocess.Popen[str]],
) -> None:  # fmt: skip
    """At first nobody else may send; then it is sent again with the same Message-ID, then never more."""
    (tmp_path / "go").touch()
    assert start("die").wait(timeout=60) == -signal.SIGKILL
    assert len(post.mails) == 1
    mail = mail_settings(port, certificates)
    with pytest.raises(NotYet) as caught:
        summaries(store, mail).send(WEEK, done)
    assert caught.value.seconds == 300
    later = summaries(store, mail, now=NOW + timedelta(minutes=5))
    later.send(WEEK, done)
    later.send(WEEK, done)
    assert [sent["Message-ID"] for sent in post.mails] == [row(store).message_id] * 2
