"""Reading one comment again on X, with the conversation around it."""

from __future__ import annotations

from collections import OrderedDict
from dataclasses import dataclass, field
from threading import Lock
from typing import Any

from connectors.calls import Answer
from connectors.contract import Account, Comment, Post, Reading
from connectors.errors import ConnectorError, UnexpectedResponse
from connectors.items import identifier, listing, record
from connectors.x.client import ASK, XClient
from connectors.x.errors import partial_error
from connectors.x.feeds import query_of
from connectors.x.parse import Includes, includes_of, parse_comment, parse_post, references, versions

_THREAD = 100
_REMEMBERED = 10_000


@dataclass(slots=True)
class Newest:
    """Remembers which id of a comment is its newest: reading says so, hiding needs it.

    An id that is not remembered (another process read the comment) is simply asked for again.
    """

    _ids: OrderedDict[str, str] = field(default_factory=OrderedDict)
    _lock: Lock = field(default_factory=Lock)

    def note(self, external_id: str, newest: str) -> None:
        """Remember the newest id of a comment; the oldest memories are let go."""
        with self._lock:
            self._ids[external_id] = newest
            self._ids.move_to_end(external_id)
            while len(self._ids) > _REMEMBERED:
                self._ids.popitem(last=False)

    def get(self, external_id: str) -> str | None:
        """Return the newest id of a comment, or None where it is not remembered."""
        with self._lock:
            return self._ids.get(external_id)


@dataclass(frozen=True, slots=True)
class Reader:
    """Reads single comments of one account's conversations."""

    client: XClient
    account: Account
    newest: Newest

    def read(self, external_id: str, *, thread: bool) -> Reading:
        """Read a comment in its newest version (see `contract.Connector.read`).

        The thread costs one search, of the last seven days and 100 answers at most. It is context:
        where it cannot be had the reading stands without it, and its reply, which also holds other
        conversations of other people, is not kept. The comment's own reply is.
        """
        answer, item = self._newest_version(external_id)
        includes = includes_of(record(answer.payload))
        comment = parse_comment(item, includes)
        around = self._conversation(identifier(item.get("conversation_id"))) if thread else ()
        parent_id = references(item).get("replied_to") or references(item).get("quoted")
        return Reading(
            comment=comment,
            post=self._post(comment, includes),
            parent=self._parent(parent_id, includes, around),
            thread=_strand(comment, around),
            exchanges=(answer.exchange,),
        )

    def newest_id(self, external_id: str) -> str:
        """Return the id of a comment's newest version, asking X if need be.

        Raises:
            ConnectorError: X could not be asked, or the comment is gone.
        """
        known = self.newest.get(external_id)
        if known is None:
            self._newest_version(external_id)
            known = self.newest.get(external_id)
        return known or external_id

    def _newest_version(self, external_id: str) -> tuple[Answer, dict[str, Any]]:
        """An older version's reply names the newer ones; then the newest is the one to read."""
        answer, item = self._fetch(self.newest.get(external_id) or external_id)
        last = (versions(item) or [external_id])[-1]
        if last != identifier(item.get("id")):
            answer, item = self._fetch(last)
        self.newest.note(external_id, last)
        return answer, item

    def _fetch(self, tweet_id: str) -> tuple[Answer, dict[str, Any]]:
        if not (tweet_id.isascii() and tweet_id.isdigit()):
            raise UnexpectedResponse("X cannot be asked for this: its id is not one", code="unreadable")
        answer = self.client.call("tweet", lambda x: x.get_tweet(tweet_id, **ASK))
        payload = record(answer.payload)
        item = payload.get("data")
        if item is None and listing(payload.get("errors")):
            raise partial_error(payload, self.client.redactor, tweet_id)
        if not isinstance(item, dict):
            raise UnexpectedResponse("X's reply holds no comment", status=answer.exchange.status)
        return answer, item

    def _conversation(self, conversation_id: str | None) -> tuple[Comment, ...]:
        if conversation_id is None or not conversation_id.isdigit():
            return ()
        query = query_of((conversation_id,))
        try:
            answer = self.client.call(
                "search", lambda x: x.search_recent_tweets(query, max_results=_THREAD, **ASK)
            )
        except ConnectorError:
            return ()  # context only: evidence never waits for it
        payload = record(answer.payload)
        includes = includes_of(payload)
        return tuple(parse_comment(each, includes) for each in listing(payload.get("data")))

    def _post(self, comment: Comment, includes: Includes) -> Post | None:
        root = comment.post_external_id
        if root is None:
            return None
        return parse_post(includes.posts.get(root, {"id": root}), includes)

    @staticmethod
    def _parent(parent_id: str | None, includes: Includes, around: tuple[Comment, ...]) -> Comment | None:
        if parent_id is None:
            return None
        if parent_id in includes.posts:
            return parse_comment(includes.posts[parent_id], includes)
        return next((each for each in around if each.external_id == parent_id), None)


def _strand(comment: Comment, around: tuple[Comment, ...]) -> tuple[Comment, ...]:
    """The answers above and below a comment, oldest first; the rest of the conversation is others' affair."""
    others = {each.external_id: each for each in around if each.external_id != comment.external_id}
    wanted: set[str] = set()
    above = comment.parent_external_id
    while above in others and above not in wanted:
        wanted.add(above)
        above = others[above].parent_external_id
    below = {comment.external_id}
    while below:
        below = {
            key for key, each in others.items() if each.parent_external_id in below and key not in wanted
        }
        wanted |= below
    strand = [each for key, each in others.items() if key in wanted]
    return tuple(sorted(strand, key=lambda each: (len(each.external_id), each.external_id)))
