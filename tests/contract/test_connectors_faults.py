"""Everything that can go wrong outside becomes one typed error, never shows a token, and passes."""

from __future__ import annotations

import logging
import socket
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from connectors.contract import Connector, Platform
from connectors.errors import (
    ConnectorError,
    CredentialsRejected,
    PermissionMissing,
    PlatformUnavailable,
    RateLimited,
    UnexpectedResponse,
)
from tests.contract.connectors_stage import PLATFORMS, Stage, staged, walk

FAULTS: list[tuple[str, dict[str, Any], type[ConnectorError]]] = [
    ("token", {}, CredentialsRejected),
    ("permission", {}, PermissionMissing),
    ("no_credits", {}, PermissionMissing),
    ("rate_limited", {}, RateLimited),
    ("rate_limited_no_reset", {}, RateLimited),
    ("usage_cap", {}, RateLimited),
    ("server_error", {}, PlatformUnavailable),
    ("server_error", {"status": 500}, PlatformUnavailable),
    ("server_error_plain_json", {}, PlatformUnavailable),
    ("server_error_html", {}, PlatformUnavailable),
    ("server_error_html", {"status": 404}, PlatformUnavailable),
    ("server_error_html", {"status": 410}, PlatformUnavailable),
    ("bad_json", {}, UnexpectedResponse),
    ("wrong_shape", {}, UnexpectedResponse),
    ("cut_body", {}, PlatformUnavailable),
    ("reset", {}, PlatformUnavailable),
    ("cut_before_apply", {}, PlatformUnavailable),
    ("slow", {"delay": 1.5}, PlatformUnavailable),
    ("outage", {}, PlatformUnavailable),
]


@pytest.fixture(params=PLATFORMS, ids=str)
def stage(request: pytest.FixtureRequest) -> Iterator[Stage]:
    """One account on each platform in turn."""
    with staged(request.param) as made:
        yield made


def shown(error: BaseException) -> str:
    """Everything about an error that a log could show, with what stands behind it."""
    texts = []
    waiting: list[BaseException | None] = [error]
    while waiting:
        each = waiting.pop()
        if each is not None:
            texts += [str(each), repr(each), repr(vars(each))]
            waiting += [each.__cause__, each.__context__]
    return "\n".join(texts)


@pytest.mark.parametrize(("kind", "more", "expected"), FAULTS, ids=lambda value: str(value)[:40])
def test_a_fault_is_its_typed_error_and_polling_goes_on_after_it(
    stage: Stage,
    kind: str,
    more: dict[str, Any],
    expected: type[ConnectorError],
    caplog: pytest.LogCaptureFixture,
) -> None:
    """Every feed and a reading raise the typed error, hold no token, and work again afterwards."""
    mine = stage.comment()
    caplog.set_level(logging.DEBUG)
    for feed in stage.connector.feeds():
        stage.sandbox.faults.add(kind, platform=str(stage.platform), **more)
        with pytest.raises(expected) as caught:
            stage.connect().poll(feed, None)
        stage.sandbox.faults.clear()
        assert type(caught.value) is expected
        assert stage.token not in shown(caught.value)
        assert "access_token=" not in shown(caught.value)
    stage.sandbox.faults.add(kind, platform=str(stage.platform), **more)
    with pytest.raises(expected):
        stage.connect().read(mine.id)
    stage.sandbox.faults.clear()
    assert mine.id in walk(stage.connect()).comments
    assert stage.token not in caplog.text
    assert "made-up words" not in caplog.text


def test_an_answer_without_a_content_type_is_read(stage: Stage) -> None:
    """A right answer whose content type is missing is still the right answer."""
    mine = stage.comment()
    stage.sandbox.faults.add("no_content_type", platform=str(stage.platform), times=None)
    assert mine.id in walk(stage.connector).comments
    assert stage.connector.read(mine.id).comment.external_id == mine.id


def test_a_wrong_token_is_rejected_and_named_nowhere(stage: Stage) -> None:
    """A token that the platform does not know is CredentialsRejected."""
    connector = stage.connect(token="wrong-token-wrong-token")
    for feed in connector.feeds():
        with pytest.raises(CredentialsRejected) as caught:
            connector.poll(feed, None)
        assert "wrong-token" not in shown(caught.value)


def test_a_rate_limit_is_obeyed_without_asking_again(stage: Stage) -> None:
    """Until the time the platform named, the connector refuses by itself and sends nothing."""
    feed = stage.connector.feeds()[0]
    stage.sandbox.faults.add("rate_limited", platform=str(stage.platform), reset=600)
    with pytest.raises(RateLimited) as caught:
        stage.connector.poll(feed, None)
    assert caught.value.until is not None
    assert timedelta(0) < caught.value.until - datetime.now(UTC) <= timedelta(seconds=901)
    marker = stage.sandbox.faults.add("permission", platform=str(stage.platform))
    with pytest.raises(RateLimited) as again:
        stage.connector.poll(feed, None)
    assert again.value.until == caught.value.until
    assert marker.times == 1, "a request was sent while the limit lasted"


def test_a_limit_without_an_end_is_left_to_the_caller(stage: Stage) -> None:
    """Without a reset time, and for a used-up monthly cap, `until` is None and nothing is remembered."""
    feed = stage.connector.feeds()[0]
    for kind in ("rate_limited_no_reset", "usage_cap"):
        stage.sandbox.faults.add(kind, platform=str(stage.platform))
        with pytest.raises(RateLimited) as caught:
            stage.connector.poll(feed, None)
        assert caught.value.until is None
    stage.connector.poll(feed, None)


def test_a_fault_in_the_middle_of_a_walk_loses_nothing(stage: Stage) -> None:
    """After a cut page the same cursor goes on, and every comment is found."""
    ids = {stage.comment(f"made-up {n}").id for n in range(230)}
    seen: set[str] = set()
    for feed in stage.connector.feeds():
        cursor, more = None, True
        while more:
            stage.sandbox.faults.add("cut_body", platform=str(stage.platform))
            with pytest.raises(PlatformUnavailable):
                stage.connector.poll(feed, cursor)
            page = stage.connector.poll(feed, cursor)
            cursor, more = page.cursor, page.more
            seen |= {each.external_id for each in page.comments}
    assert seen == ids


def test_a_refused_connection_never_left(stage: Stage) -> None:
    """With nobody listening, the error says that nothing was sent."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        connector = stage.connect(base_url=f"http://127.0.0.1:{taken.getsockname()[1]}")
        with pytest.raises(PlatformUnavailable) as caught:
            connector.poll(connector.feeds()[0], None)
    assert caught.value.sent is False
    assert stage.token not in shown(caught.value)


def test_a_body_that_is_too_long_is_refused(stage: Stage) -> None:
    """A reply over the limit is a typed error before it fills the memory."""
    stage.comment("long " * 1000)
    connector = stage.connect(max_body_bytes=1000)
    with pytest.raises(UnexpectedResponse, match="too long"):
        walk(connector)


def test_no_token_stands_in_what_is_kept_or_shown(stage: Stage) -> None:
    """Neither the reply kept as evidence, nor its request, nor a repr of anything holds the token."""
    mine = stage.comment()
    for number in range(60):
        stage.comment(f"made-up {number}", parent=mine)
    reading = stage.connector.read(mine.id)
    walked = walk(stage.connector)
    kept = repr((reading, walked, stage.connector, vars(stage.connector)))
    assert stage.token not in kept
    assert stage.token.encode() not in b"".join(each.body for each in reading.exchanges)


def test_graph_paging_addresses_lose_their_token_and_say_so() -> None:
    """Graph repeats the token in `paging.next`; what is kept has it replaced and is marked redacted."""
    with staged(Platform.FACEBOOK) as stage:
        mine = stage.comment()
        for number in range(120):
            stage.comment(f"made-up {number}", parent=mine)
        exchange = stage.connector.read(mine.id).exchanges[0]
        assert exchange.redacted
        assert b"access_token=[removed]" in exchange.body
        assert "access_token=[removed]" in exchange.request


def usage_of(connector: Connector) -> object:
    """The usage that a connector has seen."""
    return getattr(connector, "usage", None)


def test_usage_headers_are_there_to_be_read(stage: Stage) -> None:
    """The connector shows how much of the allowance is used."""
    walk(stage.connector)
    usage = usage_of(stage.connector)
    assert usage is not None
    assert getattr(usage, "headers", ())
    assert getattr(usage, "remaining", None) is not None or getattr(usage, "percent", None) is not None
