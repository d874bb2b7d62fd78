"""The trial timestamp authority as a process: many at once, stopped and started, checked by public tools."""

from __future__ import annotations

import json
import signal
import stat
import subprocess
import sys
import urllib.error
import urllib.request
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

import pytest

from tests.services.process import free_port
from worker.evidence.timestamp import Authority, TimestampWrong, Token, check, read_certificates
from worker.evidence.trial_authority import TrialAuthority, TrialAuthorityFault
from worker.settings_load import PROJECT

SERVE = (
    "import typer; from worker.cli.tsa import tsa_serve;"
    "cli = typer.Typer(pretty_exceptions_enable=False); cli.command()(tsa_serve); cli()"
)
CONTENT = b"what the test stamps"


@contextmanager
def serving(folder: Path, port: int = 0) -> Iterator[Authority]:
    """`upstander evidence tsa-serve` as a person starts it, stopped at the end as Ctrl-C does."""
    process = subprocess.Popen(
        [sys.executable, "-c", SERVE, "--folder", str(folder), "--port", str(port), "--json"],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        cwd=PROJECT,
    )
    try:
        assert process.stdout is not None
        told = json.loads(process.stdout.readline())
        yield Authority(told["tsa_url"], read_certificates(Path(told["tsa_ca_file"])), 10.0)
    finally:
        process.send_signal(signal.SIGINT)
        _out, errors = process.communicate(timeout=30)
    assert (process.returncode, errors) == (0, "")


def test_many_at_once_get_numbers_of_their_own(tmp_path: Path) -> None:
    """Eight workers that stamp at the same time each get a timestamp that holds, no number twice."""
    with serving(tmp_path / "tsa") as authority, ThreadPoolExecutor(8) as pool:
        tokens = list(pool.map(lambda number: authority.stamp(b"%d" % number), range(24)))
    assert len({token.serial for token in tokens}) == 24
    for number, token in enumerate(tokens):
        assert check(b"%d" % number, token.der, authority.roots) == token


def test_it_is_the_same_authority_after_a_stop(tmp_path: Path) -> None:
    """Stopped and started again, on the same port, it is believed by the same certificate as before."""
    port, tokens = free_port(), list[Token]()
    for _ in range(2):
        with serving(tmp_path / "tsa", port) as authority:
            tokens.append(authority.stamp(CONTENT))
    for token in tokens:
        assert check(CONTENT, token.der, read_certificates(tmp_path / "tsa" / "ca.pem")) == token


def test_the_key_is_closed_and_the_roots_key_is_nowhere(tmp_path: Path) -> None:
    """The folder holds one private key, readable by its owner alone: nobody can certify another signer."""
    trial = TrialAuthority(tmp_path / "tsa")
    trial.create(datetime.now(UTC))
    assert stat.S_IMODE(trial.folder.stat().st_mode) == 0o700
    with_key = [path.name for path in trial.folder.iterdir() if b"PRIVATE KEY" in path.read_bytes()]
    assert with_key == ["authority.pem"]
    assert stat.S_IMODE((trial.folder / "authority.pem").stat().st_mode) == 0o600


def test_making_it_again_changes_nothing(tmp_path: Path) -> None:
    """An authority that is there is used, not made anew: older timestamps keep their root."""
    trial = TrialAuthority(tmp_path)
    trial.create(datetime.now(UTC))
    before = {path.name: path.read_bytes() for path in tmp_path.iterdir()}
    trial.create(datetime.now(UTC))
    assert {path.name: path.read_bytes() for path in tmp_path.iterdir()} == before


def test_what_is_no_query_gets_no_timestamp(tmp_path: Path) -> None:
    """A browser, a giant or rubbish gets an error and no answer that could be taken for a timestamp."""
    with serving(tmp_path / "tsa") as authority:
        for kind, body in (("text/html", b"x"), ("application/timestamp-query", b"0" * 20_000)):
            ask = urllib.request.Request(authority.url, data=body, headers={"Content-Type": kind})  # noqa: S310 - our own loopback server
            with pytest.raises(urllib.error.HTTPError) as told:
                urllib.request.urlopen(ask)  # noqa: S310 - as above
            told.value.close()
            assert told.value.code in {413, 415}
        with pytest.raises(TimestampWrong, match="refusal"):
            check(CONTENT, authority._ask(b"rubbish"), authority.roots)


def test_a_port_that_is_taken_is_told_in_words(tmp_path: Path) -> None:
    """Where another program listens already, the command says so and how to choose another port."""
    with serving(tmp_path / "tsa") as authority:
        port = authority.url.rstrip("/").rpartition(":")[2]
        command = [sys.executable, "-c", SERVE, "--folder", str(tmp_path / "other"), "--port", port]
        ran = subprocess.run(command, capture_output=True, text=True, cwd=PROJECT, check=False)
    assert ran.returncode == 1
    assert "--port (0 takes" in ran.stderr


def test_without_openssl_it_says_what_is_missing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A machine without OpenSSL gets that told, not a traceback."""
    trial = TrialAuthority(tmp_path)
    trial.create(datetime.now(UTC))
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(TrialAuthorityFault, match="openssl"):
        trial.answer(b"0")
