"""Written examples for the demo and for training staff: all sorts of comments by made-up people."""

from __future__ import annotations

import json
import random
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from importlib.resources import files
from typing import Any

from connectors.sandbox.state import World
from connectors.sandbox.things import Account, Comment, Media, Post


@dataclass
class Examples:
    """What was written into a world.

    Attributes:
        accounts: one on each platform, by platform name.
        shows: comment id -> what the comment is there to show.
        edits: comment id -> wordings that its author will change it to, one after the other;
            nothing has been edited yet, so that a poll can come between.
    """

    accounts: dict[str, Account] = field(default_factory=dict)
    shows: dict[str, str] = field(default_factory=dict)
    edits: dict[str, list[str]] = field(default_factory=dict)


def load_examples(world: World, *, now: datetime, seed: int = 0) -> Examples:
    """Write the examples into a world.

    Args:
        now: what their ages are counted from (aware).
        seed: 0 keeps the written ages; others shift each comment a little, so that orders differ.
    """
    given = json.loads(files("connectors.sandbox").joinpath("examples.json").read_text(encoding="utf-8"))
    dice = random.Random(seed)
    found = Examples()
    with world.lock:
        for each in given["accounts"]:
            account = world.add_account(each["platform"], each["handle"], name=each["name"])
            found.accounts[each["platform"]] = account
        posts: dict[str, Post] = {}
        for each in given["posts"]:
            at = now - timedelta(hours=each["hours_ago"])
            posts[each["key"]] = world.add_post(found.accounts[each["platform"]], each["text"], posted_at=at)
        named: dict[str, Comment] = {}
        for each in sorted(given["comments"], key=lambda one: -int(one["minutes_ago"])):
            shift = dice.randrange(-9, 10) if seed else 0
            at = now - timedelta(minutes=each["minutes_ago"] + shift, seconds=dice.randrange(60))
            comment = _write(world, found, posts[each["post"]], named, each, at)
            found.shows[comment.id] = each["shows"]
            if "edited" in each:
                found.edits[comment.id] = each["edited"]
            if "key" in each:
                named[each["key"]] = comment
    return found


def _write(
    world: World, found: Examples, post: Post, named: dict[str, Comment], each: dict[str, Any], at: datetime
) -> Comment:
    kind = each.get("kind", "reply")
    name = each["author"]
    handle = None if name is None else name.replace(" ", ".")
    return world.add_comment(
        found.accounts[post.platform],
        each["text"],
        post=None if kind == "mention" else post,
        parent=named.get(each.get("reply_to", "")),
        author=world.add_author(post.platform, handle, name=name) if handle else None,
        posted_at=at,
        kind=kind,
        media=[Media(**one) for one in each.get("media", ())],
        mentions=each.get("mention", False) or kind == "quote",
        broken=frozenset(each.get("broken", ())),
    )
