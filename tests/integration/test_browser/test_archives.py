"""What a real Chromium received is in the web archive byte for byte, or is left out and counted."""

from __future__ import annotations

import gzip
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from connectors.sandbox.server import Sandbox
from tests.archives import look, opened
from tests.integration.test_browser.site import CHROMIUM, SAID, Site, settings
from worker.evidence.render import received
from worker.evidence.render.browser import Chromium, Visit, Window
from worker.evidence.render.guard import Guard
from worker.evidence.render.passes import Pass
from worker.evidence.render.pool import Ask, Renderer
from worker.evidence.render.received import MOST_EACH

pytestmark = [pytest.mark.browser, pytest.mark.timeout(300)]

SECRET = "made-up-cookie"
LATIN = b"<!doctype html><meta charset=latin1><p>I know which bus she takes, and I will be there.</p>\xe9\xff"


def raw(body: bytes, *headers: str, status: str = "200 OK") -> bytes:
    """A reply as it goes over the line."""
    lines = [f"HTTP/1.1 {status}", f"Content-Length: {len(body)}", *headers]
    return "\r\n".join(lines).encode() + b"\r\n\r\n" + body


def test_bytes_are_kept_as_they_came_and_nothing_that_signs_in(
    renderer: Renderer, site: Site, tmp_path: Path
) -> None:
    """Text in any encoding, packed or not, fetched twice or not by a GET: kept to the byte, or counted."""
    script = b"const caf\xe9 = '\xff';"
    asks = "for (const each of ['/bytes', '/twice', '/twice', '/moved']) fetch(each).then((r) => r.text());"
    asks += "fetch('http://elsewhere.example.test/x', {mode: 'no-cors'}); fetch('/post', {method: 'POST'});"
    asks += "fetch('/twice', {method: 'HEAD'}); fetch('/' + 'x'.repeat(8050)).then((r) => r.text());"
    html = LATIN + f"<script src=/packed.js></script><script>{asks}</script>".encode()
    cookie = f"Set-Cookie: session={SECRET}"
    site.raw |= {
        "/archived": raw(html, cookie, "Content-Type: text/html", "X-Odd: a", "X-Odd: b; \u00e9"),
        "/packed.js": raw(gzip.compress(script), "Content-Encoding: gzip", cookie),
        "/bytes": raw(bytes(range(256)), "Content-Type: application/octet-stream"),
        "/twice": raw(b"twice"),
        "/moved": raw(b"gone on", "Location: /bytes", status="302 Found"),
    }
    seen = renderer.render(Ask(f"http://{site.address}/archived", SAID, pictures=False))
    assert set(seen.files) == {"page.png", "page.mhtml", "page.wacz", "page.txt"}
    found = opened(seen.files["page.wacz"], tmp_path)
    assert found.page["url"] == f"http://{site.address}/archived"
    assert found.bodies() == {
        "/archived": html,
        "/packed.js": script,
        "/bytes": bytes(range(256)),
        "/twice": b"twice",
    }
    assert sorted(each.url.rpartition("/")[2] for each in found.replies).count("twice") == 2
    packed = next(dict(each.headers) for each in found.replies if each.url.endswith("packed.js"))
    assert (packed["x-orig-content-encoding"], packed["content-length"]) == ("gzip", str(len(script)))
    assert not [each for each in found.replies if SECRET in str(each.headers)]
    facts = seen.facts["wacz"]
    assert (facts["problem"], facts["replies"]) == (None, len(found.replies))
    assert facts["left_out"] == {
        "at an odd address": 1,
        "not asked for by GET": 1,
        "redirected": 1,
        "refused by our guard": 2,
    }


def test_a_giant_is_left_out_and_the_rest_kept(renderer: Renderer, site: Site) -> None:
    """A body over the bound, sent so or unfolding to it, and one cut short, cost neither page nor archive."""
    asks = "for (const each of ['/giant', '/bomb', '/short']) fetch(each).then((r) => r.text());"
    html = LATIN + f"<script>{asks}</script>".encode()
    bomb = gzip.compress(b"\0" * (MOST_EACH + 1))
    site.raw |= {
        "/heavy": raw(html, "Content-Type: text/html"),
        "/giant": raw(b"a" * (MOST_EACH + 1)),
        "/bomb": raw(bomb, "Content-Encoding: gzip"),
        "/short": raw(b"short").replace(b": 5", b": 50"),
    }
    seen = renderer.render(Ask(f"http://{site.address}/heavy", SAID, pictures=False))
    found = look(seen.files["page.wacz"])
    assert found.bodies() == {"/heavy": html}
    assert seen.facts["wacz"]["left_out"] == {"not read to the end": 1, "too large": 2}


def test_a_page_that_cannot_be_archived_is_still_seen(renderer: Renderer, site: Site) -> None:
    """Where the page's own reply is too large no archive is made, and the facts say why; the rest is kept."""
    html = LATIN + b"<!--" + b"x" * MOST_EACH + b"-->"
    site.raw["/endless"] = raw(html, "Content-Type: text/html")
    seen = renderer.render(Ask(f"http://{site.address}/endless", SAID, pictures=False))
    assert {"page.png", "page.txt"} <= set(seen.files)
    assert "page.wacz" not in seen.files
    assert seen.facts["wacz"] == {
        "problem": "the page's own reply could not be had whole",
        "replies": 0,
        "left_out": {"too large": 1},
    }


def test_a_page_that_leads_on_by_itself_is_archived_where_it_ends(renderer: Renderer, site: Site) -> None:
    """A page that goes elsewhere by script: the archive names the page that was seen at the end."""
    site.raw |= {
        "/first": raw(b"<script>location = '/second#there'</script>", "Content-Type: text/html"),
        "/second": raw(LATIN, "Content-Type: text/html"),
    }
    seen = renderer.render(Ask(f"http://{site.address}/first", SAID, pictures=False))
    found = look(seen.files["page.wacz"])
    assert found.page["url"] == f"http://{site.address}/second"
    assert found.bodies()["/second"] == LATIN


@pytest.fixture
def guard() -> Iterator[Guard]:
    """A guard."""
    with Guard() as running:
        yield running


@pytest.fixture
def held(guard: Guard, site: Site) -> Iterator[Pass]:
    """A pass for the site."""
    with guard.admit(settings([site.address]).allow) as admitted:
        yield admitted


@pytest.fixture
def window(guard: Guard) -> Iterator[Window]:
    """A Chromium of this process."""
    made = Window(Chromium(CHROMIUM, f"http://127.0.0.1:{guard.port}", sandbox=False))
    yield made
    if made._browser is not None and made._playwright is not None:
        made._browser.close()
        made._playwright.stop()


def test_an_archive_that_cannot_be_written_costs_nothing_else(
    window: Window,
    held: Pass,
    site: Site,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Where the file cannot be written, or no time is left, the facts say so; picture and text are there."""
    address = site.put(f"<p>{SAID}</p>")
    (tmp_path / "page.wacz").mkdir()
    told = visited(window, held, address, tmp_path)
    assert told["problem"] == "it could not be written (IsADirectoryError)"
    (tmp_path / "page.wacz").rmdir()
    monkeypatch.setattr(received, "_SPARE_SECONDS", 3600.0)
    told = visited(window, held, address, tmp_path)
    assert (told["problem"], told["replies"]) == ("the page's own reply could not be had whole", 0)
    assert told["left_out"] == {"out of time": 1}
    assert not (tmp_path / "page.wacz").exists()


def test_an_archive_is_never_larger_than_it_may_be(
    window: Window, held: Pass, site: Site, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Of more replies than are kept, or more bytes, the page's own comes first; the others are counted."""
    asks = "Promise.all(['/a', '/b', '/c'].map((each) => fetch(each).then((r) => r.text())))"
    address = site.put(f"<p>{SAID}</p><script>{asks}</script>")
    monkeypatch.setattr(received, "_MOST_REPLIES", 3)
    monkeypatch.setattr(received, "MOST_ALL", 1_000)
    site.raw |= dict.fromkeys(("/a", "/b", "/c"), raw(b"x" * 900))
    told = visited(window, held, address, tmp_path)
    assert told == {"problem": None, "replies": 1, "left_out": {"too large": 2, "too many": 1}}
    found = look((tmp_path / "page.wacz").read_bytes())
    assert [each.url for each in found.replies] == [address]
    assert found.page["ts"].startswith("2031-03-30T01:")


def visited(window: Window, held: Pass, address: str, folder: Path) -> dict[str, Any]:
    """What is told of the archive of a page; all else of it is there."""
    facts = window.visit(
        Visit(
            url=address,
            at="2031-03-30T01:00:00+00:00",
            tick=time.monotonic(),
            name=held.name,
            password=held.password,
            pictures=False,
            seconds=60,
        ),
        folder,
    )
    assert (folder / "page.png").stat().st_size > 0
    assert SAID in (folder / "before.txt").read_text()
    told: dict[str, Any] = facts["wacz"]
    return told


def test_a_wall_is_archived_as_the_page_it_is(box: Sandbox, renderer: Renderer, permalink: str) -> None:
    """Behind a wall the archive holds the log-in page, and nothing of the comment."""
    box.world.switches.login_wall = True
    seen = renderer.render(Ask(permalink, SAID, pictures=False))
    found = look(seen.files["page.wacz"])
    whole = b"".join(each.body for each in found.replies)
    assert b"Log in" in whole
    assert SAID.encode() not in whole
