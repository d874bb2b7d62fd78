"""Reading the parameters of a request to X: fields, bounds, page sizes and page tokens."""

from __future__ import annotations

import base64
import binascii
import zlib
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from connectors.sandbox.answers import PlatformRefused, x_invalid
from connectors.sandbox.switches import Switches
from connectors.sandbox.things import Account
from connectors.sandbox.x_tweets import SPELT_BACK, TWEET_FIELDS, Wanted


@dataclass(frozen=True)
class Call:
    """One request, from an account that was recognised."""

    path: str
    params: Mapping[str, Any]
    query: Mapping[str, str]
    account: Account
    body: bytes


def wanted(call: Call, switches: Switches) -> Wanted:
    """The fields and expansions asked for, in the older spelling.

    Raises:
        PlatformRefused: a parameter or field is not one that X knows.
    """
    spellings = ("tweet", "post") if switches.x_params == "both" else (switches.x_params,)
    for name in ("tweet.fields", "post.fields"):
        if name in call.query and name.partition(".")[0] not in spellings:
            message = f"The query parameter [{name}] is not one of the accepted parameters"
            raise PlatformRefused(x_invalid(name, call.query[name], message))
    asked = _names(call, "tweet.fields") | _names(call, "post.fields")
    tweet = frozenset(SPELT_BACK.get(each, each) for each in asked)
    for each in sorted(tweet - TWEET_FIELDS):
        message = f"The `tweet.fields` query parameter value [{each}] is not one of the accepted values"
        raise PlatformRefused(x_invalid("tweet.fields", each, message))
    expansions = frozenset(
        each.replace("referenced_posts", "referenced_tweets") for each in _names(call, "expansions")
    )
    return Wanted(tweet, _names(call, "user.fields"), _names(call, "media.fields"), expansions)


def bounds(call: Call, token_name: str) -> tuple[int, int | None]:
    """The ids strictly between which a page lies (None: no upper bound).

    Args:
        token_name: the parameter that holds the page token.

    Raises:
        PlatformRefused: an id or the token is not valid.
    """
    above, below = -1, None
    for name in ("since_id", "until_id"):
        value = call.query.get(name)
        if value is not None and not value.isdigit():
            raise PlatformRefused(x_invalid(name, value, f"'{name}' must be a valid id"))
    if "since_id" in call.query:
        above = int(call.query["since_id"])
    if "until_id" in call.query:
        below = int(call.query["until_id"])
    token = call.query.get(token_name)
    if token is not None:
        place = _read_token(token, call)
        if place is None:
            raise PlatformRefused(x_invalid(token_name, token, "The token is not valid for this request"))
        below = place if below is None else min(below, place)
    return above, below


def page_size(call: Call, least: int) -> int:
    """How many items a page shall hold.

    Raises:
        PlatformRefused: fewer than `least` or more than 100.
    """
    size = call.query.get("max_results", "10")
    if not size.isdigit() or not least <= int(size) <= 100:
        message = f"The `max_results` query parameter value [{size}] is not between {least} and 100"
        raise PlatformRefused(x_invalid("max_results", size, message))
    return int(size)


def make_token(order: str, call: Call) -> str:
    """A page token for what comes below this id, good only for the same question."""
    return base64.urlsafe_b64encode(f"{order}.{_shape(call)}".encode("ascii")).decode("ascii").rstrip("=")


def _read_token(token: str, call: Call) -> int | None:
    try:
        text = base64.urlsafe_b64decode(token + "=" * (-len(token) % 4)).decode("ascii")
    except (binascii.Error, ValueError):
        return None
    order, _, shape = text.partition(".")
    return int(order) if order.isdigit() and shape == str(_shape(call)) else None


def _shape(call: Call) -> int:
    return zlib.crc32((call.path + call.query.get("query", "")).encode("utf-8", "replace"))


def _names(call: Call, parameter: str) -> frozenset[str]:
    return frozenset(each for each in call.query.get(parameter, "").split(",") if each)
