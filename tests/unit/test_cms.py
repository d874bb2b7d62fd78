"""Detached signatures: openssl takes what we make, and nothing that was touched passes for ours."""

from __future__ import annotations

import re
import subprocess
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import NoReturn

import pytest
from cryptography import x509
from cryptography.hazmat import asn1
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import pkcs7
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.certificates import THESE_ALONE, Website, as_earlier
from tests.worlds import PROJECT
from worker import cms
from worker.keyring.certificate import certify

NOW = datetime(2026, 11, 6, 9, 30, tzinfo=UTC)
CONTENT = b"0123  data/report.html\n"
KEY, OTHER_KEY = (ec.generate_private_key(ec.SECP256R1()) for _ in range(2))
CERTIFICATE, OTHER = (certify(key, "Example NHS Trust", NOW) for key in (KEY, OTHER_KEY))
RING = {cms.fingerprint(CERTIFICATE): CERTIFICATE}
SIGNATURE = cms.sign(CONTENT, KEY, CERTIFICATE, NOW)


def openssl_accepts(
    folder: Path, content: bytes, signature: bytes, *certificates: x509.Certificate, without: str = "-"
) -> bool:
    """Whether the documented command takes it, or takes it without one of its options."""
    (folder / "X").write_bytes(content)
    (folder / "X.p7s").write_bytes(signature)
    (folder / "certificate.pem").write_bytes(
        b"".join(each.public_bytes(serialization.Encoding.PEM) for each in certificates)
    )
    documented = re.search(
        r"^    (openssl cms .*?)\n\"?\"?\"?$", f"{cms.__doc__}\n", re.MULTILINE | re.DOTALL
    )
    assert documented is not None
    # The certificates of these tests are dated by the tests' own clock.
    command = f"{documented[1]} ".replace(f"{without} ", "")
    command = f"{command} -attime {NOW.timestamp():.0f}"
    return (
        subprocess.run(["bash", "-c", command], cwd=folder, capture_output=True, check=False).returncode == 0
    )


def test_a_signature_says_who_and_when() -> None:
    """What was signed verifies, with the signer's fingerprint and the moment by the clock handed in."""
    assert cms.verify(CONTENT, SIGNATURE, RING) == cms.Signed(cms.fingerprint(CERTIFICATE), NOW)


def test_openssl_takes_our_signatures(tmp_path: Path) -> None:
    """An outsider checks a signature with openssl alone, and sees altered content or another signer."""
    assert openssl_accepts(tmp_path, CONTENT, SIGNATURE, CERTIFICATE)
    assert not openssl_accepts(tmp_path, CONTENT + b"\n", SIGNATURE, CERTIFICATE)
    assert not openssl_accepts(tmp_path, CONTENT, SIGNATURE, OTHER)


@pytest.mark.parametrize("left_out", ["-no-CApath", "-no-CAstore"])
def test_a_certificate_for_a_website_signs_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, left_out: str
) -> None:
    """The command that we tell believes the named file alone, not whom the machine trusts for the web."""
    website = Website(tmp_path, NOW)
    for name, value in website.environ.items():
        monkeypatch.setenv(name, value)
    forged = website.sign(CONTENT)
    assert not openssl_accepts(tmp_path, CONTENT, forged, CERTIFICATE)
    assert openssl_accepts(tmp_path, CONTENT, forged, CERTIFICATE, without=left_out), "the option is needed"


@pytest.mark.parametrize("made", ["by this version", "by an earlier one"])
def test_keys_that_were_used_one_after_the_other_all_hold(tmp_path: Path, made: str) -> None:
    """A Trust's certificates bear one name: in one file, in any order, each holds for its own signatures."""
    keys, certificates = (KEY, OTHER_KEY), [CERTIFICATE, OTHER]
    if made == "by an earlier one":
        certificates = [
            as_earlier(certificate, key) for certificate, key in zip(certificates, keys, strict=True)
        ]
    for key, certificate in zip(keys, certificates, strict=True):
        signature = cms.sign(CONTENT, key, certificate, NOW)
        for bundle in (certificates, certificates[::-1]):
            assert openssl_accepts(tmp_path, CONTENT, signature, *bundle)
            # Whoever leaves the option out can still tell those apart that say which key signed them.
            told_apart = made == "by this version" or certificate is bundle[0]
            alone = openssl_accepts(tmp_path, CONTENT, signature, *bundle, without="-partial_chain")
            assert alone == told_apart


def test_every_command_that_we_tell_believes_the_named_file_alone() -> None:
    """Wherever the program or its pages say how a signature is checked, none of the options is left out."""
    told = [
        command
        for folder in ("docs", "worker")
        for path in sorted((PROJECT / folder).rglob("*"))
        if path.suffix in {".html", ".md", ".py", ".txt"}
        for command in re.findall(r"openssl cms -verify(?!`)(?:\\\n|.)*", path.read_text(encoding="utf-8"))
        # One is put together of parts; what comes of it is run on a hand-over.
        if path.name != "instructions.py"
    ]
    assert len(told) > 4
    assert not [each for each in told if "-CAfile" not in each or THESE_ALONE not in each]


def test_the_fingerprint_is_the_one_openssl_shows(tmp_path: Path) -> None:
    """The fingerprint that the Trust writes down can be compared with what anybody's openssl shows."""
    (tmp_path / "c.pem").write_bytes(CERTIFICATE.public_bytes(serialization.Encoding.PEM))
    command = ["openssl", "x509", "-in", "c.pem", "-noout", "-fingerprint", "-sha256"]
    shown = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=True).stdout
    assert shown.strip().rpartition("=")[2].replace(":", "").lower() == cms.fingerprint(CERTIFICATE)


@pytest.mark.parametrize("content", [b"", CONTENT + b"\n", CONTENT.replace(b"\n", b"\r\n")])
def test_altered_content_is_named_as_that(content: bytes) -> None:
    """A changed byte, a line end too, is told apart from a bad signature or a foreign key."""
    with pytest.raises(cms.ContentAltered, match="altered after it was signed"):
        cms.verify(content, SIGNATURE, RING)


def test_a_signature_with_another_key_is_named_as_that() -> None:
    """Signing everything anew with another key is found, whatever certificate the signature carries."""
    forged = cms.sign(CONTENT, OTHER_KEY, OTHER, NOW)
    with pytest.raises(cms.SignedByAnother, match=f"another key.*{cms.fingerprint(OTHER)}"):
        cms.verify(CONTENT, forged, RING)


def test_another_key_under_our_certificate_is_found() -> None:
    """A forger who puts our certificate into a signature of theirs gains nothing by it."""
    forged = cms.sign(CONTENT, OTHER_KEY, CERTIFICATE, NOW)
    with pytest.raises(cms.SignatureUnreadable, match="does not fit its certificate"):
        cms.verify(CONTENT, forged, RING)


@pytest.mark.parametrize("by", [timedelta(days=-1), timedelta(days=3660)])
def test_a_signing_time_outside_the_validity_is_named_as_that(by: timedelta) -> None:
    """A signature dated before its certificate was made, or after it ran out, does not hold."""
    signature = cms.sign(CONTENT, KEY, CERTIFICATE, NOW + by)
    with pytest.raises(cms.OutsideValidity, match="did not hold"):
        cms.verify(CONTENT, signature, RING)


def test_every_flipped_bit_of_a_signature_is_found() -> None:
    """There is no spare byte in a signature: whatever is touched, it does not hold any more."""
    for at in range(len(SIGNATURE)):
        damaged = bytearray(SIGNATURE)
        damaged[at] ^= 1 << at % 8
        with pytest.raises(cms.SignatureFault):
            cms.verify(CONTENT, bytes(damaged), RING)


@pytest.mark.parametrize(
    "signature",
    [b"", b"0", SIGNATURE[:-1], SIGNATURE + b"\0", SIGNATURE * 2, b"\x30\x80" * 5000, b"0" * 100_000],
    ids=["empty", "letter", "cut", "longer", "twice", "nested", "giant"],
)
def test_what_is_no_signature_is_named_as_that(signature: bytes) -> None:
    """Rubbish in the place of a signature is told in words, and is never an unexpected error."""
    with pytest.raises(cms.SignatureUnreadable, match="cannot be read"):
        cms.verify(CONTENT, signature, RING)


def test_a_giant_is_not_parsed(monkeypatch: pytest.MonkeyPatch) -> None:
    """A file that is far too large to be a signature is refused before anything reads it."""

    def reads(*_arguments: object) -> NoReturn:
        raise AssertionError

    monkeypatch.setattr(asn1, "decode_der", reads)
    with pytest.raises(cms.SignatureUnreadable, match="far more than a signature takes"):
        cms.verify(CONTENT, SIGNATURE + b"\0" * 1_000_000, RING)


@settings(max_examples=200, deadline=None)
@given(st.binary(max_size=800))
def test_no_file_upsets_the_reader(planted: bytes) -> None:
    """Whatever bytes somebody plants as a signature, the answer is that it does not hold."""
    with pytest.raises(cms.SignatureFault):
        cms.verify(CONTENT, planted, RING)


def test_a_signature_by_another_program_is_refused() -> None:
    """One shape only is believed: one made by another tool, even with our key, is not ours."""
    builder = pkcs7.PKCS7SignatureBuilder().set_data(CONTENT).add_signer(CERTIFICATE, KEY, hashes.SHA256())
    options = [pkcs7.PKCS7Options.DetachedSignature, pkcs7.PKCS7Options.Binary]
    with pytest.raises(cms.SignatureUnreadable):
        cms.verify(CONTENT, builder.sign(serialization.Encoding.DER, options), RING)


def test_a_signature_without_signed_attributes_over_the_digest_is_refused() -> None:
    """A signature that was made over attributes cannot be passed off as one over a file of those bytes."""
    attributes = asn1.encode_der(cms._read(SIGNATURE)[1].attributes)
    with pytest.raises(cms.ContentAltered):
        cms.verify(attributes, SIGNATURE, RING)


def test_signing_goes_on_after_2049() -> None:
    """The two-digit years of older times end in 2049; signatures are read right beyond."""
    then = datetime(2051, 3, 1, 12, 0, tzinfo=UTC)
    certificate = certify(KEY, "Example NHS Trust", then)
    signature = cms.sign(CONTENT, KEY, certificate, then)
    assert cms.verify(CONTENT, signature, {cms.fingerprint(certificate): certificate}).at == then
