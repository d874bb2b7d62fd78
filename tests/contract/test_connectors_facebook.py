"""What only Facebook does: empty pages, dead cursors, missing authors, tokens in addresses."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest

from connectors.contract import Page, Platform
from connectors.errors import (
    ConnectorError,
    ContentGone,
    CredentialsRejected,
    PermissionMissing,
    PlatformUnavailable,
    RateLimited,
)
from tests.contract.connectors_stage import GOOD, Stage, ago, staged, walk


@pytest.fixture
def stage() -> Iterator[Stage]:
    """One Page on Facebook."""
    with staged(Platform.FACEBOOK) as made:
        yield made


@pytest.mark.parametrize("since", ["inclusive", "exclusive"])
@pytest.mark.parametrize("host", ["real", "sandbox"])
def test_empty_pages_with_a_next_do_not_end_a_walk(stage: Stage, since: str, host: str) -> None:
    """Only a missing `next` is the end; addresses in `next` are never called as they stand."""
    switches = {"graph_empty_pages": True, "graph_since": since, "graph_next_host": host}
    stage.sandbox.world.switches.update(switches)
    for _ in range(24):
        stage.post()
    ids = {stage.comment(f"{n}", post=stage.posts[n % 2]).id for n in range(260)}
    walked = walk(stage.connector)
    assert set(walked.comments) == ids
    assert len({post.external_id for page in walked.pages for post in page.posts}) == 25


def test_a_cursor_whose_comment_was_deleted_restarts_its_post(stage: Stage) -> None:
    """When the comment that a place points to goes, its post is read again and nothing is missed."""
    ids = [stage.comment(f"{n}", posted_at=ago(hours=3, seconds=-n)).id for n in range(400)]
    page = stage.connector.poll("feed", None)
    seen = {each.external_id for each in page.comments}
    for _ in range(2):
        last = max(seen, key=lambda each: int(each.rpartition("_")[2]))
        stage.sandbox.world.delete("facebook", last)
        page = stage.connector.poll("feed", page.cursor)
        seen |= {each.external_id for each in page.comments}
    while page.more:
        page = stage.connector.poll("feed", page.cursor)
        seen |= {each.external_id for each in page.comments}
    assert seen == set(ids)


def test_a_post_that_vanishes_during_a_walk_is_left_behind(stage: Stage) -> None:
    """A pending post that is gone does not stop the walk."""
    stage.post()
    for number in range(120):
        stage.comment(f"{number}", post=stage.posts[number % 2])
    page = stage.connector.poll("feed", None)
    cursor = json.loads(page.cursor)
    cursor["walk"]["pending"][0][0] = "900_404404"
    walked = walk(stage.connector, {"feed": json.dumps(cursor)})
    assert walked.comments
    assert ["900_404404" in gap for gap in walked.gaps] == [True]


def test_without_the_permission_authors_are_missing_not_fatal(stage: Stage) -> None:
    """Where Graph leaves out `from`, comments come with a flaw, and the check says what is missing."""
    stage.sandbox.world.switches.update({"graph_from": False})
    mine = stage.comment()
    comment = walk(stage.connector).comments[mine.id]
    assert comment.author is None
    assert comment.flaws == ("missing_author",)
    assert any(line.name == "author shown" and not line.ok for line in stage.connector.check())


def test_the_token_can_travel_in_a_header(stage: Stage) -> None:
    """With token_in=header no address holds the token, in requests and in replies."""
    stage.sandbox.world.switches.update({"graph_query_token": False})
    mine = stage.comment()
    connector = stage.connect(token_in="header")
    assert mine.id in walk(connector).comments
    exchange = connector.read(mine.id).exchanges[0]
    assert "access_token" not in exchange.request
    assert not exchange.redacted


def test_posts_older_than_the_window_are_not_looked_under(stage: Stage) -> None:
    """The window is a setting: a post outside it is not walked, one inside is."""
    old = stage.post(hours_ago=24 * 40)
    hidden = stage.comment(post=old).id
    near = stage.comment().id
    assert set(walk(stage.connector).comments) == {near}
    assert set(walk(stage.connect(post_window_days=60)).comments) == {near, hidden}


@pytest.mark.parametrize("status", [0, 200, 400, 500])
def test_the_code_decides_whatever_the_status(stage: Stage, status: int) -> None:
    """Errors are told by their code: the HTTP status that comes with it is not documented."""
    stage.sandbox.world.switches.update({"graph_error_status": status})
    mine = stage.comment()
    stage.sandbox.world.delete("facebook", mine.id)
    cases: list[tuple[dict[str, Any], type[ConnectorError]]] = [
        ({"kind": "token"}, CredentialsRejected),
        ({"kind": "permission"}, PermissionMissing),
        ({"kind": "rate_limited"}, RateLimited),
    ]
    for fault, expected in cases:
        stage.sandbox.faults.add(platform="facebook", **fault)
        with pytest.raises(expected):
            stage.connect().poll("feed", None)
    with pytest.raises(ContentGone):
        stage.connector.read(mine.id)


@pytest.mark.parametrize("code", [4, 17, 32, 613, 80001])
def test_every_throttle_code_is_a_rate_limit(stage: Stage, code: int) -> None:
    """Whichever limit Meta names, we wait as long as it says."""
    stage.sandbox.world.switches.update({"graph_limit_code": code})
    stage.sandbox.faults.add("rate_limited", platform="facebook")
    with pytest.raises(RateLimited) as caught:
        stage.connector.poll("feed", None)
    assert caught.value.until is not None
    assert (caught.value.code or "").startswith(str(code))


def test_what_is_missing_along_with_its_page_is_not_called_gone(stage: Stage) -> None:
    """Graph says "does not exist" of a lost permission too: without the Page nothing is certain."""
    mine = stage.comment()
    stage.sandbox.world.delete("facebook", mine.id)
    page = rf"/{stage.account.external_id}$"
    stage.sandbox.faults.add("permission", platform="facebook", path=page, times=2)
    with pytest.raises(PermissionMissing):
        stage.connector.read(mine.id)
    with pytest.raises(PermissionMissing):
        stage.connector.apply(stage.request(mine.id), GOOD)
    with pytest.raises(ContentGone):
        stage.connector.read(mine.id)


def persistent(stage: Stage, cursor: str | None) -> tuple[list[Page], int]:
    """Poll to the end of a walk, again after every failure: its pages, and how often it failed."""
    pages, failed = [stage.connector.poll("feed", cursor)], 0
    while pages[-1].more:
        try:
            pages.append(stage.connector.poll("feed", pages[-1].cursor))
        except PlatformUnavailable:
            failed += 1
    return pages, failed


def test_a_post_that_keeps_failing_holds_up_no_other(stage: Stage) -> None:
    """Its failures show, three times and then once a walk; the others are read; later nothing is missing."""
    stage.post()
    ids = {stage.comment(f"{n}", post=stage.posts[n % 2]).id for n in range(240)}
    bad = stage.posts[1].id
    stage.sandbox.faults.add("outage", platform="facebook", path=f"/{bad}/comments")
    pages, failed = persistent(stage, None)
    seen = {each.external_id for page in pages for each in page.comments}
    assert failed == 3
    assert [bad in page.gap for page in pages if page.gap] == [True]
    assert len(seen) == 50 + 120
    pages, failed = persistent(stage, pages[-1].cursor)
    assert failed == 1
    assert [bad in page.gap for page in pages if page.gap] == [True]
    stage.sandbox.faults.clear()
    pages, failed = persistent(stage, pages[-1].cursor)
    assert failed == 0
    assert seen | {each.external_id for page in pages for each in page.comments} == ids
    assert json.loads(pages[-1].cursor)["late"] == []


def test_once_a_day_everything_in_the_window_is_read_again(stage: Stage) -> None:
    """A late edit is seen by the day's full walk, by the platform's clock; the check names the limits."""
    mine = stage.comment("first words", posted_at=ago(hours=3))
    first = walk(stage.connector)
    stage.sandbox.world.edit("facebook", mine.id, "second words")
    second = walk(stage.connector, first.cursors)
    assert not second.comments
    cursor = json.loads(second.cursors["feed"])
    cursor["full"] -= 24 * 3600 + 60
    third = walk(stage.connector, {"feed": json.dumps(cursor)})
    assert third.comments[mine.id].text == "second words"
    assert json.loads(third.cursors["feed"])["full"] > cursor["full"] + 24 * 3600
    assert not walk(stage.connector, third.cursors).comments
    reach = next(line.found for line in stage.connector.check() if line.name == "reach")
    assert "30 days" in reach
    assert "once a day" in reach


def test_a_page_that_is_not_ours_is_a_missing_permission(stage: Stage) -> None:
    """A wrong Page id is told as such, not as a deleted comment."""
    account = stage.sandbox.world.add_account("facebook", "OtherTrust")
    stage.token = account.token
    with pytest.raises(PermissionMissing):
        stage.connect().poll("feed", None)
