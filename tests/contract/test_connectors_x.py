"""What only X does: limited reach, refused tokens, two spellings, signatures, the newest 800."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from connectors.contract import Platform
from connectors.options import ConnectorOptions
from connectors.registry import make_connector
from connectors.sandbox import x_api
from connectors.x import feeds
from connectors.x.parse import snowflake
from tests.contract.connectors_stage import GOOD, Stage, ago, staged, walk

SPECIFICATION = Path("/work/shared/data/x-openapi.json")


@pytest.fixture
def stage() -> Iterator[Stage]:
    """One account on X."""
    with staged(Platform.X) as made:
        yield made


def aged(cursor: str, **how_long: float) -> str:
    """A cursor as it would be if its last walk had ended so long ago."""
    given = json.loads(cursor)
    then = datetime.now(UTC) - timedelta(**how_long)
    given.update(walked=int(then.timestamp()), since=str(snowflake(then)))
    return json.dumps(given)


def test_more_conversations_than_one_query_holds_are_searched_in_groups(stage: Stage) -> None:
    """Replies under every one of forty posts are found, with no query over 512 characters."""
    for number in range(40):
        stage.comment(post=stage.post(hours_ago=50 + number))
    walked = walk(stage.connector)
    assert len(walked.comments) == 40
    assert len(walked.pages) >= 1 + 1 + 4


def test_the_same_comment_in_both_feeds_is_one_comment(stage: Stage) -> None:
    """A reply that also mentions us has the same id and says the same in both feeds."""
    mine = stage.comment(mentions=True).id
    pages = walk(stage.connector).pages
    seen = [each for page in pages for each in page.comments if each.external_id == mine]
    assert len(seen) == 2
    assert seen[0] == seen[1]


def test_replies_under_posts_beyond_the_newest_hundred_are_found(stage: Stage) -> None:
    """Own posts are listed, a page a poll, as far back as search reaches, also when a token is refused."""
    for number in range(230):
        stage.post(hours_ago=49 + number / 10)
    mine = [stage.comment(post=stage.posts[number]).id for number in (1, 120, 230)]
    page = stage.connector.poll("replies", None)
    assert len(page.posts) == 100
    cursor = json.loads(page.cursor)
    cursor["walk"]["token"] = "forgotten"
    walked = walk(stage.connector, {"replies": json.dumps(cursor)})
    assert set(mine) <= set(walked.comments)
    assert not walked.gaps
    listed = {post.external_id for each in (page, *walked.pages) for post in each.posts}
    assert listed == {post.id for post in stage.posts}


def test_listing_own_posts_ends_where_search_ends(stage: Stage) -> None:
    """Posts beyond the newest hundred that are older than seven days are not paid for."""
    for number in range(150):
        stage.post(hours_ago=24 * 9 + number)
    walked = walk(stage.connector)
    assert len({post.external_id for page in walked.pages for post in page.posts}) == 100
    assert not walked.gaps


def test_running_out_of_own_posts_is_a_gap(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where X lists no more posts though the seven days are not over, the walk says so."""
    monkeypatch.setattr(feeds, "_POSTS_END", 3)
    stage.post()
    stage.post()
    assert any("all posts" in gap for gap in walk(stage.connector).gaps)


def test_a_host_clock_that_is_behind_does_not_stop_the_replies(stage: Stage) -> None:
    """What search can be asked for is reckoned by X's own clock."""
    mine = stage.comment().id
    cursor = aged(walk(stage.connector).cursors["replies"], days=9)
    late = make_connector(
        stage.account,
        {"bearer_token": stage.token},
        ConnectorOptions(base_url=stage.sandbox.x_url),
        stage.gate,
        lambda: datetime.now(UTC) - timedelta(days=4),
    )
    walked = walk(late, {"replies": cursor})
    assert mine in walked.comments
    assert [gap for gap in walked.gaps if "refused" in gap] == []


def test_a_since_that_x_refuses_is_left_out_and_said(stage: Stage) -> None:
    """A refused id to read down to costs one request more and a word of it, not the feed."""
    mine = stage.comment().id
    given = json.loads(stage.connector.poll("replies", None).cursor)
    then = datetime.now(UTC) - timedelta(days=9)
    given["since"] = str(snowflake(then))
    given["walk"]["started"] = int(then.timestamp())
    page = stage.connector.poll("replies", json.dumps(given))
    assert mine in {each.external_id for each in page.comments}
    assert "refused" in (page.gap or "")


def test_what_search_can_no_longer_reach_is_said_once(stage: Stage) -> None:
    """After more than seven days of silence the walk still works, and one page names the gap."""
    mine = stage.comment().id
    first = walk(stage.connector)
    later = walk(stage.connector, {name: aged(each, days=9) for name, each in first.cursors.items()})
    assert mine in later.comments
    assert len(later.gaps) == 1
    assert "seven days" in later.gaps[0]
    assert not walk(stage.connector, later.cursors).gaps


def test_a_quiet_account_has_no_false_gap(stage: Stage) -> None:
    """Weeks without a comment are no gap, so long as we looked."""
    stage.comment(posted_at=ago(days=6, hours=22))
    cursors = walk(stage.connector).cursors
    old = {
        name: json.dumps(json.loads(each) | {"since": str(snowflake(ago(days=30)))})
        for name, each in cursors.items()
    }
    assert not walk(stage.connector, old).gaps


def test_running_out_of_mentions_is_a_gap(stage: Stage) -> None:
    """X gives the newest 800 mentions: a walk that used them up says that more may be missing."""
    for number in range(x_api.MENTIONS_REACH + 5):
        stage.comment(kind="mention", post=None, posted_at=ago(hours=3, seconds=number))
    walked = walk(stage.connector)
    assert len(walked.comments) == x_api.MENTIONS_REACH
    assert any("800" in gap for gap in walked.gaps)


def test_a_refused_page_token_resumes_below_what_was_seen(stage: Stage) -> None:
    """When X forgets its token the walk goes on with until_id and misses nothing."""
    ids = {stage.comment(f"made-up {n}", posted_at=ago(hours=2, seconds=n)).id for n in range(350)}
    page = stage.connector.poll("replies", None)
    seen: list[str] = []
    spoilt = 0
    while page.more:
        cursor = json.loads(page.cursor)
        if cursor["walk"]["token"] and spoilt < 2:
            cursor["walk"]["token"] = "forgotten"
            spoilt += 1
        page = stage.connector.poll("replies", json.dumps(cursor))
        seen += [each.external_id for each in page.comments]
    assert spoilt == 2
    assert sorted(seen) == sorted(ids)


@pytest.mark.parametrize("accepted", ["tweet", "post", "both"])
@pytest.mark.parametrize("answered", ["tweet", "post"])
def test_both_spellings_of_x_are_asked_and_understood(stage: Stage, accepted: str, answered: str) -> None:
    """Whichever names X accepts and answers with, the same comments are read."""
    stage.sandbox.world.switches.update({"x_params": accepted, "post_spelling": answered})
    parent = stage.comment("parent")
    mine = stage.comment("long " * 100, parent=parent)
    found = walk(stage.connector).comments
    assert found[mine.id].parent_external_id == parent.id
    assert (found[mine.id].text or "").count("long") == 100
    assert found[mine.id].shares is not None


def test_oauth_1_signs_for_the_address_that_is_called(stage: Stage) -> None:
    """With the four OAuth 1.0a values reading and hiding work, and none of them is kept or shown."""
    mine = stage.comment()
    credentials = {
        "consumer_key": "consumer-key-1",
        "consumer_secret": "consumer-secret-2",
        "access_token": stage.token,
        "access_token_secret": "access-secret-3",
    }
    options = ConnectorOptions(base_url=stage.sandbox.x_url)
    connector = make_connector(stage.account, credentials, options, stage.gate, lambda: datetime.now(UTC))
    assert mine.id in walk(connector).comments
    result = connector.apply(stage.request(mine.id), GOOD)
    shown = repr((connector, vars(connector), result, connector.read(mine.id)))
    assert not [secret for secret in credentials.values() if secret in shown]


def test_an_app_token_that_may_not_hide_is_told_apart(stage: Stage) -> None:
    """An app-only token reads, but `accounts check` says that it is no user's."""
    account = stage.sandbox.world.accounts["x", stage.account.external_id]
    connector = stage.connect(token=account.app_token)
    stage.comment()
    assert walk(connector).comments
    assert any(line.name == "token" and not line.ok for line in connector.check())


def test_a_failed_thread_search_does_not_stop_a_reading(stage: Stage) -> None:
    """Evidence never waits for context: the comment is read though search is down."""
    mine = stage.comment()
    stage.sandbox.faults.add("outage", platform="x", path="search")
    reading = stage.connector.read(mine.id)
    assert reading.comment.external_id == mine.id
    assert reading.thread == ()


def test_a_sibling_comment_is_in_no_reading(stage: Stage) -> None:
    """Other people's comments are read along only where they are this comment's own thread."""
    mine, other = stage.comment("mine"), stage.comment("not your affair")
    reading = stage.connector.read(mine.id)
    assert other.id not in {each.external_id for each in reading.thread}
    assert all(b"not your affair" not in each.body for each in reading.exchanges)


def requests_of(stage: Stage) -> list[tuple[str, str, dict[str, str]]]:
    """Every kind of request the connector makes, as method, path and query."""
    seen: list[tuple[str, str, dict[str, str]]] = []
    connector = stage.connect(x_spelling="tweet")
    adapter_send = connector._client._build  # type: ignore[attr-defined]  # the contract has no such attribute

    def build() -> Any:
        library, adapter = adapter_send()
        inner = library.session.request

        def request(method: str, url: str, **more: Any) -> Any:
            path = url.removeprefix("https://api.twitter.com")
            seen.append((method, path, {k: str(v) for k, v in (more.get("params") or {}).items()}))
            return inner(method, url, **more)

        library.session.request = request
        return library, adapter

    connector._client._caller._build = build  # type: ignore[attr-defined]  # as above
    mine = stage.comment(mentions=True)
    for number in range(120):
        stage.comment(f"made-up {number}", mentions=True)
    walk(connector, walk(connector).cursors)
    connector.read(mine.id)
    connector.apply(stage.request(mine.id), GOOD)
    connector.check()
    return seen


@pytest.mark.skipif(not SPECIFICATION.exists(), reason="X's published specification is not on this machine")
def test_requests_keep_to_the_published_specification(stage: Stage) -> None:
    """Every path, parameter, value and page size we send is in X's own OpenAPI document."""
    document = json.loads(SPECIFICATION.read_text("utf-8"))
    seen = requests_of(stage)
    assert len({path for _, path, _ in seen}) >= 5
    for method, path, query in seen:
        template = next(
            each
            for each in sorted(document["paths"], key=lambda name: name.count("{"))
            if re.fullmatch(re.sub(r"\{\w+\}", "[^/]+", each), path)
        )
        listed = document["paths"][template][method.lower()].get("parameters", [])
        known = {
            each["name"]: each for value in listed if (each := resolved(document, value))["in"] == "query"
        }
        assert set(query) <= set(known), (path, set(query) - set(known))
        for name, value in query.items():
            schema = resolved(document, known[name].get("schema", {}))
            assert int(schema.get("minimum", 0)) <= int(value) if name == "max_results" else True
            assert int(value) <= schema["maximum"] if name == "max_results" else True
            allowed = schema.get("items", {}).get("enum")
            assert not allowed or set(value.split(",")) <= set(allowed), (name, value)


def resolved(document: dict[str, Any], value: dict[str, Any]) -> dict[str, Any]:
    """A part of the specification, with its reference followed."""
    reference = value.get("$ref")
    if reference is None:
        return value
    found: Any = document
    for name in reference.removeprefix("#/").split("/"):
        found = found[name]
    return dict(found)
