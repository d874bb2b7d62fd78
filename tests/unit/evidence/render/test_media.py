"""Media: what comes is kept byte for byte and known for what it is; what is something else is refused."""

from __future__ import annotations

import hashlib
import io
import json
import ssl
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID
from PIL import Image

from connectors.sandbox.pictures import media
from tests.unit.evidence.render.wires import PUBLIC, Network, platform
from worker.evidence.render.addresses import AllowList
from worker.evidence.render.failing import RenderFailed
from worker.evidence.render.guard import Guard
from worker.evidence.render.kinds import kind_of
from worker.evidence.render.likeness import MOST_PIXELS, likeness
from worker.evidence.render.media import Fetched, Wanted, fetch

HOST = "media.example.test"
_KEY_USAGE = x509.KeyUsage(True, False, False, False, False, True, True, False, False)  # noqa: FBT003 - the library's own list


def file(name: str) -> bytes:
    """One of the sandbox's files."""
    found = media(name)
    assert found is not None
    return found[0]


def answer(body: bytes, *headers: str, status: str = "200 OK") -> bytes:
    """An HTTP answer with its length."""
    lines = [f"HTTP/1.1 {status}", f"Content-Length: {len(body)}", *headers]
    return "\r\n".join(lines).encode() + b"\r\n\r\n" + body


@contextmanager
def asking(says: bytes) -> Iterator[Wanted]:
    """What to ask of a platform that answers like this, through a guard."""
    with platform(says) as site:
        net = Network(site.port, {HOST: [[PUBLIC]]})
        with (
            Guard(resolve=net.resolve, dial=net.dial) as guard,
            guard.admit(AllowList.of([HOST])) as held,
        ):
            proxy = f"http://{held.name}:{held.password}@127.0.0.1:{guard.port}"
            yield Wanted(f"http://{HOST}/a.jpg?token=hush#part", proxy, 500_000, 10)


def fetched(says: bytes) -> Fetched:
    """What comes of such an answer."""
    with asking(says) as wanted:
        return fetch(wanted)


def refused(says: bytes) -> RenderFailed:
    """Why nothing comes of such an answer."""
    with asking(says) as wanted, pytest.raises(RenderFailed) as failed:
        fetch(wanted)
    return failed.value


def test_a_picture_comes_as_it_is() -> None:
    """Bytes, hash, size and type are those of the file itself, whatever the header claims."""
    picture = file("bus-stop.jpg")
    came = fetched(answer(picture, "Content-Type: text/html", "ETag: W/abc", "Set-Cookie: a=b"))
    assert came.data == picture
    assert came.facts["sha256"] == hashlib.sha256(picture).hexdigest()
    assert (came.facts["type"], came.facts["size"]) == ("image/jpeg", len(picture))
    assert came.facts["headers"] == {
        "Content-Type": "text/html",
        "Content-Length": str(len(picture)),
        "ETag": "W/abc",
    }


def test_tokens_in_an_address_stay_out_of_the_facts() -> None:
    """The facts name the address without its query, and a hash by which the whole can be recognised."""
    facts = fetched(answer(file("a.png"))).facts
    assert facts["asked"] == f"http://{HOST}/a.jpg"
    assert (
        facts["asked_sha256"] == hashlib.sha256(f"http://{HOST}/a.jpg?token=hush#part".encode()).hexdigest()
    )
    assert "hush" not in json.dumps(facts)


def test_chunks_are_put_together() -> None:
    """A body that comes in chunks is the file, without the chunks' lengths."""
    picture = file("a.gif")
    head = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
    body = b"%x\r\n%s\r\n%x\r\n%s\r\n0\r\n\r\n" % (100, picture[:100], len(picture) - 100, picture[100:])
    assert fetched(head + body).data == picture


@pytest.mark.parametrize(
    ("says", "why"),
    [
        (answer(b"<!doctype html><title>Log in</title>", "Content-Type: image/jpeg"), "not_media"),
        (answer(b"<svg xmlns='http://www.w3.org/2000/svg'/>", "Content-Type: image/svg+xml"), "not_media"),
        (answer(b""), "not_media"),
        (answer(b"", status="404 Not Found"), "gone"),
        (answer(b"", status="410 Gone"), "gone"),
        (answer(file("a.jpg"), status="500 Oops"), "refused"),
        (answer(file("a.jpg"), status="206 Partial Content"), "refused"),
        (answer(zlib.compress(file("a.png")), "Content-Encoding: deflate"), "refused"),
        (answer(file("a.jpg"))[:-50], "damaged"),
        (b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n64\r\nonly this", "damaged"),
        (answer(b"\xff\xd8\xff" + b"x" * 600_000), "too_large"),
        (b"HTTP/1.1 200 OK\r\n\r\n\xff\xd8\xff" + b"x" * 600_000, "too_large"),
        (answer(b"", f"Location: http://{HOST}/a.jpg", status="302 Found"), "refused"),
        (answer(b"", "Location: file:///etc/hosts", status="302 Found"), "blocked"),
        (answer(b"", "Location: http://a:b@media.example.test/", status="302 Found"), "blocked"),
        (answer(b"", "Location: http://169.254.169.254/", status="302 Found"), "refused"),
    ],
)
def test_what_is_not_the_media_is_refused(says: bytes, why: str) -> None:
    """A page, a part, an error, an endless file or a redirect to elsewhere never counts as the media."""
    failed = refused(says)
    assert failed.why == why
    assert "hush" not in str(failed)


def test_a_pass_never_stands_in_an_error() -> None:
    """What the guard is shown is in no message, whatever the HTTP library says."""
    with asking(b"") as wanted, pytest.raises(RenderFailed) as failed:
        fetch(Wanted("http://127.0.0.1:1/", wanted.proxy, 10, 10))
    assert wanted.proxy.split("@", maxsplit=1)[0] not in f"{failed.value!r}{failed.value.__cause__!r}"
    assert failed.value.__suppress_context__ or failed.value.__context__ is None


def test_time_runs_out() -> None:
    """A fetch whose time is over ends, however much has come."""
    moments = iter([0.0, 1.0, 20.0])
    with asking(answer(file("a.jpg"))) as wanted, pytest.raises(RenderFailed) as failed:
        fetch(wanted, ticks=lambda: next(moments))
    assert failed.value.why == "too_slow"


@pytest.mark.parametrize(
    ("data", "type_"),
    [
        (file("a.jpg"), "image/jpeg"),
        (file("a.png"), "image/png"),
        (file("a.gif"), "image/gif"),
        (file("a.mp4"), "video/mp4"),
        (b"\x00\x00\x00\x14ftypqt  \x00\x00\x02\x00", "video/quicktime"),
        (b"RIFF\x00\x00\x00\x00WEBPVP8 ", "image/webp"),
        (b"\x1a\x45\xdf\xa3\x9f\x42\x86\x81\x01\x42\x82\x84webm", "video/webm"),
        (b"RIFF\x00\x00\x00\x00WAVEfmt ", None),
        (b"\x00\x00\x00\x14ftypheic\x00\x00\x00\x00", None),
        (b"%PDF-1.7", None),
        (b"MZ\x90\x00", None),
        (b"PK\x03\x04", None),
        (b"", None),
    ],
)
def test_the_bytes_say_what_it_is(data: bytes, type_: str | None) -> None:
    """Kinds are known by their bytes; anything that is not on the list is none."""
    kind = kind_of(data)
    assert (kind.type if kind else None) == type_


def seen(data: bytes) -> dict[str, object]:
    """What a file looks like."""
    kind = kind_of(data)
    assert kind is not None
    return likeness(data, kind)


def test_a_copy_looks_like_its_original() -> None:
    """A smaller, coarser copy has other bytes and nearly the same hash; another picture has not."""
    original = file("bus-stop.png")
    copy = io.BytesIO()
    Image.open(io.BytesIO(original)).resize((300, 200)).save(copy, "JPEG", quality=40)
    found = [str(seen(each)["pdq"]) for each in (original, copy.getvalue(), file("other.png"))]
    apart = [(int(found[0], 16) ^ int(each, 16)).bit_count() for each in found]
    assert apart[0] == 0
    assert apart[1] <= 31
    assert apart[2] > 31 * 2


def test_a_hash_has_all_its_digits() -> None:
    """A hash that begins with noughts still has 64 digits: all 256 bits."""
    for number in range(200):
        found = str(seen(file(f"picture-{number}.png"))["pdq"])
        assert len(found) == 64
        if found.startswith("0"):
            return
    pytest.fail("no hash began with a nought")


def test_a_flat_picture_is_known_to_say_little() -> None:
    """The quality tells that a hash of a plain area is not to be trusted."""
    flat = io.BytesIO()
    Image.new("RGB", (100, 100), "white").save(flat, "PNG")
    assert seen(flat.getvalue())["pdq_quality"] == 0
    assert int(str(seen(file("bus-stop.png"))["pdq_quality"])) > 50


def bomb(width: int, height: int) -> bytes:
    """A small PNG that claims to be this large."""

    def chunk(name: bytes, data: bytes) -> bytes:
        return len(data).to_bytes(4, "big") + name + data + zlib.crc32(name + data).to_bytes(4, "big")

    head = width.to_bytes(4, "big") + height.to_bytes(4, "big") + bytes([8, 2, 0, 0, 0])
    return (
        b"\x89PNG\r\n\x1a\n"
        + chunk(b"IHDR", head)
        + chunk(b"IDAT", zlib.compress(b"\0" * 100))
        + chunk(b"IEND", b"")
    )


@pytest.mark.parametrize(
    "data",
    [
        bomb(60_000, 60_000),
        bomb(10_000, MOST_PIXELS // 10_000 + 1),
        file("a.jpg")[:200],
        b"\x89PNG\r\n\x1a\n" + b"\0" * 50,
        b"GIF89a",
    ],
)
def test_a_picture_that_cannot_be_decoded_is_told(data: bytes) -> None:
    """Bombs and damaged files are not decoded and have no hash; that is written down, and nothing fails."""
    found = seen(data)
    assert "problem" in found
    assert "pdq" not in found


def test_a_video_has_no_likeness() -> None:
    """A video gets no made-up hash."""
    assert seen(file("a.mp4")) == {}


def certificate(folder: Path) -> tuple[Path, Path]:
    """A certificate for the platform, signed by itself, and its key."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, HOST)])
    made = (
        x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number())
        .not_valid_before(datetime(2020, 1, 1, tzinfo=UTC))
        .not_valid_after(datetime(2120, 1, 1, tzinfo=UTC))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName(HOST)]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
        .add_extension(_KEY_USAGE, critical=True)
        .sign(key, hashes.SHA256())
    )
    (folder / "cert.pem").write_bytes(made.public_bytes(serialization.Encoding.PEM))
    (folder / "key.pem").write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        )
    )
    return folder / "cert.pem", folder / "key.pem"


@pytest.mark.parametrize("trusted", [True, False])
def test_encryption_reaches_the_platform_itself(
    *, trusted: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Media come over TLS from end to end, and not at all from one whose certificate nobody vouches for."""
    cert, key = certificate(tmp_path)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(cert, key)
    if trusted:
        monkeypatch.setattr("requests.adapters.DEFAULT_CA_BUNDLE_PATH", str(cert))
    with platform(answer(file("a.jpg")), context) as site:
        net = Network(site.port, {HOST: [[PUBLIC]]})
        with Guard(resolve=net.resolve, dial=net.dial) as guard, guard.admit(AllowList.of([HOST])) as held:
            proxy = f"http://{held.name}:{held.password}@127.0.0.1:{guard.port}"
            wanted = Wanted(f"https://{HOST}/a.jpg", proxy, 500_000, 10)
            if trusted:
                assert fetch(wanted).data == file("a.jpg")
            else:
                with pytest.raises(RenderFailed) as failed:
                    fetch(wanted)
                assert failed.value.why == "unreachable"
    assert net.dialled == [(PUBLIC, 443)]
