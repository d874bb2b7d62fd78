"""Trusted timestamps: believed only when all of it holds, and told in words when it does not."""

from __future__ import annotations

import subprocess
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import rfc3161_client as rfc3161
from cryptography.hazmat.primitives.serialization import Encoding
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.services.tsa import LoopbackAuthority, running_authority
from worker.evidence import trial_authority
from worker.evidence.timestamp import (
    TimestampFault,
    TimestampWrong,
    check,
    read_certificates,
)
from worker.evidence.token_order import put_in_order

CONTENT = b"what the test stamps"
PASSWORD = "hunter2-not-for-logs"


@pytest.fixture(scope="module")
def shared_authority(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LoopbackAuthority]:
    """One authority for this module; certificates take a moment."""
    with running_authority(tmp_path_factory.mktemp("authority")) as running:
        yield running


@pytest.fixture
def tsa(shared_authority: LoopbackAuthority) -> LoopbackAuthority:
    """The authority, without trouble."""
    shared_authority.trouble = "none"
    return shared_authority


@pytest.fixture(scope="module")
def tsr(shared_authority: LoopbackAuthority) -> bytes:
    """A timestamp that holds."""
    shared_authority.trouble = "none"
    return shared_authority.authority().stamp(CONTENT).der


def test_a_timestamp_says_when_and_by_whom(tsa: LoopbackAuthority) -> None:
    """A stamp carries the authority's time, its number and its name, and checks again from what is kept."""
    before = datetime.now(UTC) - timedelta(seconds=2)
    token = tsa.authority().stamp(CONTENT)
    assert before < token.at < datetime.now(UTC) + timedelta(seconds=2)
    assert token.authority == "CN=Trial timestamp authority\\, not for evidence"
    assert check(CONTENT, token.der, tsa.authority().roots) == token


def test_openssl_takes_the_kept_file(tsr: bytes, tsa: LoopbackAuthority, tmp_path: Path) -> None:
    """An outsider checks the very file that is kept with openssl alone."""
    (tmp_path / "F.tsr").write_bytes(tsr)
    command = [
        "openssl",
        "ts",
        "-verify",
        "-data",
        "F",
        "-in",
        "F.tsr",
        "-CAfile",
        str(tsa.trial.ca.resolve()),
    ]
    for content, code in ((CONTENT, 0), (CONTENT + b".", 1)):
        (tmp_path / "F").write_bytes(content)
        assert subprocess.run(command, cwd=tmp_path, capture_output=True, check=False).returncode == code


def test_a_stamp_by_an_unknown_authority_is_not_believed(tsr: bytes, tmp_path: Path) -> None:
    """Anybody can make a timestamp; only one by the authority in the settings holds."""
    stranger = LoopbackAuthority(tmp_path)
    with pytest.raises(TimestampWrong, match="not signed by an authority that is believed"):
        check(CONTENT, tsr, read_certificates(stranger.trial.ca))
    with pytest.raises(TimestampFault):
        check(CONTENT, tsr, ())


def test_a_stamp_holds_after_the_authoritys_certificate_ran_out(tmp_path: Path) -> None:
    """What was stamped in time holds for ever; what is stamped after the certificate ran out never does."""
    began = datetime.now(UTC)
    tsa = LoopbackAuthority(tmp_path, valid_for=timedelta(seconds=3))
    with tsa.server:
        kept = tsa.authority().stamp(CONTENT)
        (tmp_path / "F").write_bytes(CONTENT)
        (tmp_path / "F.tsr").write_bytes(kept.der)
        time.sleep(max(0.0, (began + timedelta(seconds=4.1) - datetime.now(UTC)).total_seconds()))
        assert check(CONTENT, kept.der, tsa.authority().roots) == kept
        with pytest.raises(TimestampWrong, match="expired"):
            tsa.authority().stamp(CONTENT)
    command = ["openssl", "ts", "-verify", "-data", "F", "-in", "F.tsr", "-CAfile", "ca.pem"]
    at = ["-attime", f"{kept.at.timestamp():.0f}"]
    codes = [
        subprocess.run([*command, *more], cwd=tmp_path, capture_output=True, check=False).returncode
        for more in ([], at)
    ]
    assert codes == [1, 0]


def test_certificates_in_another_order_are_put_right(
    tsa: LoopbackAuthority, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Authorities send their certificates in any order; what is kept then passes with both readers."""
    written = trial_authority._CONFIGURATION + f"certs = {tsa.trial.ca.resolve()}\n"
    monkeypatch.setattr(trial_authority, "_CONFIGURATION", written)
    raw = tsa.trial.answer(rfc3161.TimestampRequestBuilder().data(CONTENT).build().as_bytes())
    orderly = put_in_order(raw)
    # One of the two orders is the right one, whichever of them OpenSSL wrote this time.
    first, second = sorted((tsa.trial.ca, tsa.trial.folder / "authority.pem"), key=_der)
    backwards = orderly.replace(_der(first) + _der(second), _der(second) + _der(first))
    assert backwards != orderly
    with pytest.raises(TimestampWrong):
        check(CONTENT, backwards, tsa.authority().roots)
    assert put_in_order(backwards) == orderly
    assert check(CONTENT, orderly, tsa.authority().roots).serial
    (tmp_path / "F").write_bytes(CONTENT)
    (tmp_path / "F.tsr").write_bytes(orderly)
    command = [
        "openssl",
        "ts",
        "-verify",
        "-data",
        "F",
        "-in",
        "F.tsr",
        "-CAfile",
        str(tsa.trial.ca.resolve()),
    ]
    subprocess.run(command, cwd=tmp_path, capture_output=True, check=True)


def _der(path: Path) -> bytes:
    return read_certificates(path)[0].public_bytes(Encoding.DER)


def test_what_is_in_order_stays_as_it_came(tsr: bytes) -> None:
    """Nothing but that order is ever changed in an authority's reply."""
    assert put_in_order(tsr) == tsr
    assert put_in_order(tsr[:-1]) == tsr[:-1]
    assert put_in_order(b"") == b""


def test_a_touched_timestamp_never_says_another_time(tsr: bytes, tsa: LoopbackAuthority) -> None:
    """Bytes that no signature covers may change; what a timestamp that still holds says never does."""
    roots, whole, found = tsa.authority().roots, check(CONTENT, tsr, tsa.authority().roots), 0
    for at in range(len(tsr)):
        damaged = bytearray(tsr)
        damaged[at] ^= 1 << at % 8
        try:
            read = check(CONTENT, bytes(damaged), roots)
        except TimestampWrong:
            found += 1
        else:
            assert (read.at, read.serial, read.authority) == (whole.at, whole.serial, whole.authority)
    assert found > 0.9 * len(tsr)


@settings(max_examples=100, deadline=None)
@given(planted=st.binary(max_size=400))
def test_no_file_upsets_the_check(planted: bytes, shared_authority: LoopbackAuthority) -> None:
    """Whatever bytes somebody plants as a timestamp, the answer is that it does not hold."""
    with pytest.raises(TimestampWrong):
        check(CONTENT, planted, shared_authority.authority().roots)


def test_a_kept_refusal_is_no_timestamp(tsa: LoopbackAuthority) -> None:
    """A genuine refusal planted in the place of a timestamp is named as what it is."""
    tsa.trouble = "rejects"
    query = (
        rfc3161.TimestampRequestBuilder().data(CONTENT).hash_algorithm(rfc3161.HashAlgorithm.SHA256).build()
    )
    with pytest.raises(TimestampWrong, match="refusal"):
        check(CONTENT, tsa._answer(query.as_bytes()), tsa.authority().roots)
