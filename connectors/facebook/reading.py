"""Reading one comment again on Facebook, with its own answers, its parent and its post."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from connectors.calls import Answer
from connectors.contract import Account, Comment, Exchange, Post, Reading
from connectors.errors import ConnectorError, UnexpectedResponse
from connectors.facebook.feed import COMMENT_FIELDS, POST_FIELDS
from connectors.facebook.parse import parse_comment, parse_post, parse_visitor_post
from connectors.graph.client import GraphClient
from connectors.items import identifier, listing, record

_ANSWERS = f"comments.order(chronological).limit(100){{{COMMENT_FIELDS}}}"


@dataclass(frozen=True, slots=True)
class Reader:
    """Reads single comments of one Page."""

    client: GraphClient
    account: Account

    def read(self, external_id: str, *, thread: bool) -> Reading:
        """Read a comment (see `contract.Connector.read`).

        The comment's own reply holds its first 100 answers and its parent. The post is a reply of
        its own; it is context, and the reading stands without it.
        """
        if external_id.startswith(f"{self.account.external_id}_"):
            return self._visitor_post(external_id, thread=thread)
        fields = f"{COMMENT_FIELDS},{_ANSWERS}" if thread else COMMENT_FIELDS
        answer, item = self._fetch(external_id, fields)
        post_id = self._post_of(external_id)
        comment = parse_comment(item, post_id)
        exchanges: tuple[Exchange, ...] = (answer.exchange,)
        post: Post | None = None if post_id is None else Post(post_id)
        if thread and post_id is not None:
            try:
                about, found = self._fetch(post_id, POST_FIELDS)
            except ConnectorError:
                pass  # context only: evidence never waits for it
            else:
                post, exchanges = parse_post(found), (*exchanges, about.exchange)
        parent = item.get("parent")
        return Reading(
            comment=comment,
            post=post,
            parent=parse_comment(parent, post_id) if isinstance(parent, dict) else None,
            thread=_answers(item, post_id) if thread else (),
            exchanges=exchanges,
        )

    def _visitor_post(self, external_id: str, *, thread: bool) -> Reading:
        fields = f"{POST_FIELDS},{_ANSWERS}" if thread else POST_FIELDS
        answer, item = self._fetch(external_id, fields)
        return Reading(
            comment=parse_visitor_post(item),
            post=parse_post(item),
            parent=None,
            thread=_answers(item, external_id) if thread else (),
            exchanges=(answer.exchange,),
        )

    def _fetch(self, node_id: str, fields: str) -> tuple[Answer, dict[str, Any]]:
        answer = self.client.get(node_id, fields=fields)
        item = answer.payload
        if not isinstance(item, dict) or identifier(item.get("id")) is None:
            raise UnexpectedResponse("Graph's reply holds no comment", status=answer.exchange.status)
        return answer, item

    def _post_of(self, external_id: str) -> str | None:
        """A comment's id begins with its post's number, or with its post's whole id."""
        before = external_id.rpartition("_")[0]
        if not before:
            return None
        return before if "_" in before else f"{self.account.external_id}_{before}"


def _answers(item: dict[str, Any], post_id: str | None) -> tuple[Comment, ...]:
    return tuple(parse_comment(each, post_id) for each in listing(record(item.get("comments")).get("data")))
