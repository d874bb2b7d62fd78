"""The guard: what it lets through, whom it connects to, and whom it refuses."""

from __future__ import annotations

import re

import pytest

from tests.unit.evidence.render.wires import OTHER, PAGE, PUBLIC, Network, Platform, get, send, with_pass
from worker.evidence.render.addresses import AllowList
from worker.evidence.render.guard import Guard
from worker.evidence.render.passes import Limits, Pass


def whys(held: Pass) -> list[str]:
    """The reasons of the refusals."""
    return [each.why for each in held.refusals()]


def test_what_is_on_the_list_is_fetched(guard: Guard, held: Pass, net: Network, site: Platform) -> None:
    """An allowed page arrives whole; its host is connected to at an address that was checked."""
    answer = send(guard, get(held, f"http://{PAGE}/a?b=c", PAGE))
    assert answer.endswith(b"\r\n\r\nhello")
    assert site.heard == [
        b"GET /a?b=c HTTP/1.1\r\nHost: www.example.test\r\nAccept: */*\r\nConnection: close\r\n\r\n"
    ]
    assert net.dialled == [(PUBLIC, 80)]
    assert held.facts() == {
        "reached": [{"host": PAGE, "port": 80, "address": PUBLIC}],
        "refused": [],
        "unreached": [],
        "refused_more": 0,
        "connections": 1,
        "bytes": 43,
    }


def test_a_second_address_is_tried(guard: Guard, held: Pass, net: Network) -> None:
    """A platform with one dead address is still reached, at another checked one."""
    net.dead.add(PUBLIC)
    assert send(guard, get(held, f"http://{PAGE}/", PAGE)).endswith(b"hello")
    assert net.dialled == [(PUBLIC, 80), (OTHER, 80)]


def test_tunnels_carry_tls(guard: Guard, held: Pass, net: Network, site: Platform) -> None:
    """A tunnel to port 443 hands TLS on unread, to a checked address."""
    request = with_pass(held, f"CONNECT {PAGE}:443 HTTP/1.1\r\nHost: {PAGE}:443\r\n{{pass}}\r\n\r\n")
    answer = send(guard, request, then=b"\x16\x03\x01made-up")
    assert answer.startswith(b"HTTP/1.1 200 ")
    assert answer.endswith(b"hello")
    assert site.heard == [b"\x16\x03\x01made-up"]
    assert net.dialled == [(PUBLIC, 443)]


def test_tunnels_carry_nothing_but_tls(guard: Guard, held: Pass, site: Platform) -> None:
    """A tunnel is no way to speak another protocol to a platform's address."""
    request = with_pass(held, f"CONNECT {PAGE}:443 HTTP/1.1\r\nHost: {PAGE}:443\r\n{{pass}}\r\n\r\n")
    assert send(guard, request, then=b"EHLO example.test\r\n").endswith(b"(cut)")
    assert whys(held) == ["something else than TLS was sent through a tunnel"]
    assert b"EHLO" not in b"".join(site.heard)


@pytest.mark.parametrize(
    "address",
    [
        *("127.0.0.1", "127.8.9.1", "0.0.0.1", "10.1.2.3", "172.16.0.1", "192.168.1.1", "100.64.0.1"),
        *("169.254.169.254", "169.254.1.1", "168.63.129.16", "100.100.100.200", "192.0.0.192", "192.88.99.1"),
        *("224.0.0.1", "239.255.255.250", "240.0.0.1", "255.255.255.255", "192.0.2.1", "198.18.0.1"),
        *(
            "::1",
            "::",
            "fe80::1",
            "fe80::1%eth0",
            "fc00::1",
            "fd00:ec2::254",
            "ff02::1",
            "2001:db8::1",
            "3fff::1",
            "fec0::1",
        ),
        *("::ffff:127.0.0.1", "::ffff:169.254.169.254", f"::ffff:{PUBLIC}", "::127.0.0.1"),
        *("64:ff9b::7f00:1", "64:ff9b::a9fe:a9fe", "64:ff9b:1::a00:1", f"64:ff9b::{PUBLIC}"),
        *("2002:7f00:1::", "2002:a9fe:a9fe::1", "2001:0:1:2:3:4:80ff:fffe", "2606:2800::5efe:a00:1"),
    ],
)
def test_addresses_that_are_not_public_are_refused(
    address: str, guard: Guard, held: Pass, net: Network
) -> None:
    """A listed name that stands for this machine, its network or a disguise of it reaches nothing."""
    net.names[PAGE] = [[address]]
    assert send(guard, get(held, f"http://{PAGE}/", PAGE)).startswith(b"HTTP/1.1 403 ")
    assert net.dialled == []
    assert re.match("it stands for (an address that|a cloud's)", whys(held)[0])


@pytest.mark.parametrize("order", [[PUBLIC, "10.0.0.1"], ["10.0.0.1", PUBLIC]])
def test_one_bad_address_spoils_the_name(order: list[str], guard: Guard, held: Pass, net: Network) -> None:
    """A name with one private address among public ones is refused whole, whichever comes first."""
    net.names[PAGE] = [order]
    assert send(guard, get(held, f"http://{PAGE}/", PAGE)).startswith(b"HTTP/1.1 403 ")
    assert net.dialled == []


def test_a_rebound_name_changes_nothing(guard: Guard, held: Pass, net: Network) -> None:
    """A name that stands for this machine at the second look-up is not looked up a second time."""
    net.names[PAGE] = [[PUBLIC], ["127.0.0.1"]]
    for _ in range(3):
        assert send(guard, get(held, f"http://{PAGE}/", PAGE)).endswith(b"hello")
    assert net.asked == [PAGE]
    assert net.dialled == [(PUBLIC, 80)] * 3


def test_a_new_pass_checks_a_rebound_name_anew(guard: Guard, net: Network) -> None:
    """What was public for one rendering is checked again for the next one."""
    net.names[PAGE] = [[PUBLIC], ["127.0.0.1"]]
    answers = []
    for _ in range(2):
        with guard.admit(AllowList.of([PAGE])) as held:
            answers.append(send(guard, get(held, f"http://{PAGE}/", PAGE))[:12])
    assert answers == [b"HTTP/1.1 200", b"HTTP/1.1 403"]
    assert net.dialled == [(PUBLIC, 80)]


def test_a_redirect_is_a_request_like_any_other(
    guard: Guard, held: Pass, site: Platform, net: Network
) -> None:
    """A platform that redirects to the metadata service sends the browser into the guard's refusal."""
    site.says = b"HTTP/1.1 302 Found\r\nLocation: http://169.254.169.254/latest/\r\nContent-Length: 0\r\n\r\n"
    assert b"Location: http://169.254.169.254" in send(guard, get(held, f"http://{PAGE}/", PAGE))
    followed = send(guard, get(held, "http://169.254.169.254/latest/", "169.254.169.254"))
    assert followed.startswith(b"HTTP/1.1 403 ")
    assert [(each.host, each.port) for each in held.refusals()] == [("169.254.169.254", 80)]
    assert net.dialled == [(PUBLIC, 80)]


@pytest.mark.parametrize(
    "host",
    [
        *("other.example.test", "example.test", "evilwww.example.test", "www.example.test.evil.test"),
        *("cdn.example.test", "xcdn.example.test", "localhost", "www.example.test.", "127.0.0.1"),
        *("0x7f.1", "2130706433", "017700000001", "0x7f000001", "127.1", "[::1]", "[::ffff:127.0.0.1]"),
        *("www.example.test%00.evil.test", "www\xe3\x80\x82example", "a..b.cdn.example.test"),
    ],
)
def test_hosts_that_are_not_on_the_list_are_refused(
    host: str, guard: Guard, held: Pass, net: Network
) -> None:
    """Only whole names and true ends of names are let through, in no disguise; nothing is looked up."""
    answer = send(guard, get(held, f"http://{host}/", host))
    assert re.match(rb"HTTP/1\.1 40[03] ", answer)
    assert len(held.refusals()) == 1
    assert (net.asked, net.dialled) == ([], [])


@pytest.mark.parametrize("host", ["a.cdn.example.test", "a-1.b.cdn.example.test"])
def test_a_suffix_means_what_is_below_it(host: str, guard: Guard, held: Pass, net: Network) -> None:
    """`.cdn.example.test` allows every host below it."""
    net.names[host] = [[PUBLIC]]
    assert send(guard, get(held, f"http://{host}/", host)).endswith(b"hello")


def test_nobody_without_a_pass_uses_the_guard(guard: Guard, held: Pass, net: Network) -> None:
    """Another program on this machine gets nothing: without a pass, with a wrong one, with an old one."""
    plain = f"GET http://{PAGE}/ HTTP/1.1\r\nHost: {PAGE}\r\n"
    wrong = Pass(held.allow, held.limits, name=held.name)
    with guard.admit(held.allow) as old:
        pass
    for request in (
        (plain + "\r\n").encode(),
        with_pass(wrong, plain + "{pass}\r\n\r\n"),
        with_pass(old, plain + "{pass}\r\n\r\n"),
        with_pass(held, plain + "{pass}\r\n{pass}\r\n\r\n"),
        (plain + "Proxy-Authorization: Basic !!!\r\n\r\n").encode(),
    ):
        assert send(guard, request).startswith(b"HTTP/1.1 407 ")
    assert net.dialled == []


def test_one_pass_does_not_open_what_another_may(guard: Guard, net: Network) -> None:
    """Each rendering has the hosts of its own pass only."""
    with guard.admit(AllowList.of([PAGE])), guard.admit(AllowList.of(["b.example.test"])) as held:
        assert send(guard, get(held, f"http://{PAGE}/", PAGE)).startswith(b"HTTP/1.1 403 ")
    assert net.dialled == []


def test_the_sandbox_is_one_address_and_port(guard: Guard, site: Platform, net: Network) -> None:
    """The sandbox on loopback is reached where it is named exactly; the port beside it is not."""
    with guard.admit(AllowList.of([], [f"127.0.0.1:{site.port}"])) as held:
        at = f"127.0.0.1:{site.port}"
        assert send(guard, get(held, f"http://{at}/", at)).endswith(b"hello")
        for other in (
            "127.0.0.1",
            f"127.0.0.1:{site.port - 1}",
            f"localhost:{site.port}",
            f"[::1]:{site.port}",
        ):
            assert send(guard, get(held, f"http://{other}/", other)).startswith(b"HTTP/1.1 403 ")
    assert net.dialled == [("127.0.0.1", site.port)]
    assert net.asked == []


@pytest.mark.parametrize("entry", ["10.0.0.1:80", "sandbox.example.test:80", "127.0.0.1", "127.0.0.1:0"])
def test_only_this_machine_can_be_a_sandbox(entry: str) -> None:
    """No setting for the sandbox opens another machine, or every port of this one."""
    with pytest.raises(ValueError, match="not a loopback address with a port"):
        AllowList.of([], [entry])


@pytest.mark.parametrize(
    "entry", ["", ".", "10.0.0.1", "WWW.example.test", "a b.test", "*.example.test", "test"]
)
def test_hosts_in_settings_are_names(entry: str) -> None:
    """A mistyped host in the settings is told at the start, not at the first rendering."""
    with pytest.raises(ValueError, match="not a host name"):
        AllowList.of([entry])


@pytest.mark.parametrize(
    ("limits", "why"),
    [
        (Limits(bytes_each=20_000), "it sent too much"),
        (Limits(bytes_all=20_000), "the page fetched too much in all"),
    ],
)
def test_too_much_is_cut_off(limits: Limits, why: str, guard: Guard, site: Platform, net: Network) -> None:
    """An endless answer is cut with a reset, so that nobody takes its beginning for the whole."""
    site.says = b"HTTP/1.1 200 OK\r\n\r\n" + b"x" * 4_000_000
    with guard.admit(AllowList.of([PAGE]), limits) as held:
        answer = send(guard, get(held, f"http://{PAGE}/", PAGE))
        assert answer.endswith(b"(cut)")
        assert len(answer) < 100_000
        assert whys(held) == [why]


def test_too_many_connections_are_refused(guard: Guard, net: Network) -> None:
    """A page cannot make connections without end."""
    with guard.admit(AllowList.of([PAGE]), Limits(connections=2)) as held:
        answers = [send(guard, get(held, f"http://{PAGE}/", PAGE))[:12] for _ in range(3)]
    assert answers == [b"HTTP/1.1 200", b"HTTP/1.1 200", b"HTTP/1.1 403"]
    assert len(net.dialled) == 2


def test_a_silent_platform_is_left(guard: Guard, site: Platform, net: Network) -> None:
    """A connection on which nothing comes ends with its time."""
    request = f"CONNECT {PAGE}:443 HTTP/1.1\r\nHost: {PAGE}:443\r\n{{pass}}\r\n\r\n"
    with guard.admit(AllowList.of([PAGE]), Limits(seconds=0.2)) as held:
        assert send(guard, with_pass(held, request)).endswith((b"(cut)", b"established\r\n\r\n"))
        assert (whys(held), [each.why for each in held.unreached()]) == ([], ["it took too long"])


@pytest.mark.parametrize(
    ("names", "why"),
    [({}, "no address was found for its name"), ({PAGE: [[PUBLIC]]}, "no address of it answers")],
)
def test_what_cannot_be_reached_is_no_refusal(
    names: dict[str, list[list[str]]], why: str, guard: Guard, held: Pass, net: Network
) -> None:
    """A name that is not found, and an address that is silent, are told apart from what the guard refuses."""
    net.names = names
    net.dead.add(PUBLIC)
    assert send(guard, get(held, f"http://{PAGE}/", PAGE)).startswith(b"HTTP/1.1 502")
    assert whys(held) == []
    assert held.facts()["unreached"] == [{"host": PAGE, "port": 80, "why": why, "times": 1}]


def test_the_list_of_refusals_has_an_end(guard: Guard, held: Pass) -> None:
    """A page that asks for any number of hosts fills neither memory nor facts; all are counted."""
    for number in range(60):
        held.refuse(f"h{number}.test", 80, "made up")
    held.refuse("h1.test", 80, "made up")
    facts = held.facts()
    assert (len(facts["refused"]), facts["refused_more"]) == (50, 10)
    assert facts["refused"][1] == {"host": "h1.test", "port": 80, "why": "made up", "times": 2}


def test_a_hostile_host_is_safe_to_show(held: Pass) -> None:
    """A host made to fool a terminal or fill a page is written down as plain, short text."""
    held.refuse("\x1b[31m\u202ea" + "b" * 1000, 80, "made up")
    host = held.refusals()[0].host
    assert host.startswith("?[31m?a")
    assert len(host) == 253
