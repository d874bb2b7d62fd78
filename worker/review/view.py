"""One case with everything that a person needs to decide on it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any


@dataclass(frozen=True, slots=True)
class RevisionView:
    """One wording of the comment, oldest first in a case.

    Attributes:
        erased_at: when its words and what hung on it were erased; this stub is left.
    """

    id: int
    number: int
    text: str | None
    media: Sequence[dict[str, Any]]
    flaws: Sequence[str]
    seen_at: datetime
    severity: str | None
    priority: int
    erased_at: datetime | None


@dataclass(frozen=True, slots=True)
class FindingView:
    """What a rule found in the case's revision; the span counts characters of its text."""

    rule_id: str
    rule_version: int
    category: str
    severity: str
    span: tuple[int, int]
    matched: str
    reason: str
    characteristics: Sequence[str]


@dataclass(frozen=True, slots=True)
class AuthorView:
    """The author as the platform names them, and their history on our accounts."""

    id: int
    external_id: str
    handle: str | None
    name: str | None
    first_seen_at: datetime
    comments: int
    cases: int
    incidents: int


@dataclass(frozen=True, slots=True)
class PostView:
    """The post that the comment hangs on."""

    text: str | None
    permalink: str | None
    posted_at: datetime | None


@dataclass(frozen=True, slots=True)
class ThreadEntry:
    """Another comment of the same thread: context, not accusation.

    Attributes:
        relation: parent, answer or sibling of the case's comment.
    """

    comment_id: int
    relation: str
    author: str | None
    text: str | None
    posted_at: datetime | None


@dataclass(frozen=True, slots=True)
class DecisionView:
    """One decision, oldest first in a case; the last one counts."""

    id: int
    revision_id: int
    person: str
    verdict: str
    severity: str | None
    categories: tuple[str, ...]
    reason: str
    supersedes_id: int | None
    decided_at: datetime


@dataclass(frozen=True, slots=True)
class ActionView:
    """A requested action, and what came of it.

    Attributes:
        outcome: in words; None while nothing is known.
        calls: how often the platform was really asked.
    """

    requested_action_id: int
    decision_id: int
    kind: str
    state: str
    requested_by: str
    requested_at: datetime
    outcome: str | None
    calls: int
    finished_at: datetime | None
    verified_at: datetime | None


@dataclass(frozen=True, slots=True)
class SnapshotView:
    """Evidence of this case, oldest first."""

    id: int
    revision_id: int
    kind: str
    state: str
    asked_at: datetime
    sealed_at: datetime | None
    bag: str | None
    destroyed_at: datetime | None


@dataclass(frozen=True, slots=True)
class CaseView:
    """A case as a reviewer sees it.

    Attributes:
        revision_id: the revision to decide on, whose words are `text`.
        evidence: sealed, pending, destroyed or missing, for that revision.
        hidden: whether the platform shows the comment as hidden, as last read; None: it does not say.
    """

    case_id: int
    state: str
    severity: str
    priority: int
    opened_at: datetime
    due_at: datetime
    overdue: bool
    viewed_at: datetime | None
    closed_at: datetime | None
    platform: str
    account: str
    comment_id: int
    external_id: str
    kind: str
    permalink: str | None
    posted_at: datetime | None
    hidden: bool | None
    gone_at: datetime | None
    revision_id: int
    text: str | None
    revisions: tuple[RevisionView, ...]
    findings: tuple[FindingView, ...]
    author: AuthorView | None
    post: PostView | None
    thread: tuple[ThreadEntry, ...]
    decisions: tuple[DecisionView, ...]
    actions: tuple[ActionView, ...]
    snapshots: tuple[SnapshotView, ...]
    evidence: str
    claimed_by: str | None
    claimed_until: datetime | None
