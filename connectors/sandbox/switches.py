"""How the simulated platforms behave where the real ones are not known for certain, or can differ."""

from __future__ import annotations

from dataclasses import asdict, dataclass, fields
from typing import Any

#: The values a switch may take, where it is not simply on or off or a number.
CHOICES: dict[str, tuple[Any, ...]] = {
    "post_spelling": ("tweet", "post"),
    "x_params": ("both", "tweet", "post"),
    "x_edits": ("new_id", "same_id"),
    "x_gone_status": (200, 404),
    "x_limit_body": ("problem", "code88"),
    "hide_answer": ("success", "true", "true_javascript"),
    "graph_block_answer": ("by_id", "success"),
    "graph_next_host": ("real", "sandbox"),
    "graph_since": ("inclusive", "exclusive"),
    "graph_error_status": (0, 200, 400, 500),
    "graph_limit_code": (4, 17, 32, 613, 80001),
}


@dataclass
class Switches:
    """All switches, set to what the documentation says or, failing that, what is most often seen.

    Attributes:
        limits: count requests and refuse those over the limit.
        limit_scale: multiply every documented limit by this (0.01 makes limits easy to reach).
        login_wall: strangers asking for a post's page see a log-in page instead.
        post_spelling: X answers in the spelling of tweet.fields or of post.fields.
        x_params: which spelling of parameters X accepts; the other one is refused with 400.
        x_edits: an edit on X makes a new id (as documented), or keeps the id.
        x_gone_status: the status for one tweet or user that is not there.
        x_limit_body: the body of a 429: a problem document, or the older `errors` with code 88.
        x_note_tweet: X cuts texts over 280 characters and gives the whole in note_tweet.
        x_search_shows_hidden: hidden replies are still found by search and timelines.
        x_date_fraction: created_at has milliseconds.
        x_hide_works: False: hiding answers 200 with `errors`, no `data`, and changes nothing.
        x_mute_works: False: muting answers 200 and says that nothing was muted.
        graph_bearer, graph_query_token: where Graph accepts the token.
        graph_next_token: paging addresses repeat the token when it came in the query.
        graph_since: whether `since` includes its own second.
        graph_error_status: the HTTP status of Graph errors; 0 gives one that fits the code.
        graph_limit_code: which throttle an exceeded Graph limit reports.
        graph_limit: Graph calls an account may make an hour (before limit_scale).
        graph_from: comments carry `from` (the permission was granted).
        graph_empty_pages: every page is preceded by an empty one that has `next`.
        graph_hide_works: False: hiding and deleting answer success and change nothing; so do blocks.
        graph_block_answer: Graph answers a block with {"<id>":true} or like any other change.
        hide_answer: Graph answers a change with {"success":true} or with a bare true
            (as JSON, or as text/javascript).
        graph_next_host: paging addresses name graph.facebook.com, as the real ones do, or this server.
    """

    limits: bool = True
    limit_scale: float = 1.0
    login_wall: bool = True
    post_spelling: str = "tweet"
    x_params: str = "both"
    x_edits: str = "new_id"
    x_gone_status: int = 200
    x_limit_body: str = "problem"
    x_note_tweet: bool = True
    x_search_shows_hidden: bool = True
    x_date_fraction: bool = True
    x_hide_works: bool = True
    x_mute_works: bool = True
    graph_bearer: bool = True
    graph_query_token: bool = True
    graph_next_token: bool = True
    graph_since: str = "inclusive"
    graph_error_status: int = 400
    graph_limit_code: int = 32
    graph_limit: int = 4800
    graph_from: bool = True
    graph_empty_pages: bool = False
    graph_hide_works: bool = True
    graph_block_answer: str = "by_id"
    hide_answer: str = "success"
    graph_next_host: str = "real"

    def update(self, changes: dict[str, Any]) -> None:
        """Set switches by name, all of them or none.

        Raises:
            ValueError: no switch has that name, or it cannot take that value.
        """
        kinds = {each.name: type(getattr(self, each.name)) for each in fields(self)}
        for name, value in changes.items():
            if name not in kinds:
                raise ValueError(f"no switch is called {name!r}")
            wanted = (int, float) if kinds[name] is float else kinds[name]
            if not isinstance(value, wanted) or (isinstance(value, bool) and kinds[name] is not bool):
                raise ValueError(f"switch {name!r} takes {kinds[name].__name__}, not {value!r}")
            if name in CHOICES and value not in CHOICES[name]:
                raise ValueError(f"switch {name!r} takes one of {CHOICES[name]}, not {value!r}")
        for name, value in changes.items():
            setattr(self, name, value)

    def as_dict(self) -> dict[str, Any]:
        """Every switch and its value."""
        return asdict(self)
