"""The simulated Graph speaks as Graph does: fields in fields, paging, tokens, errors, hiding and deleting."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
import requests

from connectors.sandbox.graph_fields import FieldsWrong, parse, written
from connectors.sandbox.loader import Row, load_rows
from connectors.sandbox.server import Sandbox
from connectors.sandbox.things import Account, Comment, Media

FIXTURES = Path(__file__).parents[2] / "fixtures" / "platforms"
COMMENT_FIELDS = (
    "id,message,created_time,from,parent,attachment,permalink_url,is_hidden,can_hide,can_remove,"
    "comment_count,like_count"
)
FEED_FIELDS = (
    f"id,message,created_time,from,permalink_url,comments.limit(2).filter(stream){{{COMMENT_FIELDS}}}"
)


@pytest.fixture
def box() -> Iterator[Sandbox]:
    """A sandbox that is running."""
    with Sandbox() as running:
        yield running


@pytest.fixture
def page(box: Sandbox) -> Account:
    """The Trust's page."""
    return box.world.add_account("facebook", "northmoor.trust", name="Northmoor Trust")


def ask(box: Sandbox, path: str, **query: Any) -> requests.Response:
    """GET something with the page's token in the query."""
    token = next(iter(box.world.accounts.values())).token
    given = {"access_token": token, **query}
    return requests.get(f"{box.graph_url}/v25.0/{path}", params=given, timeout=10)


def follow(box: Sandbox, address: str) -> Any:
    """GET a paging address, as a client does that has Graph's host rewritten."""
    return requests.get(address.replace("https://graph.facebook.com", box.graph_url), timeout=10).json()


def walk(box: Sandbox, first: Any) -> Iterator[Any]:
    """Every item of an edge, page after page."""
    while True:
        yield from first["data"]
        if "next" not in first.get("paging", {}):
            return
        first = follow(box, first["paging"]["next"])


def keys(value: Any) -> Any:
    """The keys of an answer, at every depth; the items of a list are taken together."""
    if isinstance(value, dict):
        return {key: keys(each) for key, each in value.items()}
    if isinstance(value, list):
        merged: dict[str, Any] = {}
        for each in value:
            merged |= keys(each)
        return [merged]
    return type(value).__name__


def fixture(name: str) -> Any:
    """A recorded payload."""
    return json.loads((FIXTURES / name).read_text(encoding="utf-8"))


def some_comments(box: Sandbox, page: Account, count: int) -> list[Comment]:
    """Comments under one new post, a minute apart, the last one now."""
    now = box.world.now()
    post = box.world.add_post(page, "Clinic opens", posted_at=now - timedelta(days=1))
    author = box.world.add_author("facebook", "A Person")
    return [
        box.world.add_comment(
            page, str(n), post=post, author=author, posted_at=now - timedelta(minutes=count - n)
        )
        for n in range(count)
    ]


def test_feed_has_the_recorded_shape(box: Sandbox, page: Account) -> None:
    """A feed with comments, a reply, a picture and paging has the recorded keys and types at every depth."""
    first = some_comments(box, page, 1)[0]
    post = box.world.posts["facebook", first.post_id or ""]
    media = (Media("1", "photo", "https://scontent.example.test/a.jpg"),)
    author = box.world.add_author("facebook", "A Person")
    for _ in range(2):
        box.world.add_comment(page, "made-up", post=post, parent=first, author=author, media=media)
    box.world.add_post(page, "older", posted_at=post.posted_at - timedelta(days=1))
    shown = ask(box, f"{page.id}/feed", fields=FEED_FIELDS, limit=1).json()
    assert keys(shown) == keys(fixture("graph_feed.json"))
    for name, asked in parse_qs(urlsplit(fixture("graph_feed.json")["paging"]["next"]).query).items():
        assert name in parse_qs(urlsplit(shown["paging"]["next"]).query), (name, asked)
    for name in parse_qs(urlsplit(fixture("graph_feed.json")["paging"]["previous"]).query):
        assert name in parse_qs(urlsplit(shown["paging"]["previous"]).query), name


def test_errors_have_the_recorded_shape(box: Sandbox, page: Account) -> None:
    """A wrong token gets the recorded envelope, with the status that the switch says."""
    answer = ask(box, "me", access_token="wrong")
    assert keys(answer.json()) == keys(fixture("graph_error.json"))
    assert answer.status_code == 400
    box.world.switches.update({"graph_error_status": 0})
    assert ask(box, "me", access_token="wrong").status_code == 401


def test_usage_headers_have_the_recorded_shape(box: Sandbox, page: Account) -> None:
    """Every answer carries both usage headers in the recorded form."""
    headers = ask(box, "me").headers
    assert keys(json.loads(headers["X-App-Usage"])) == keys(fixture("graph_app_usage.json"))
    (business,) = json.loads(headers["X-Business-Use-Case-Usage"]).values()
    assert keys(business) == keys(next(iter(fixture("graph_business_usage.json").values())))


@pytest.mark.parametrize("empty_pages", [False, True])
@pytest.mark.parametrize("order", ["chronological", "reverse_chronological"])
def test_paging_gives_every_comment_once(
    box: Sandbox, page: Account, order: str, *, empty_pages: bool
) -> None:
    """Walking the feed and each post's comments gives every loaded comment once, empty pages or not."""
    rows = [Row(f"r{n}", f"made-up {n}") for n in range(640)]
    load_rows(box.world, rows, platform="facebook", account=page.handle, now=box.world.now())
    box.world.switches.update({"graph_empty_pages": empty_pages})
    inner = f"comments.limit(40).filter(stream).order({order}){{id}}"
    seen: list[str] = []
    for post in walk(box, ask(box, f"{page.id}/feed", fields=f"id,{inner}", limit=2).json()):
        seen += [each["id"] for each in walk(box, post["comments"])]
    assert sorted(seen) == sorted(each.id for each in box.world.comments.values())


def test_previous_leads_back(box: Sandbox, page: Account) -> None:
    """`previous` of the second page is the first page again."""
    for n in range(4):
        box.world.add_post(page, str(n), posted_at=box.world.now() - timedelta(hours=n))
    first = ask(box, f"{page.id}/feed", limit=2).json()
    second = follow(box, first["paging"]["next"])
    assert follow(box, second["paging"]["previous"])["data"] == first["data"]


def test_toplevel_and_replies(box: Sandbox, page: Account) -> None:
    """Without filter=stream a post shows its own comments only; a comment's edge has its replies."""
    first, second = some_comments(box, page, 2)
    post = box.world.posts["facebook", first.post_id or ""]
    reply = box.world.add_comment(page, "reply", post=post, parent=first)
    assert [each["id"] for each in ask(box, f"{post.id}/comments").json()["data"]] == [first.id, second.id]
    assert [each["id"] for each in ask(box, f"{first.id}/comments").json()["data"]] == [reply.id]
    assert ask(box, reply.id, fields="parent").json()["parent"]["id"] == first.id


@pytest.mark.parametrize(("way", "expected"), [("inclusive", 1), ("exclusive", 0)])
def test_since_both_ways(box: Sandbox, page: Account, way: str, expected: int) -> None:
    """`since` takes in its own second or does not, by the switch, for posts and comments alike."""
    at = datetime(2026, 11, 20, 9, 15, 0, 250_000, tzinfo=UTC)
    post = box.world.add_post(page, "p", posted_at=at)
    box.world.add_comment(page, "c", post=post, posted_at=at)
    box.world.switches.update({"graph_since": way})
    since = int(at.timestamp())
    assert len(ask(box, f"{page.id}/feed", since=since).json()["data"]) == expected
    assert len(ask(box, f"{post.id}/comments", since=since).json()["data"]) == expected
    assert len(ask(box, f"{post.id}/comments", since=since + 1).json()["data"]) == 0
    assert len(ask(box, f"{page.id}/feed", until=since).json()["data"]) == 1
    assert len(ask(box, f"{page.id}/feed", until=since - 1).json()["data"]) == 0


def test_cursors_die_with_their_item(box: Sandbox, page: Account) -> None:
    """A cursor that points to a deleted comment is refused with code 100."""
    comments = some_comments(box, page, 5)
    first = ask(box, f"{comments[0].post_id}/comments", limit=2).json()
    box.world.delete("facebook", comments[1].id)
    assert follow(box, first["paging"]["next"])["error"]["code"] == 100


def test_fields_decide_what_is_given(box: Sandbox, page: Account) -> None:
    """Only what was asked for is given (and the id); an unknown field is refused with code 100."""
    (comment,) = some_comments(box, page, 1)
    assert set(ask(box, comment.id, fields="message").json()) == {"id", "message"}
    assert set(ask(box, comment.id, fields="from{name}").json()["from"]) == {"id", "name"}
    assert ask(box, comment.id, fields="mood").json()["error"]["code"] == 100
    assert ask(box, comment.id, fields="message{").json()["error"]["code"] == 2500


def test_the_fields_grammar_reads_what_it_writes() -> None:
    """Fields with options and fields inside come back as they were written; nonsense is refused."""
    text = "id,comments.limit(5).order(chronological){id,from{name},comments{id}},message"
    assert written(parse(text)) == text
    for wrong in ("id,,message", "comments{id", "comments.limit{id}", "id}"):
        with pytest.raises(FieldsWrong):
            parse(wrong)


def test_from_needs_the_permission_and_an_author(box: Sandbox, page: Account) -> None:
    """`from` is left out without the permission, and for a deleted author."""
    (comment,) = some_comments(box, page, 1)
    post = box.world.posts["facebook", comment.post_id or ""]
    nobody = box.world.add_comment(page, "x", post=post)
    assert "from" in ask(box, comment.id).json()
    assert "from" not in ask(box, nobody.id).json()
    box.world.switches.update({"graph_from": False})
    assert "from" not in ask(box, comment.id).json()


def test_where_the_token_may_stand(box: Sandbox, page: Account) -> None:
    """Query and Bearer both work, each can be switched off, and paging repeats only a query's token."""
    some_comments(box, page, 3)
    bearer = {"Authorization": f"Bearer {page.token}"}
    address = f"{box.graph_url}/v25.0/{page.id}/feed"
    by_header = requests.get(address, headers=bearer, timeout=10).json()
    assert "access_token" not in by_header["paging"]["previous"]
    assert f"access_token={page.token}" in ask(box, f"{page.id}/feed").json()["paging"]["previous"]
    box.world.switches.update({"graph_bearer": False, "graph_query_token": False})
    assert requests.get(address, headers=bearer, timeout=10).json()["error"]["code"] == 104
    assert ask(box, "me").json()["error"]["code"] == 104


@pytest.mark.parametrize(
    ("way", "text", "kind"),
    [
        ("success", '{"success":true}', "application/json"),
        ("true", "true", "application/json"),
        ("true_javascript", "true", "text/javascript"),
    ],
)
def test_hide_and_delete_are_counted(box: Sandbox, page: Account, way: str, text: str, kind: str) -> None:
    """Changes answer as the switch says, and the ledger tells calls received from changes made."""
    (comment,) = some_comments(box, page, 1)
    box.world.switches.update({"hide_answer": way})
    address = f"{box.graph_url}/v25.0/{comment.id}"
    for hidden in ("true", "true", "false"):
        form = {"is_hidden": hidden, "access_token": page.token}
        answer = requests.post(address, data=form, timeout=10)
        assert answer.text == text
        assert answer.headers["content-type"].startswith(kind)
        assert ask(box, comment.id, fields="is_hidden").json()["is_hidden"] == (hidden == "true")
    ledger = box.world.ledger
    assert (ledger.received(comment.id, "hide"), ledger.made(comment.id, "hide")) == (2, 1)
    assert requests.delete(address, params={"access_token": page.token}, timeout=10).text == text
    assert ledger.made(comment.id, "delete") == 1
    assert ask(box, comment.id).json()["error"]["error_subcode"] == 33


def test_hiding_needs_a_boolean_and_the_right_page(box: Sandbox, page: Account) -> None:
    """Python's True is refused with code 100, another page's token with code 200."""
    (comment,) = some_comments(box, page, 1)
    other = box.world.add_account("facebook", "other")
    address = f"{box.graph_url}/v25.0/{comment.id}"
    for value, token, code in (("True", page.token, 100), ("true", other.token, 200)):
        answer = requests.post(address, data={"is_hidden": value, "access_token": token}, timeout=10)
        assert answer.json()["error"]["code"] == code
    assert not comment.hidden


def test_edits_keep_their_id(box: Sandbox, page: Account) -> None:
    """An edited comment says something else under the same id, and its time does not move."""
    (comment,) = some_comments(box, page, 1)
    before = ask(box, comment.id).json()
    box.world.edit("facebook", comment.id, "after")
    assert ask(box, comment.id).json() == {**before, "message": "after"}


@pytest.mark.parametrize("code", [4, 17, 32, 613, 80001])
def test_limits(box: Sandbox, page: Account, code: int) -> None:
    """A used-up limit is refused with the chosen code and says when access comes back."""
    box.world.switches.update({"graph_limit": 2, "graph_limit_code": code})
    assert [ask(box, "me").ok for _ in range(2)] == [True, True]
    answer = ask(box, "me")
    assert answer.json()["error"]["code"] == code
    (business,) = json.loads(answer.headers["X-Business-Use-Case-Usage"])["1"]
    assert 0 < business["estimated_time_to_regain_access"] <= 60
    assert box.clock is not None
    box.clock.shift(3601)
    assert ask(box, "me").ok
