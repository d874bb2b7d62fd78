"""Whether something on a Page is really gone. Graph says the same of a permission that was lost."""

from __future__ import annotations

from connectors.contract import Account
from connectors.errors import ContentGone, PermissionMissing, UnexpectedResponse
from connectors.graph.client import GraphClient
from connectors.items import identifier, record


def make_sure_of_page(client: GraphClient, account: Account) -> None:
    """Make sure that the token can still read the Page, so that a missing comment is missing.

    Raises:
        PermissionMissing: the Page is not there for this token either.
        ConnectorError: the Page could not be read; nothing is known of the comment.
    """
    try:
        answer = client.get(account.external_id, fields="id")
    except ContentGone as error:
        message, code = f"the Page is not there for this token: {error}", error.code
    else:
        if identifier(record(answer.payload).get("id")) != account.external_id:
            raise UnexpectedResponse("Graph's reply is not about the Page", status=answer.exchange.status)
        return
    raise PermissionMissing(message, code=code)


def is_gone(client: GraphClient, account: Account, node_id: str) -> bool:
    """Return whether a post is gone: Graph says so of itself, and the Page can still be read.

    Raises:
        ConnectorError: it cannot be told.
    """
    try:
        client.get(node_id, fields="id")
    except ContentGone:
        make_sure_of_page(client, account)
        return True
    return False
