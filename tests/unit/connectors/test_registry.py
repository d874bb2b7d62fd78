"""The one list of connectors: what it makes, and what it refuses before anything is sent."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from connectors.contract import Account, ActionRequest, Connector, Platform, Receipt
from connectors.errors import ReceiptRefused
from connectors.options import ConnectorOptions
from connectors.registry import CONNECTORS, CREDENTIALS, make_connector

OAUTH_1 = {
    "consumer_key": "made-up-1",
    "consumer_secret": "made-up-2",
    "access_token": "made-up-3",
    "access_token_secret": "made-up-4",
}


class Closed:
    """A gate that admits nothing."""

    def admit(self, request: ActionRequest, receipt: Receipt) -> None:
        """Refuse."""
        raise ReceiptRefused("closed")


def make(platform: Platform, credentials: dict[str, str], **options: str) -> Connector:
    """A connector with made-up credentials."""
    account = Account(platform, "100", "NorthmoorTrust")
    given = ConnectorOptions(base_url=options.get("base_url"))
    return make_connector(account, credentials, given, Closed(), lambda: datetime(2026, 11, 20, tzinfo=UTC))


@pytest.mark.parametrize(
    ("platform", "credentials", "feeds"),
    [
        (Platform.X, OAUTH_1, ("mentions", "replies")),
        (Platform.X, {"bearer_token": "made-up-5\n", "consumer_key": ""}, ("mentions", "replies")),
        (Platform.FACEBOOK, {"access_token": "made-up-6"}, ("feed",)),
        (Platform.FACEBOOK, {"access_token": "made-up-6", "app_secret": "made-up-7"}, ("feed",)),
    ],
)
def test_a_connector_is_made_without_calling_anyone(
    platform: Platform, credentials: dict[str, str], feeds: tuple[str, ...]
) -> None:
    """Every platform in the list has a connector that names its feeds and hides its credentials."""
    connector = make(platform, credentials)
    assert connector.feeds() == feeds
    assert "made-up" not in repr((connector, vars(connector)))


@pytest.mark.parametrize(
    ("platform", "credentials"),
    [
        (Platform.X, {}),
        (Platform.X, {"consumer_key": "made-up-1"}),
        (Platform.X, OAUTH_1 | {"bearer_token": "made-up-5"}),
        (Platform.X, {"password": "made-up"}),
        (Platform.FACEBOOK, {}),
        (Platform.FACEBOOK, {"access_token": ""}),
        (Platform.FACEBOOK, {"access_token": "made-up\nmade-up"}),
        (Platform.X, {"bearer_token": "made-up t\u00f6ken"}),
        (Platform.INSTAGRAM, {"access_token": "made-up"}),
    ],
)
def test_credentials_that_cannot_work_are_refused_at_once(
    platform: Platform, credentials: dict[str, str]
) -> None:
    """A missing or unknown credential is a clear error that shows no value."""
    with pytest.raises(ValueError, match=r"needs|has no credential|no connector|odd characters") as caught:
        make(platform, credentials)
    assert "made-up" not in str(caught.value)


def test_an_unsafe_base_address_is_refused() -> None:
    """No connector is made that would send a token in the clear."""
    for platform, credentials in ((Platform.X, OAUTH_1), (Platform.FACEBOOK, {"access_token": "made-up"})):
        with pytest.raises(ValueError, match="base address"):
            make(platform, credentials, base_url="http://api.example.test")


def test_every_connector_names_its_credentials() -> None:
    """The settings can list what each platform needs."""
    assert set(CONNECTORS) == set(CREDENTIALS)
