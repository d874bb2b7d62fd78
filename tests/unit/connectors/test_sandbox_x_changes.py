"""The simulated X changes as X does: hiding, edits, what is gone, what is broken."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

import pytest
import requests

from connectors.sandbox.server import Sandbox
from connectors.sandbox.state import snowflake
from connectors.sandbox.things import Account
from tests.unit.connectors.asking_x import EVERYTHING, ask, hide


@pytest.fixture
def box() -> Iterator[Sandbox]:
    """A sandbox that is running."""
    with Sandbox() as running:
        yield running


@pytest.fixture
def account(box: Sandbox) -> Account:
    """The Trust's account on X."""
    return box.world.add_account("x", "NorthmoorTrust")


def test_hides_are_counted(box: Sandbox, account: Account) -> None:
    """The ledger tells calls received from changes made."""
    comment = box.world.add_comment(account, "x", post=box.world.add_post(account, "p"))
    for hidden in (True, True, False):
        assert hide(box, comment.id, account.token, hidden=hidden).json() == {"data": {"hidden": hidden}}
    ledger = box.world.ledger
    assert (ledger.received(comment.id, "hide"), ledger.made(comment.id, "hide")) == (2, 1)
    assert (ledger.received(comment.id, "unhide"), ledger.made(comment.id, "unhide")) == (1, 1)


def test_hiding_needs_the_right(box: Sandbox, account: Account) -> None:
    """Another account, an app-only token, and a thread of somebody else's are refused with 403."""
    other = box.world.add_account("x", "SomebodyElse")
    comment = box.world.add_comment(account, "x", post=box.world.add_post(account, "p"))
    mention = box.world.add_comment(account, "x", kind="mention")
    assert hide(box, comment.id, other.token).status_code == 403
    assert hide(box, comment.id, account.app_token).status_code == 403
    assert hide(box, mention.id, account.token).status_code == 403
    assert not comment.hidden


def test_a_hide_can_do_nothing_and_say_200(box: Sandbox, account: Account) -> None:
    """With x_hide_works off the answer is 200 with errors and no data, and nothing is hidden."""
    comment = box.world.add_comment(account, "x", post=box.world.add_post(account, "p"))
    box.world.switches.update({"x_hide_works": False})
    answer = hide(box, comment.id, account.token)
    assert answer.status_code == 200
    assert set(answer.json()) == {"errors"}
    assert (box.world.ledger.received(comment.id, "hide"), comment.hidden) == (1, False)


def test_edits_make_new_ids(box: Sandbox, account: Account) -> None:
    """After an edit the new id says the new text, the old id the old one, and both name both."""
    comment = box.world.add_comment(account, "before", post=box.world.add_post(account, "p"))
    box.world.edit("x", comment.id, "after")
    old, new = comment.id, comment.current.id
    found = {each: ask(box, f"/2/tweets/{each}").json()["data"] for each in (old, new)}
    assert (found[old]["text"], found[new]["text"]) == ("before", "after")
    assert found[old]["edit_history_tweet_ids"] == found[new]["edit_history_tweet_ids"] == [old, new]
    box.world.switches.update({"x_edits": "same_id"})
    kept = box.world.add_comment(account, "before", post=box.world.posts["x", comment.post_id or ""])
    box.world.edit("x", kept.id, "after")
    assert ask(box, f"/2/tweets/{kept.id}").json()["data"]["text"] == "after"


def test_what_is_gone_is_named(box: Sandbox, account: Account) -> None:
    """A deleted tweet is an error beside the others, and alone an answer without data."""
    post = box.world.add_post(account, "p")
    kept, gone = (box.world.add_comment(account, each, post=post) for each in ("kept", "gone"))
    box.world.delete("x", gone.id)
    both = ask(box, "/2/tweets", ids=f"{kept.id},{gone.id}").json()
    assert [each["id"] for each in both["data"]] == [kept.id]
    assert [each["value"] for each in both["errors"]] == [gone.id]
    assert set(ask(box, f"/2/tweets/{gone.id}").json()) == {"errors"}
    box.world.switches.update({"x_gone_status": 404})
    assert ask(box, f"/2/tweets/{gone.id}").status_code == 404


def test_long_texts_are_cut_with_the_whole_beside(box: Sandbox, account: Account) -> None:
    """A text over 280 characters is cut; note_tweet has all of it when asked for."""
    comment = box.world.add_comment(account, "y" * 300, post=box.world.add_post(account, "p"))
    shown = ask(box, f"/2/tweets/{comment.id}", **{"tweet.fields": "note_tweet"}).json()["data"]
    assert len(shown["text"]) == 280
    assert shown["note_tweet"]["text"] == "y" * 300


@pytest.mark.parametrize(
    ("broken", "key", "value"),
    [
        ("missing_author", "author_id", None),
        ("missing_text", "text", None),
        ("null_text", "text", None),
        ("unknown_fields", "made_up_field", {"nested": [1, None, {"deeper": "\u2603"}]}),
    ],
)
def test_broken_items_are_broken_as_asked(
    box: Sandbox, account: Account, broken: str, key: str, value: object
) -> None:
    """A comment made wrong on purpose is wrong in just that way."""
    post = box.world.add_post(account, "p")
    author = box.world.add_author("x", "a")
    comment = box.world.add_comment(account, "x", post=post, author=author, broken=frozenset({broken}))
    shown = ask(box, f"/2/tweets/{comment.id}", **EVERYTHING).json()["data"]
    assert shown.get(key) == value
    assert (key in shown) == (not broken.startswith("missing"))


def test_broken_texts_ids_and_dates(box: Sandbox, account: Account) -> None:
    """Long text, odd Unicode, a number for an id and a date without a fraction come as promised."""
    post = box.world.add_post(account, "p")

    def raw(kind: str) -> requests.Response:
        comment = box.world.add_comment(account, "x", post=post, broken=frozenset({kind}))
        return ask(box, f"/2/tweets/{comment.id}", **EVERYTHING)

    assert len(raw("long_text").json()["data"]["text"]) > 65_000
    assert rb"\ud800" in raw("odd_unicode").content
    assert rb"\u0000" in raw("odd_unicode").content
    assert isinstance(raw("number_id").json()["data"]["id"], int)
    assert "." not in raw("date_without_fraction").json()["data"]["created_at"]


def test_ids_are_snowflakes_of_the_time(box: Sandbox, account: Account) -> None:
    """An id says when its comment was posted, to the millisecond."""
    at = box.world.now() - timedelta(hours=3)
    comment = box.world.add_comment(account, "x", post=box.world.add_post(account, "p"), posted_at=at)
    assert int(comment.id) >> 22 == snowflake(at) >> 22
