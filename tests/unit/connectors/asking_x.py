"""Asking the simulated X, for its tests."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import requests

from connectors.sandbox.loader import Row, load_rows
from connectors.sandbox.server import Sandbox
from connectors.sandbox.things import Account, Media

FIXTURES = Path(__file__).parents[2] / "fixtures" / "platforms"
EVERYTHING = {
    "tweet.fields": "author_id,created_at,conversation_id,in_reply_to_user_id,referenced_tweets,attachments,"
    "entities,public_metrics,lang,possibly_sensitive,reply_settings,edit_history_tweet_ids,note_tweet",
    "user.fields": "created_at,description,verified,verified_type,protected,profile_image_url,public_metrics",
    "media.fields": "url,width,height,alt_text,preview_image_url,duration_ms,variants",
    "expansions": "author_id,referenced_tweets.id,attachments.media_keys",
}


def ask(box: Sandbox, path: str, token: str | None = None, **query: Any) -> requests.Response:
    """GET something from the simulated X, as its first account."""
    bearer = token or next(iter(box.world.accounts.values())).token
    return requests.get(
        box.x_url + path, params=query, headers={"Authorization": f"Bearer {bearer}"}, timeout=10
    )


def hide(box: Sandbox, comment_id: str, token: str, *, hidden: bool = True) -> requests.Response:
    """Ask to hide or unhide."""
    address = f"{box.x_url}/2/tweets/{comment_id}/hidden"
    return requests.put(
        address, json={"hidden": hidden}, headers={"Authorization": f"Bearer {token}"}, timeout=10
    )


def keys(value: Any) -> Any:
    """The keys of an answer, at every depth; the items of a list are taken together."""
    if isinstance(value, dict):
        return {key: keys(each) for key, each in value.items()}
    if isinstance(value, list):
        merged: dict[str, Any] = {}
        for each in value:
            found = keys(each)
            merged |= found if isinstance(found, dict) else {}
        return [merged]
    return type(value).__name__


def fixture(name: str) -> Any:
    """A recorded payload."""
    return json.loads((FIXTURES / name).read_text(encoding="utf-8"))


def fill(box: Sandbox, account: Account, count: int, **more: Any) -> None:
    """Load so many comments."""
    rows = [Row(f"r{n}", f"made-up text {n}") for n in range(count)]
    load_rows(box.world, rows, platform="x", account=account.handle, now=box.world.now(), **more)


def rich_mention(box: Sandbox, account: Account) -> None:
    """Everything that the recorded payload shows, in one answer."""
    world = box.world
    post = world.add_post(account, "Clinic opens 9am")
    author = world.add_author("x", "aperson501")
    gone = world.add_comment(account, "gone", post=post, author=author)
    media = (
        Media("3_77", "photo", "https://pbs.example.test/m.jpg", "x"),
        Media("7_78", "video", "https://video.example.test/v.mp4"),
    )
    text = "@NorthmoorTrust made-up text https://t.co/a1"
    for parent in (None, gone):
        for _ in range(3):
            world.add_comment(
                account, text, post=post, parent=parent, author=author, media=media, mentions=True
            )
    world.delete("x", gone.id)
