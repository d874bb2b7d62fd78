"""Trusted timestamps: believed only when all of it holds, and told in words when it does not."""

from __future__ import annotations

import subprocess
import time
from datetime import UTC, datetime, timedelta
from itertools import product
from pathlib import Path

import pytest
import rfc3161_client as rfc3161
from cryptography.hazmat.primitives.serialization import Encoding
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.services.tsa import STAMPED, LoopbackAuthority, running_authority
from worker.evidence import trial_authority
from worker.evidence.timestamp import (
    TimestampWrong,
    check,
    read_certificates,
)
from worker.evidence.token_order import put_in_order


def openssl(folder: Path, ca: Path, *more: str) -> int:
    """What openssl alone says of the timestamp `F.tsr` of the file `F`: 0 where it holds."""
    command = ["openssl", "ts", "-verify", "-data", "F", "-in", "F.tsr", "-CAfile", str(ca.resolve()), *more]
    return subprocess.run(command, cwd=folder, capture_output=True, check=False).returncode


def test_a_timestamp_says_when_and_by_whom(tsa: LoopbackAuthority) -> None:
    """A stamp carries the authority's time, its number and its name, and checks again from what is kept."""
    before = datetime.now(UTC) - timedelta(seconds=2)
    token = tsa.authority().stamp(STAMPED)
    assert before < token.at < datetime.now(UTC) + timedelta(seconds=2)
    assert token.authority == "CN=Trial timestamp authority (not for evidence)"
    assert check(STAMPED, token.der, tsa.authority().roots) == token


def test_openssl_takes_the_kept_file(tsr: bytes, tsa: LoopbackAuthority, tmp_path: Path) -> None:
    """An outsider checks the very file that is kept with openssl alone."""
    (tmp_path / "F.tsr").write_bytes(tsr)
    for content, code in ((STAMPED, 0), (STAMPED + b".", 1)):
        (tmp_path / "F").write_bytes(content)
        assert openssl(tmp_path, tsa.trial.ca) == code


def test_a_stamp_by_an_unknown_authority_is_not_believed(tsr: bytes, tmp_path: Path) -> None:
    """Anybody can make a timestamp; one whose authority is not named does not hold, and says just that."""
    stranger = LoopbackAuthority(tmp_path)
    for roots in (read_certificates(stranger.trial.ca), ()):
        with pytest.raises(TimestampWrong, match="root certificate of its authority is not named"):
            check(STAMPED, tsr, roots)


def test_a_damaged_stamp_is_not_put_down_to_an_unknown_authority(tsr: bytes, tsa: LoopbackAuthority) -> None:
    """Where the root is named and the signature does not hold, nobody is sent to look for another root."""
    damaged = tsr[:-1] + bytes([tsr[-1] ^ 1])
    with pytest.raises(
        TimestampWrong, match="not signed by an authority that is believed here, or was damaged"
    ):
        check(STAMPED, damaged, tsa.authority().roots)


@pytest.mark.parametrize("made", ["by this version", "by an earlier one"])
def test_authorities_of_one_name_are_told_apart(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, made: str
) -> None:
    """A trial authority that was made anew has the old one's name: the stamps of both hold, in any order."""
    if made == "by an earlier one":
        monkeypatch.setattr(trial_authority, "_signed_by", lambda key, builder: builder)
    with running_authority(tmp_path / "old") as old, running_authority(tmp_path / "new") as new:
        both = [each.authority().roots[0] for each in (old, new)]
        stamps = [each.authority().stamp(STAMPED).der for each in (old, new)]
    (tmp_path / "F").write_bytes(STAMPED)
    for der, roots in product(stamps, (both, both[::-1])):
        assert check(STAMPED, der, roots).serial
        (tmp_path / "F.tsr").write_bytes(der)
        (tmp_path / "ca.pem").write_bytes(b"".join(each.public_bytes(Encoding.PEM) for each in roots))
        # Of certificates that do not say which root signed them, OpenSSL alone cannot tell.
        assert made == "by an earlier one" or openssl(tmp_path, tmp_path / "ca.pem") == 0


def test_a_stamp_holds_after_the_authoritys_certificate_ran_out(tmp_path: Path) -> None:
    """What was stamped in time holds for ever; what is stamped after the certificate ran out never does."""
    began = datetime.now(UTC)
    tsa = LoopbackAuthority(tmp_path, valid_for=timedelta(seconds=3))
    with tsa.server:
        kept = tsa.authority().stamp(STAMPED)
        (tmp_path / "F").write_bytes(STAMPED)
        (tmp_path / "F.tsr").write_bytes(kept.der)
        time.sleep(max(0.0, (began + timedelta(seconds=4.1) - datetime.now(UTC)).total_seconds()))
        assert check(STAMPED, kept.der, tsa.authority().roots) == kept
        with pytest.raises(TimestampWrong, match="expired"):
            tsa.authority().stamp(STAMPED)
    at = ("-attime", f"{kept.at.timestamp():.0f}")
    assert [openssl(tmp_path, tsa.trial.ca, *more) for more in ((), at)] == [1, 0]


def test_certificates_in_another_order_are_put_right(
    tsa: LoopbackAuthority, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Authorities send their certificates in any order; what is kept then passes with both readers."""
    written = trial_authority._CONFIGURATION + f"certs = {tsa.trial.ca.resolve()}\n"
    monkeypatch.setattr(trial_authority, "_CONFIGURATION", written)
    raw = tsa.trial.answer(rfc3161.TimestampRequestBuilder().data(STAMPED).build().as_bytes())
    orderly = put_in_order(raw)
    # One of the two orders is the right one, whichever of them OpenSSL wrote this time.
    first, second = sorted((tsa.trial.ca, tsa.trial.folder / "authority.pem"), key=_der)
    backwards = orderly.replace(_der(first) + _der(second), _der(second) + _der(first))
    assert backwards != orderly
    with pytest.raises(TimestampWrong):
        check(STAMPED, backwards, tsa.authority().roots)
    assert put_in_order(backwards) == orderly
    assert check(STAMPED, orderly, tsa.authority().roots).serial
    (tmp_path / "F").write_bytes(STAMPED)
    (tmp_path / "F.tsr").write_bytes(orderly)
    assert openssl(tmp_path, tsa.trial.ca) == 0


def _der(path: Path) -> bytes:
    return read_certificates(path)[0].public_bytes(Encoding.DER)


def test_what_is_in_order_stays_as_it_came(tsr: bytes) -> None:
    """Nothing but that order is ever changed in an authority's reply."""
    assert put_in_order(tsr) == tsr
    assert put_in_order(tsr[:-1]) == tsr[:-1]
    assert put_in_order(b"") == b""


def test_a_touched_timestamp_never_says_another_time(tsr: bytes, tsa: LoopbackAuthority) -> None:
    """Bytes that no signature covers may change; what a timestamp that still holds says never does."""
    roots, whole, found = tsa.authority().roots, check(STAMPED, tsr, tsa.authority().roots), 0
    for at in range(len(tsr)):
        damaged = bytearray(tsr)
        damaged[at] ^= 1 << at % 8
        try:
            read = check(STAMPED, bytes(damaged), roots)
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
        check(STAMPED, planted, shared_authority.authority().roots)


def test_a_kept_refusal_is_no_timestamp(tsa: LoopbackAuthority) -> None:
    """A genuine refusal planted in the place of a timestamp is named as what it is."""
    tsa.trouble = "rejects"
    query = (
        rfc3161.TimestampRequestBuilder().data(STAMPED).hash_algorithm(rfc3161.HashAlgorithm.SHA256).build()
    )
    with pytest.raises(TimestampWrong, match="refusal"):
        check(STAMPED, tsa._answer(query.as_bytes()), tsa.authority().roots)
