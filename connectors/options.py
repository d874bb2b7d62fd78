"""What an administrator may set about a connector, as one frozen value handed in."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Spelling = Literal["tweet", "post", "both"]
TokenPlace = Literal["query", "header"]


@dataclass(frozen=True, slots=True)
class ConnectorOptions:
    """How to reach a platform and how far to look. Every default suits the real platforms.

    Attributes:
        base_url: address to call instead of the platform's own; https, or http on loopback.
        connect_timeout, read_timeout: seconds to wait for a connection, and for the next bytes.
        total_timeout: seconds one reply may take in all.
        max_body_bytes: a longer reply is refused.
        proxy: address of the Trust's web proxy, or None. Never taken from the environment.
        ca_bundle: file with the certificate authorities to trust, or None for the usual ones.
        graph_version: the Graph API version, such as "v25.0".
        token_in: where the Graph token goes: "query" (documented) or "header" (Bearer).
        overlap_seconds: how far a new walk reaches back behind the last one, to catch what was
            indexed late; None for the platform's own (X 60, Facebook 600).
        post_window_days: comments under Facebook posts older than this are not looked for.
        x_spelling: ask X with `tweet.fields`, `post.fields`, or both.
    """

    base_url: str | None = None
    connect_timeout: float = 5.0
    read_timeout: float = 20.0
    total_timeout: float = 60.0
    max_body_bytes: int = 20 * 1024 * 1024
    proxy: str | None = None
    ca_bundle: str | None = None
    graph_version: str = "v25.0"
    token_in: TokenPlace = "query"  # noqa: S105 (a place, not a token)
    overlap_seconds: int | None = None
    post_window_days: int = 30
    x_spelling: Spelling = "both"
