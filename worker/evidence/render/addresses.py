"""Which hosts may be asked for, and which addresses a name may stand for."""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Self

Address = ipaddress.IPv4Address | ipaddress.IPv6Address

_LABEL = re.compile(r"[a-z0-9_]([a-z0-9_-]{0,61}[a-z0-9_])?\Z")
#: What browsers take for a number, and then for an address: 10, 0x7f, 017, 127.1
_NUMBER = re.compile(r"(?:0x[0-9a-f]*|[0-9]+)\Z")
#: Global unicast. Everything that wraps an IPv4 address by rule (mapped, compatible, NAT64) lies outside.
_UNICAST = ipaddress.IPv6Network("2000::/3")
_WRAPPING = (ipaddress.IPv6Network("2001::/32"), ipaddress.IPv6Network("2002::/16"))
#: Kept for special use by IANA, but public to Python's older tables.
_SPECIAL = (
    ipaddress.ip_network("192.0.0.0/24"),
    ipaddress.ip_network("192.88.99.0/24"),
    ipaddress.ip_network("2001::/23"),
    ipaddress.ip_network("3fff::/20"),
)
_ISATAP = (0x00005EFE, 0x02005EFE)
#: A cloud's own services at addresses that are public to look at.
_METADATA = frozenset({ipaddress.IPv4Address("168.63.129.16")})


def refused_because(address: Address) -> str | None:
    """Why nothing may be fetched from an address; None where it is an ordinary public one."""
    if address in _METADATA:
        return "it stands for a cloud's own services"
    if isinstance(address, ipaddress.IPv6Address):
        if address.scope_id is not None or address not in _UNICAST:
            return "it stands for an address that is not public"
        wraps = any(address in network for network in _WRAPPING)
        if wraps or (int(address) >> 32) & 0xFFFFFFFF in _ISATAP:
            return "it stands for an address that wraps another"
    special = any(address in network for network in _SPECIAL)
    if special or not address.is_global or address.is_multicast or address.is_reserved:
        return "it stands for an address that is not public"
    return None


def is_host_name(host: str) -> bool:
    """Whether a text is a plain, lower-case host name: no number in disguise, no dot at the end."""
    labels = host.split(".")
    return (
        len(labels) > 1
        and len(host) <= 253
        and all(_LABEL.match(label) for label in labels)
        and not _NUMBER.match(labels[-1])
    )


@dataclass(frozen=True, slots=True)
class AllowList:
    """What may be asked for. Everything else is refused.

    Attributes:
        hosts: whole host names.
        suffixes: ends of host names, each with its leading dot; the bare domain is not meant.
        ports: the ports of those hosts.
        sandbox: loopback addresses with their ports, exactly as they are written; for demo and tests.
    """

    hosts: frozenset[str]
    suffixes: frozenset[str] = frozenset()
    ports: frozenset[int] = frozenset({80, 443})
    sandbox: frozenset[tuple[str, int]] = frozenset()

    @classmethod
    def of(cls, hosts: Iterable[str], sandbox: Iterable[str] = ()) -> Self:
        """From settings.

        Args:
            hosts: `www.example.test` for one host, `.example.test` for all below it.
            sandbox: `127.0.0.1:8083`; addresses of this machine only.

        Raises:
            ValueError: an entry is neither; says which.
        """
        wanted = tuple(hosts)
        for host in wanted:
            if not is_host_name(host.removeprefix(".")):
                raise ValueError(f"not a host name, or not in lower case: {host!r}")
        whole = frozenset(host for host in wanted if not host.startswith("."))
        return cls(whole, frozenset(wanted) - whole, sandbox=frozenset(_loopback(each) for each in sandbox))

    def is_sandbox(self, host: str, port: int) -> bool:
        """Whether this very address and port of this machine may be asked for."""
        return (host, port) in self.sandbox

    def refusal_of(self, host: str, port: int) -> str | None:
        """Why a host and port may not be asked for; None where they may."""
        if self.is_sandbox(host, port):
            return None
        if not is_host_name(host):
            return "it is not a plain host name"
        if host not in self.hosts and not any(host.endswith(suffix) for suffix in self.suffixes):
            return "the host is not on the list"
        return None if port in self.ports else "the port is not on the list"


def _loopback(entry: str) -> tuple[str, int]:
    host, _, port = entry.rpartition(":")
    try:
        address = ipaddress.ip_address(host.removeprefix("[").removesuffix("]"))
        number = int(port)
    except ValueError as error:
        raise ValueError(f"not a loopback address with a port: {entry!r}") from error
    if not address.is_loopback or not 0 < number < 65536:
        raise ValueError(f"not a loopback address with a port: {entry!r}")
    return str(address), number
