"""A timestamp authority of one's own, for trial, training and tests, made of OpenSSL.

It is no trusted third party: whoever runs it can let it say any time, so its timestamps prove nothing to a
court. It speaks the same protocol as a real one, and its tokens are checked by the same commands.

    FOLDER/                 0700
        ca.pem              the root, to be named in the setting evidence.tsa_ca_file
        authority.pem 0600  the certificate that signs, and its key

The root's private key is never written down: it signs that one certificate and is forgotten.
"""

from __future__ import annotations

import secrets
import subprocess
import tempfile
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID

from worker.errors import UpstanderError
from worker.keyring.files import write_whole

CA = "ca.pem"
SIGNER = "authority.pem"
_VALID_FOR = timedelta(days=3653)
_SECONDS = 20.0
#: Only the signer's own certificate goes into a token: readers disagree about the order of several.
_CONFIGURATION = f"""\
[tsa]
default_tsa = trial
[trial]
serial = serial
signer_cert = {SIGNER}
signer_key = {SIGNER}
signer_digest = sha256
default_policy = 1.3.6.1.4.1.13762.3
digests = sha256, sha384, sha512
accuracy = secs:1
ordering = no
tsa_name = yes
ess_cert_id_chain = no
ess_cert_id_alg = sha256
"""


class TrialAuthorityFault(UpstanderError):
    """The trial timestamp authority cannot run."""


@dataclass(frozen=True, slots=True)
class TrialAuthority:
    """Answers timestamp queries with `openssl ts`, at the machine's own time.

    Attributes:
        folder: holds its certificates and key, made by `create`.
    """

    folder: Path

    @property
    def ca(self) -> Path:
        """The root certificate, which those who ask must know."""
        return self.folder / CA

    def create(self, now: datetime, *, valid_for: timedelta = _VALID_FOR) -> None:
        """Make root and signer, unless they are there.

        Args:
            now: by the machine's own clock, which OpenSSL stamps with.
            valid_for: how long the signer's certificate holds; the root holds for ten years.
        """
        self.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        if (self.folder / SIGNER).exists():
            return
        root_key, key = (ec.generate_private_key(ec.SECP256R1()) for _ in range(2))
        root = _root(root_key, now)
        signer = _signer(key, root_key, root, now, now + valid_for)
        pem = serialization.Encoding.PEM
        secret = key.private_bytes(pem, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
        # The signer last: where it is, the root that made it is.
        write_whole(self.folder / CA, root.public_bytes(pem))
        write_whole(self.folder / SIGNER, secret + signer.public_bytes(pem))

    def answer(self, query: bytes) -> bytes:
        """Answer one query. Any number may be answered at once.

        Returns:
            The reply; a refusal too is one.

        Raises:
            TrialAuthorityFault: OpenSSL is not there, or did not answer.
        """
        with tempfile.TemporaryDirectory(prefix="upstander-tsa-") as aside:
            folder = Path(aside)
            # OpenSSL keeps its serial numbers in a file that two at once would read alike, so each query
            # has a file of its own with a random number of 128 bits.
            (folder / "serial").write_text(f"{secrets.randbits(127) | 1 << 127:X}\n")
            (folder / "query").write_bytes(query)
            (folder / "tsa.cnf").write_text(_CONFIGURATION)
            (folder / SIGNER).symlink_to(self.folder.resolve() / SIGNER)
            command = [
                "openssl",
                "ts",
                "-reply",
                "-config",
                "tsa.cnf",
                "-queryfile",
                "query",
                "-out",
                "reply",
            ]
            try:
                ran = subprocess.run(  # noqa: S603 - a fixed command; the query is in a file
                    command, cwd=folder, capture_output=True, timeout=_SECONDS, check=False
                )
            except (OSError, subprocess.TimeoutExpired) as error:
                raise _fault(type(error).__name__) from error
            if ran.returncode != 0 or not (folder / "reply").exists():
                raise _fault(ran.stderr.decode(errors="replace").strip().rpartition("\n")[2])
            return (folder / "reply").read_bytes()


def _root(key: ec.EllipticCurvePrivateKey, now: datetime) -> x509.Certificate:
    name = _name("Trial timestamp root (not for evidence)")
    builder = _builder(name, name, key, now, now + _VALID_FOR)
    builder = _signed_by(key, builder)
    builder = builder.add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
    return builder.add_extension(_usage(signs_certificates=True), critical=True).sign(key, hashes.SHA256())


def _signer(
    key: ec.EllipticCurvePrivateKey,
    root_key: ec.EllipticCurvePrivateKey,
    root: x509.Certificate,
    now: datetime,
    until: datetime,
) -> x509.Certificate:
    name = _name("Trial timestamp authority (not for evidence)")
    stamping = x509.ExtendedKeyUsage([ExtendedKeyUsageOID.TIME_STAMPING])
    builder = _signed_by(root_key, _builder(name, root.subject, key, now, until))
    builder = builder.add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
    builder = builder.add_extension(_usage(signs_certificates=False), critical=True)
    return builder.add_extension(stamping, critical=True).sign(root_key, hashes.SHA256())


def _builder(
    subject: x509.Name, issuer: x509.Name, key: ec.EllipticCurvePrivateKey, now: datetime, until: datetime
) -> x509.CertificateBuilder:
    return (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(until)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
    )


def _signed_by(key: ec.EllipticCurvePrivateKey, builder: x509.CertificateBuilder) -> x509.CertificateBuilder:
    # The roots of all trial authorities bear one name: this tells a reader which of them signed.
    identifier = x509.AuthorityKeyIdentifier.from_issuer_public_key(key.public_key())
    return builder.add_extension(identifier, critical=False)


def _usage(*, signs_certificates: bool) -> x509.KeyUsage:
    return x509.KeyUsage(
        digital_signature=not signs_certificates,
        content_commitment=False,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        key_cert_sign=signs_certificates,
        crl_sign=False,
        encipher_only=False,
        decipher_only=False,
    )


def _name(text: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, text)])


def _fault(why: str) -> TrialAuthorityFault:
    return TrialAuthorityFault(
        f"The trial timestamp authority could not answer: {why}.",
        do="See that openssl is installed: `openssl version`.",
    )
