"""`accounts check` for X: what the token can do and how X answers it. Changes nothing."""

from __future__ import annotations

from connectors.calls import Answer
from connectors.contract import Account, CheckLine
from connectors.errors import ConnectorError
from connectors.items import identifier, listing, record
from connectors.x.client import ASK, XClient

_FEWEST = 5


def check(client: XClient, account: Account) -> tuple[CheckLine, ...]:
    """Look at the real account: who the token is, whether mentions can be read, and in what spelling."""
    return (*_identity(client, account), *_mentions(client, account), *_search(client), *_allowance(client))


def _identity(client: XClient, account: Account) -> tuple[CheckLine, ...]:
    try:
        answer = client.call("me", lambda x: x.get_me(user_auth=False))
    except ConnectorError as error:
        return (CheckLine("token", ok=False, found=f"{error.kind}: {error}"),)
    me = record(record(answer.payload).get("data"))
    found, handle = identifier(me.get("id")), str(me.get("username") or "")
    return (
        CheckLine("token", ok=True, found="accepted, and it is a user's: hiding needs that"),
        CheckLine("account id", found == account.external_id, f"{found} (set: {account.external_id})"),
        CheckLine(
            "handle",
            handle.lower() == account.handle.lstrip("@").lower(),
            client.redactor.words(f"@{handle} (set: {account.handle})"),
        ),
    )


def _mentions(client: XClient, account: Account) -> tuple[CheckLine, ...]:
    try:
        answer = client.call(
            "mentions", lambda x: x.get_users_mentions(account.external_id, max_results=_FEWEST, **ASK)
        )
    except ConnectorError as error:
        return (CheckLine("mentions", ok=False, found=f"{error.kind}: {error}"),)
    items = listing(record(answer.payload).get("data"))
    return (CheckLine("mentions", ok=True, found=f"readable, {len(items)} seen"), _spelling(client, answer))


def _spelling(client: XClient, answer: Answer) -> CheckLine:
    items = [record(each) for each in listing(record(answer.payload).get("data"))]
    old = any("edit_history_tweet_ids" in each for each in items)
    new = any("edit_history_post_ids" in each for each in items)
    found = "both" if old and new else "tweet" if old else "post" if new else "none seen (no mentions)"
    return CheckLine("spelling", ok=True, found=f"asked with {client.spelling}, answered with {found}")


def _search(client: XClient) -> tuple[CheckLine, ...]:
    try:
        client.call("search", lambda x: x.search_recent_tweets("conversation_id:1", max_results=10))
    except ConnectorError as error:
        return (
            CheckLine("search", ok=False, found=f"{error.kind}: {error}: replies cannot be found without it"),
        )
    return (CheckLine("search", ok=True, found="allowed"),)


def _allowance(client: XClient) -> tuple[CheckLine, ...]:
    usage = client.usage
    if usage is None or usage.limit is None:
        return (CheckLine("allowance", ok=False, found="X sent no rate-limit headers"),)
    return (
        CheckLine(
            "allowance",
            ok=True,
            found=f"{usage.remaining} of {usage.limit} calls left until {usage.reset:%H:%M} UTC",
        ),
    )
