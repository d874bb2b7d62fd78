"""The simulated X speaks as X does: shapes, paging, limits, both spellings."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
import requests
from requests_oauthlib import OAuth1  # type: ignore[import-untyped]  # it publishes no types

from connectors.sandbox.server import Sandbox
from connectors.sandbox.state import snowflake
from connectors.sandbox.things import Account
from tests.unit.connectors.asking_x import EVERYTHING, FIXTURES, ask, fill, fixture, hide, keys, rich_mention


@pytest.fixture
def box() -> Iterator[Sandbox]:
    """A sandbox that is running."""
    with Sandbox() as running:
        yield running


@pytest.fixture
def account(box: Sandbox) -> Account:
    """The Trust's account on X."""
    return box.world.add_account("x", "NorthmoorTrust")


def test_mentions_have_the_recorded_shape(box: Sandbox, account: Account) -> None:
    """A page of mentions has the keys and types of the payload recorded from X, errors and includes too."""
    rich_mention(box, account)
    answer = ask(box, f"/2/users/{account.id}/mentions", max_results=5, **EVERYTHING)
    shown, recorded = keys(answer.json()), keys(fixture("x_mentions.json"))
    (included,) = shown["includes"].pop("tweets")
    assert recorded["includes"].pop("tweets")[0].items() <= included.items()
    assert shown == recorded


@pytest.mark.parametrize("name", ["x_401", "x_403", "x_429", "x_usage_cap", "x_503"])
def test_refusals_have_the_recorded_shape(box: Sandbox, account: Account, name: str) -> None:
    """Each refusal is the recorded one: same status, same keys, same title."""
    kinds = {"x_401": "token", "x_403": "permission", "x_429": "rate_limited", "x_503": "server_error"}
    box.faults.add(kinds.get(name, "usage_cap"), platform="x")
    answer = ask(box, "/2/users/me")
    recorded = fixture(f"{name}.json")
    assert keys(answer.json()) == keys(recorded)
    assert answer.json()["title"] == recorded["title"]
    assert answer.status_code == recorded.get("status", {"x_403": 403}.get(name, 429))


def test_plain_answers_are_word_for_word(box: Sandbox, account: Account) -> None:
    """An empty page, a hidden reply, a wrong token and the older 429 are the recorded bytes."""
    assert ask(box, f"/2/users/{account.id}/mentions").text == (FIXTURES / "x_empty.json").read_text().strip()
    comment = box.world.add_comment(account, "x", post=box.world.add_post(account, "p"))
    assert hide(box, comment.id, account.token).text == (FIXTURES / "x_hide.json").read_text().strip()
    assert ask(box, "/2/users/me", token="wrong").text == (FIXTURES / "x_401.json").read_text().strip()
    box.world.switches.update({"x_limit_body": "code88"})
    box.faults.add("rate_limited_no_reset")
    answer = ask(box, "/2/users/me")
    assert answer.text == (FIXTURES / "x_429_code88.json").read_text().strip()
    assert "x-rate-limit-reset" not in answer.headers


def test_search_pages_give_every_reply_once(box: Sandbox, account: Account) -> None:
    """Walking search to its end gives each loaded reply exactly once, newest first."""
    fill(box, account, 730)
    posts = [key for _, key in box.world.posts_of[account.id].newest()]
    query = f"({' OR '.join('conversation_id:' + each for each in posts)}) -from:NorthmoorTrust"
    seen: list[str] = []
    token: dict[str, str] = {}
    while True:
        page = ask(box, "/2/tweets/search/recent", query=query, max_results=100, **token).json()
        seen += [each["id"] for each in page["data"]]
        if "next_token" not in page["meta"]:
            break
        token = {"next_token": page["meta"]["next_token"]}
    assert sorted(seen) == sorted(each.id for each in box.world.comments.values())
    assert seen == sorted(seen, key=int, reverse=True)


def test_since_and_until_are_exclusive(box: Sandbox, account: Account) -> None:
    """since_id and until_id leave out their own tweet."""
    post = box.world.add_post(account, "p")
    ids = [box.world.add_comment(account, str(n), post=post, mentions=True).id for n in range(5)]
    asked: tuple[tuple[str, dict[str, Any]], ...] = (
        (f"/2/users/{account.id}/mentions", {}),
        ("/2/tweets/search/recent", {"query": "to:NorthmoorTrust", "max_results": 10}),
    )
    for path, query in asked:
        page = ask(box, path, since_id=ids[0], until_id=ids[4], **query).json()
        assert [each["id"] for each in page["data"]] == ids[3:0:-1]


def test_mentions_reach_back_800(box: Sandbox, account: Account) -> None:
    """Only the newest 800 mentions can be had, however far one pages."""
    for n in range(830):
        box.world.add_comment(account, str(n), kind="mention")
    seen: list[str] = []
    token: dict[str, str] = {}
    while True:
        page = ask(box, f"/2/users/{account.id}/mentions", max_results=100, **token).json()
        seen += [each["id"] for each in page["data"]]
        if "next_token" not in page["meta"]:
            break
        token = {"pagination_token": page["meta"]["next_token"]}
    assert len(seen) == len(set(seen)) == 800


def test_search_reaches_seven_days(box: Sandbox, account: Account) -> None:
    """Older replies are not found, and an older since_id is refused with 400."""
    now = box.world.now()
    post = box.world.add_post(account, "p", posted_at=now - timedelta(days=9))
    box.world.add_comment(account, "old", post=post, posted_at=now - timedelta(days=8))
    query: dict[str, Any] = {"query": f"conversation_id:{post.id}", "max_results": 10}
    assert ask(box, "/2/tweets/search/recent", **query).json()["meta"]["result_count"] == 0
    early = snowflake(now - timedelta(days=8))
    assert ask(box, "/2/tweets/search/recent", since_id=early, **query).status_code == 400


@pytest.mark.parametrize(
    "query", ["", "x" * 513, "(conversation_id:1", "planet:mars", "conversation_id:1 OR", ")"]
)
def test_wrong_queries_are_refused(box: Sandbox, account: Account, query: str) -> None:
    """A query that X would not understand, or that is too long, is refused with 400."""
    assert ask(box, "/2/tweets/search/recent", query=query, max_results=10).status_code == 400


@pytest.mark.parametrize("size", ["4", "101", "many"])
def test_page_sizes_have_bounds(box: Sandbox, account: Account, size: str) -> None:
    """max_results outside 5 to 100 is refused with 400."""
    assert ask(box, f"/2/users/{account.id}/mentions", max_results=size).status_code == 400


def test_fields_not_asked_for_are_not_given(box: Sandbox, account: Account) -> None:
    """Without tweet.fields a tweet has its id, text and edit history only; an unknown field is refused."""
    comment = box.world.add_comment(account, "x", post=box.world.add_post(account, "p"))
    shown = ask(box, f"/2/tweets/{comment.id}").json()["data"]
    assert set(shown) == {"id", "text", "edit_history_tweet_ids"}
    assert ask(box, f"/2/tweets/{comment.id}", **{"tweet.fields": "mood"}).status_code == 400


def test_both_spellings(box: Sandbox, account: Account) -> None:
    """With post_spelling=post the same facts come under newer names; either parameter is understood."""
    rich_mention(box, account)
    box.world.switches.update({"post_spelling": "post"})
    newer = {"post.fields": "referenced_posts,public_metrics", "expansions": "referenced_posts.id"}
    page = ask(box, f"/2/users/{account.id}/mentions", **newer).json()
    assert {"referenced_posts", "edit_history_post_ids"} <= set(page["data"][-1])
    assert "repost_count" in page["data"][0]["public_metrics"]
    assert set(page["includes"]) == {"posts"}
    box.world.switches.update({"x_params": "tweet"})
    assert ask(box, f"/2/users/{account.id}/mentions", **newer).status_code == 400


def test_limits_are_counted_and_end(box: Sandbox, account: Account) -> None:
    """Requests count down to a real 429, and the window ends by the sandbox's clock."""
    box.world.switches.update({"limit_scale": 0.01})
    codes = [ask(box, f"/2/users/{account.id}/mentions").status_code for _ in range(4)]
    assert codes == [200, 200, 200, 429]
    answer = ask(box, f"/2/users/{account.id}/mentions")
    assert answer.headers["x-rate-limit-limit"] == "3"
    assert answer.headers["x-rate-limit-remaining"] == "0"
    assert int(answer.headers["x-rate-limit-reset"]) > box.world.now().timestamp()
    assert box.clock is not None
    box.clock.shift(901)
    assert ask(box, f"/2/users/{account.id}/mentions").status_code == 200


def test_oauth1_is_accepted_for_the_accounts_token_only(box: Sandbox, account: Account) -> None:
    """A request signed for the account's token passes; one signed for another does not."""
    for token, status in ((account.token, 200), ("somebody-else", 401)):
        auth = OAuth1("app", "secret", token, "secret")
        assert requests.get(box.x_url + "/2/users/me", auth=auth, timeout=10).status_code == status
