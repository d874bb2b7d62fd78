"""A WACZ is one that everybody's tools open, whatever the replies in it say."""

from __future__ import annotations

import io
import json
import subprocess
import sys
import zipfile
from datetime import UTC, datetime, timedelta
from pathlib import Path

from tests import outsider
from tests.archives import INDEX, PAGES, opened
from worker.evidence.render.wacz import Reply, write_wacz

AT = datetime(2031, 3, 30, 0, 59, 58, tzinfo=UTC)
TIMES = ("00:59:58", "00:59:59", "01:00:00")
MADE = AT + timedelta(seconds=7)
URL = "https://www.example.test/Northmoor/posts/1/?comment_id=2&a=1"


def reply(
    url: str = URL, body: bytes = b"<p>Said</p>", status: int = 200, seconds: int = 0, **headers: str
) -> Reply:
    """A reply; headers by name, with _ for -."""
    given = tuple((name.replace("_", "-"), value) for name, value in headers.items())
    return Reply(url, status, "OK", given, body, AT + timedelta(seconds=seconds))


def test_others_tools_open_it_and_find_every_byte(tmp_path: Path) -> None:
    """Validator, checker, indexer and reader of other makers agree; times are those that were handed in."""
    page = reply(content_type="text/html; charset=utf-8", content_encoding="br", content_length="5")
    others = [
        reply("https://static.example.test:8443/x.js", bytes(range(256)), seconds=1),
        reply("http://127.0.0.1:8080/", b"", status=404, seconds=2),
    ]
    found = opened(write_wacz([page, *others], page, "A \u202epage", MADE), tmp_path)
    assert [(each.url, each.body) for each in found.replies] == [(x.url, x.body) for x in (page, *others)]
    assert [each.status for each in found.replies] == ["200", "200", "404"]
    assert [each.date for each in found.replies] == [f"2031-03-30T{at}Z" for at in TIMES]
    assert found.replies[0].headers == [
        ("content-type", "text/html; charset=utf-8"),
        ("x-orig-content-encoding", "br"),
        ("x-orig-content-length", "5"),
        ("content-length", "11"),
    ]
    assert found.package["created"] == "2031-03-30T01:00:05Z"
    assert found.page | {"id": ""} == {
        "id": "",
        "url": URL,
        "ts": "2031-03-30T00:59:58Z",
        "title": "A \u202epage",
    }


def test_its_index_is_sorted_as_others_sort_theirs(tmp_path: Path) -> None:
    """The keys are those of the public indexer, and one address that was fetched twice is there twice."""
    addresses = (
        URL,
        URL,
        "https://x.example.test/a/b?",
        "https://example.test/",
        "http://127.0.0.1:8080/page",
        "https://example.test:443/Z?b=2&a=1&c",
        "https://www2.example.test/q/?x=%C3%A9",
    )
    replies = [reply(url, f"{number}".encode(), seconds=number) for number, url in enumerate(addresses)]
    found = opened(write_wacz(replies, replies[0], "", MADE), tmp_path)
    theirs = subprocess.run(
        [Path(sys.executable).parent / "cdxj-indexer", "--sort", tmp_path / "archive" / "capture.warc.gz"],
        capture_output=True,
        text=True,
        timeout=60,
        check=True,
    )
    assert (tmp_path / "indexes" / "index.cdx").read_text() == theirs.stdout
    assert [each.body for each in found.replies if each.url == URL] == [b"0", b"1"]


def test_an_outsider_checks_it_with_the_commands_of_our_page(tmp_path: Path) -> None:
    """docs/verifying-evidence.md: its commands hold, and find a changed byte and a missing page list."""
    page = reply()
    wacz = write_wacz([page], page, "", MADE)
    (block,) = outsider.blocks(outsider.WEB_ARCHIVE)

    def holds(given: bytes) -> bool:
        folder = tmp_path / "data"
        folder.mkdir(exist_ok=True)
        (folder / "login-wall.wacz").write_bytes(given)
        return outsider.run(folder, block.commands, tmp_path / "tools").returncode == 0

    assert holds(wacz)
    in_a_record = wacz.index(b"archive/capture.warc.gz") + 400
    assert not holds(wacz[:in_a_record] + bytes([wacz[in_a_record] ^ 1]) + wacz[in_a_record + 1 :])
    assert not holds(_without(wacz, PAGES))
    assert not holds(_without(wacz, INDEX))


def _without(wacz: bytes, name: str) -> bytes:
    """The same, as the public validator lets it pass: a file gone from the ZIP and from its list."""
    made = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(wacz)) as given, zipfile.ZipFile(made, "w") as file:
        package = json.loads(given.read("datapackage.json"))
        package["resources"] = [each for each in package["resources"] if each["path"] != name]
        for each in given.namelist():
            if each not in {name, "datapackage.json", "datapackage-digest.json"}:
                file.writestr(each, given.read(each))
        file.writestr("datapackage.json", json.dumps(package))
    return made.getvalue()


def test_no_header_can_sign_anybody_in(tmp_path: Path) -> None:
    """Cookies and whatever else carries a credential are left out, however they are spelt."""
    secret = "made-up-secret"
    names = (
        "Set-Cookie",
        "SET-COOKIE2",
        "cookie",
        "Authorization",
        "WWW-Authenticate",
        "Proxy-Authorization",
    )
    given = (("Content-Type", "text/html"), *((name, secret) for name in names))
    page = Reply(URL, 200, "OK", given, b"x", AT)
    wacz = write_wacz([page], page, "", MADE)
    found = opened(wacz, tmp_path)
    assert [name for name, _ in found.replies[0].headers] == ["content-type", "content-length"]
    assert secret.encode() not in (tmp_path / "archive" / "capture.warc.gz").read_bytes()


def test_hostile_replies_stay_inside_their_records(tmp_path: Path) -> None:
    """Line ends, records and headers made up inside a reply begin nothing new, and break no tool."""
    forged = b"\r\n\r\nWARC/1.1\r\nWARC-Type: response\r\nContent-Length: 0\r\n\r\n"
    page = reply(
        body=forged + b"\x1f\x8b\x08" + forged,
        content_type='text/html"\r\n\r\nX-Forged: 1\n\0; charset=utf-8',
        etag="caf\u00e9 \ud800 \U0001f52a; a=\u202e",
        x_folded="one\n two\r\n\tthree",
    )
    odd = Reply(
        URL + "%0d%0aX:'\"{}",
        200,
        "OK\r\nX-Forged: 1",
        (("X Odd", "1"), ("", "2"), ("X\r\nY", "3"), ("X:", "4"), ("\u00e9", "5")),
        b"x",
        AT,
    )
    found = opened(write_wacz([page, odd], page, 'T\n{"id": "forged"}\u2028', MADE), tmp_path)
    assert [each.body for each in found.replies] == [page.body, b"x"]
    assert [name for name, _ in found.replies[1].headers] == ["content-length"]
    assert [name for name, _ in found.replies[0].headers] == [
        "content-type",
        "etag",
        "x-folded",
        "content-length",
    ]
    assert dict(found.replies[0].headers)["etag"] == "caf%C3%A9   %F0%9F%94%AA; a=%E2%80%AE"
    assert found.page["title"] == 'T\n{"id": "forged"}\u2028'
