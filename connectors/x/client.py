"""tweepy, made safe: our host, our credentials, both spellings, typed errors."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from functools import partial
from typing import Any

import requests
import tweepy

from connectors.calls import Answer, Caller
from connectors.errors import UnexpectedResponse
from connectors.http import Authorise, PlatformAdapter, Route, make_session
from connectors.options import ConnectorOptions, Spelling
from connectors.redaction import Redactor, guard_library_logs
from connectors.usage import Usage
from connectors.x.errors import make_judge

#: The host that tweepy has written into its code.
_TWEEPY_HOST = "https://api.twitter.com"
DEFAULT_BASE_URL = "https://api.x.com"

TWEET_FIELDS = (
    "attachments,author_id,conversation_id,created_at,edit_history_tweet_ids,entities,"
    "in_reply_to_user_id,lang,note_tweet,possibly_sensitive,public_metrics,referenced_tweets,reply_settings"
)
POST_FIELDS = (
    TWEET_FIELDS.replace("edit_history_tweet_ids", "edit_history_post_ids")
    .replace("note_tweet", "note_post")
    .replace("referenced_tweets", "referenced_posts")
)
_REFERENCED = {"tweet": "referenced_tweets.id", "post": "referenced_posts.id"}
#: What every reading call asks for. Spelling is put right in `_Tweepy.request`.
ASK: dict[str, Any] = {
    "tweet_fields": TWEET_FIELDS,
    "expansions": "author_id,attachments.media_keys",
    "user_fields": "created_at,id,name,protected,username",
    "media_fields": "alt_text,duration_ms,height,media_key,preview_image_url,type,url,variants,width",
}


@dataclass(frozen=True, slots=True)
class XCredentials:
    """Either all four OAuth 1.0a values, or one OAuth 2.0 user token.

    Raises:
        ValueError: neither is complete, or both are given.
    """

    consumer_key: str = field(default="", repr=False)
    consumer_secret: str = field(default="", repr=False)
    access_token: str = field(default="", repr=False)
    access_token_secret: str = field(default="", repr=False)
    bearer_token: str = field(default="", repr=False)

    def __post_init__(self) -> None:
        oauth1 = (self.consumer_key, self.consumer_secret, self.access_token, self.access_token_secret)
        if bool(self.bearer_token) == all(oauth1) or (self.bearer_token and any(oauth1)):
            raise ValueError(
                "X needs either consumer_key, consumer_secret, access_token and access_token_secret,"
                " or bearer_token alone"
            )

    @property
    def secrets(self) -> tuple[str, ...]:
        """Every value that must never be shown."""
        return (
            self.consumer_key,
            self.consumer_secret,
            self.access_token,
            self.access_token_secret,
            self.bearer_token,
        )

    def authorise(self) -> Authorise:
        """Return the function that signs a request.

        It signs the address really called: an OAuth 1.0a signature covers the host, and tweepy
        would sign its own.
        """
        if self.bearer_token:
            return self._bear
        signer = tweepy.OAuth1UserHandler(
            self.consumer_key, self.consumer_secret, self.access_token, self.access_token_secret
        ).apply_auth()

        def sign(request: requests.PreparedRequest) -> None:
            request.headers.pop("Authorization", None)
            signer(request)

        return sign

    def _bear(self, request: requests.PreparedRequest) -> None:
        request.headers["Authorization"] = f"Bearer {self.bearer_token}"


class _Tweepy(tweepy.Client):  # type: ignore[misc]  # an untyped base class
    """tweepy's client asking in the spelling that X accepts.

    tweepy knows `tweet.fields` only; X's newer specification says `post.fields`. X refuses names
    that it does not know, so the connector settles on one (see `XClient.call`).
    """

    spelling: Spelling = "both"

    def request(
        self,
        method: str,
        route: str,
        params: Mapping[str, Any] | None = None,
        json: object = None,
        user_auth: bool = False,  # noqa: FBT001, FBT002 (tweepy's own signature)
    ) -> Any:
        """Send one request as tweepy does, with the parameters respelt."""
        return super().request(method, route, respelt(params or {}, self.spelling), json, user_auth)


def respelt(params: Mapping[str, Any], spelling: Spelling) -> dict[str, Any]:
    """Return query parameters with the fields and expansions in the wanted spelling."""
    out = dict(params)
    asked = out.pop("tweet.fields", None)
    if asked is None:
        return out
    wanted = ("tweet", "post") if spelling == "both" else (spelling,)
    if "tweet" in wanted:
        out["tweet.fields"] = asked
    if "post" in wanted:
        out["post.fields"] = POST_FIELDS if asked == TWEET_FIELDS else asked
    if "expansions" in out:
        out["expansions"] = ",".join([out["expansions"], *(_REFERENCED[each] for each in wanted)])
    return out


class XClient:
    """Calls X for one account; safe to share between threads.

    Args:
        credentials: how to sign.
        options: address, limits, spelling.
        now: the host clock.
    """

    def __init__(
        self, credentials: XCredentials, options: ConnectorOptions, now: Callable[[], datetime]
    ) -> None:
        guard_library_logs()
        self.redactor = Redactor(credentials.secrets)
        self._credentials = credentials
        self._options = options
        self._now = now
        self._route = Route.to(_TWEEPY_HOST, options.base_url or DEFAULT_BASE_URL)
        self._spelling = options.x_spelling
        self._caller: Caller[Any] = Caller(self._build, now)

    @property
    def usage(self) -> Usage | None:
        """What the newest reply said of our allowance."""
        return self._caller.usage

    @property
    def spelling(self) -> Spelling:
        """The spelling asked with at present."""
        return self._spelling

    def call(self, family: str, ask: Callable[[Any], object]) -> Answer:
        """Make one call with tweepy's client; where X refuses our spelling, try the others.

        Args:
            family: the endpoint, whose limit is its own.
            ask: calls a method of the tweepy client it is given.

        Raises:
            ConnectorError: one of the typed errors.
        """
        try:
            return self._caller.call(family, partial(self._ask, ask=ask, spelling=self._spelling))
        except UnexpectedResponse as error:
            if error.code != "invalid-fields" or self._spelling != "both":
                raise
            refused = error
        narrower: tuple[Spelling, ...] = ("tweet", "post")
        for spelling in narrower:
            try:
                answer = self._caller.call(family, partial(self._ask, ask=ask, spelling=spelling))
            except UnexpectedResponse as error:
                if error.code != "invalid-fields":
                    raise
            else:
                self._spelling = spelling
                return answer
        raise refused

    @staticmethod
    def _ask(library: _Tweepy, ask: Callable[[Any], object], spelling: Spelling) -> object:
        library.spelling = spelling
        return ask(library)

    def _build(self) -> tuple[_Tweepy, PlatformAdapter]:
        adapter = PlatformAdapter(
            self._route,
            self._options,
            self.redactor,
            make_judge(self.redactor),
            self._credentials.authorise(),
            self._now,
        )
        # tweepy never holds a credential: the adapter signs. Its own waiting recurses without end.
        library = _Tweepy(bearer_token="unused", return_type=dict, wait_on_rate_limit=False)  # noqa: S106 (no password: the adapter replaces it)
        library.session = make_session(adapter, self._options.ca_bundle)
        return library, adapter
