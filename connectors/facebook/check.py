"""`accounts check` for a Page: what the token can do and how Graph answers it. Changes nothing."""

from __future__ import annotations

from typing import Any

from connectors.contract import Account, CheckLine
from connectors.errors import ConnectorError
from connectors.facebook.feed import COMMENT_FIELDS, POST_FIELDS
from connectors.graph.client import GraphClient
from connectors.items import identifier, listing, record


def check(client: GraphClient, account: Account, reach: str) -> tuple[CheckLine, ...]:
    """Look at the real Page: who the token is, whether its feed can be read, and what of it is shown.

    Args:
        reach: what polling sees and what it does not, in words.
    """
    return (
        *_identity(client, account),
        *_feed(client, account),
        *_allowance(client),
        CheckLine("reach", ok=True, found=reach),
    )


def _identity(client: GraphClient, account: Account) -> tuple[CheckLine, ...]:
    try:
        me = record(client.get("me", fields="id,name").payload)
    except ConnectorError as error:
        return (CheckLine("token", ok=False, found=f"{error.kind}: {error}"),)
    found, name = identifier(me.get("id")), client.redactor.words(me.get("name") or "no name")
    ok = found == account.external_id
    words = (
        "a Page token of this Page" if ok else "not this Page's own token: `from` and hiding may be missing"
    )
    return (
        CheckLine("token", ok=True, found=f"accepted; it is {name}'s"),
        CheckLine("page id", ok=ok, found=f"{found} (set: {account.external_id}): {words}"),
    )


def _feed(client: GraphClient, account: Account) -> tuple[CheckLine, ...]:
    nested = f"comments.filter(stream).limit(10){{{COMMENT_FIELDS}}}"
    try:
        answer = client.get(f"{account.external_id}/feed", fields=f"{POST_FIELDS},{nested}", limit="5")
    except ConnectorError as error:
        return (CheckLine("feed", ok=False, found=f"{error.kind}: {error}"),)
    version = {name.lower(): value for name, value in answer.exchange.headers}.get("facebook-api-version")
    posts = [record(each) for each in listing(record(answer.payload).get("data"))]
    comments = [record(each) for post in posts for each in listing(record(post.get("comments")).get("data"))]
    return (
        CheckLine(
            "feed", ok=True, found=f"readable: {len(posts)} posts and {len(comments)} comments looked at"
        ),
        CheckLine("version", ok=True, found=f"answered as {version or 'not said'}"),
        _share(
            comments, "from", "author shown", "needs pages_read_user_content; without it no author is known"
        ),
        _share(comments, "can_hide", "hiding", "needs pages_manage_engagement"),
    )


def _share(comments: list[dict[str, Any]], field: str, name: str, hint: str) -> CheckLine:
    given = sum(1 for each in comments if each.get(field))
    if not comments:
        return CheckLine(name, ok=True, found="no comment to look at")
    words = f"on {given} of {len(comments)} comments"
    return CheckLine(name, ok=given > 0, found=words if given else f"{words}: {hint}")


def _allowance(client: GraphClient) -> tuple[CheckLine, ...]:
    usage = client.usage
    if usage is None or usage.percent is None:
        return (CheckLine("allowance", ok=False, found="Graph sent no usage headers"),)
    return (CheckLine("allowance", ok=usage.percent < 90, found=f"{usage.percent:.0f} % used"),)
