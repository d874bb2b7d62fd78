"""Which connector serves which platform: an explicit list, nothing is discovered."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime
from types import MappingProxyType

from connectors.contract import Account, Capability, Connector, Gate, Platform
from connectors.facebook import actions as facebook_actions
from connectors.facebook.connector import FacebookConnector
from connectors.facebook.feed import FEED
from connectors.graph.client import GraphCredentials
from connectors.options import ConnectorOptions
from connectors.x import actions as x_actions
from connectors.x.client import XCredentials
from connectors.x.connector import XConnector
from connectors.x.feeds import MENTIONS, REPLIES

__all__ = ["CAPABILITIES", "CONNECTORS", "CREDENTIALS", "FEEDS", "ConnectorOptions", "make_connector"]

Factory = Callable[
    [Account, Mapping[str, str], ConnectorOptions, Gate, Callable[[], datetime]],
    Connector,
]


def _x(
    account: Account,
    credentials: Mapping[str, str],
    options: ConnectorOptions,
    gate: Gate,
    now: Callable[[], datetime],
) -> Connector:
    return XConnector(account, XCredentials(**credentials), options, gate, now)


def _facebook(
    account: Account,
    credentials: Mapping[str, str],
    options: ConnectorOptions,
    gate: Gate,
    now: Callable[[], datetime],
) -> Connector:
    return FacebookConnector(account, GraphCredentials(**credentials), options, gate, now)


#: Platform -> what makes its connector.
CONNECTORS: Mapping[Platform, Factory] = MappingProxyType({Platform.X: _x, Platform.FACEBOOK: _facebook})
#: Platform -> the feeds its connector polls, known without opening an account.
FEEDS: Mapping[Platform, tuple[str, ...]] = MappingProxyType(
    {Platform.X: (MENTIONS, REPLIES), Platform.FACEBOOK: (FEED,)}
)
#: Platform -> what its connector can do there, known without opening an account.
CAPABILITIES: Mapping[Platform, tuple[Capability, ...]] = MappingProxyType(
    {Platform.X: x_actions.CAPABILITIES, Platform.FACEBOOK: facebook_actions.CAPABILITIES}
)
#: Platform -> the names its credentials may have.
CREDENTIALS: Mapping[Platform, tuple[str, ...]] = MappingProxyType(
    {
        Platform.X: (
            "consumer_key",
            "consumer_secret",
            "access_token",
            "access_token_secret",
            "bearer_token",
        ),
        Platform.FACEBOOK: ("access_token", "app_secret"),
    }
)


def make_connector(
    account: Account,
    credentials: Mapping[str, str],
    options: ConnectorOptions,
    gate: Gate,
    now: Callable[[], datetime],
) -> Connector:
    """Make the connector for one account. Nothing is called yet.

    Args:
        account: which account, on which platform.
        credentials: by the names in `CREDENTIALS`; space around a value is dropped, and an empty
            one counts as absent.
        options: how to reach the platform.
        gate: asked before every change.
        now: the host clock (aware UTC).

    Raises:
        ValueError: there is no connector for the platform, or its credentials or options are wrong.
    """
    factory = CONNECTORS.get(account.platform)
    if factory is None:
        raise ValueError(f"no connector for {account.platform}; there are: {', '.join(CONNECTORS)}")
    given = {name: value.strip() for name, value in credentials.items() if value.strip()}
    unknown = sorted(set(given) - set(CREDENTIALS[account.platform]))
    if unknown:
        known = ", ".join(CREDENTIALS[account.platform])
        raise ValueError(f"{account.platform} has no credential {', '.join(unknown)}; it has: {known}")
    for name, value in given.items():
        if not (value.isascii() and value.isprintable()) or " " in value:
            raise ValueError(
                f"{name} of {account.platform} cannot be right: it holds spaces or odd characters"
            )
    if account.platform == Platform.FACEBOOK and "access_token" not in given:
        given["access_token"] = ""
    return factory(account, given, options, gate, now)
