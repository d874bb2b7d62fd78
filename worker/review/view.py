"""One case with everything that a person needs to decide on it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from worker.review.pages import Call
from worker.review.questions import Question


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
        kept: whether a case of it is closed to whoever looks: then neither words nor author are told.
    """

    comment_id: int
    relation: str
    author: str | None
    text: str | None
    posted_at: datetime | None
    kept: bool


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
    why_not: str | None
    characteristics: tuple[str, ...]
    target: str | None
    breaks_house_rules: bool | None
    may_be_offence: str | None
    effect: str | None
    advice_from: str | None
    advice_who: str | None
    criticism_yet_upheld: str | None
    law_version: str | None
    answers: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class ItemView:
    """One item of a case's list, and whether it is there.

    Attributes:
        by_itself: Upstander looked; else a person says so.
        note: what the person wrote with their tick; of what Upstander looked for, why it is not there.
    """

    id: str
    words: str
    done: bool
    by_itself: bool
    note: str | None


@dataclass(frozen=True, slots=True)
class NoteView:
    """One note that a person wrote on a case."""

    id: int
    person: str
    written_at: datetime
    text: str


@dataclass(frozen=True, slots=True)
class MarkView:
    """What somebody said the pictures of the comment are.

    Attributes:
        mark: safe_to_copy, intimate_image or suspected_csam.
        revision_id: the wording that they saw; None where nobody asked that yet.
    """

    mark: str
    revision_id: int | None
    person: str
    marked_at: datetime


@dataclass(frozen=True, slots=True)
class ActionView:
    """A requested action, and what came of it.

    Attributes:
        reason: why, in the asker's words.
        second_person: who approved it, or that it went ahead without; None while nobody did.
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
    reason: str | None = None
    second_person: str | None = None


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
class SimilarView:
    """Another case like this one, without its words.

    Attributes:
        shares: what it shares with this one: text, picture, author, or thread (a burst under one post).
        verdict: the decision that counts; None while nobody decided.
    """

    case_id: int
    shares: str
    state: str
    verdict: str | None
    opened_at: datetime


@dataclass(frozen=True, slots=True)
class BeforeView:
    """What was decided on another case of the same author, without its words.

    Attributes:
        categories: those that were upheld.
    """

    case_id: int
    verdict: str
    decided_at: datetime
    categories: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class CaseView:
    """A case as a reviewer sees it.

    Attributes:
        priority_parts: what the priority is made of, as points and words.
        flags: what reviewers said of it.
        call: whether whoever is on call is being called, or who took the call; None where nobody was called.
        revision_id: the revision to decide on, whose words are `text`.
        evidence: sealed, pending, destroyed or missing, for that revision.
        restriction: the gravest reason why it is for named roles; None: for everybody who works the queue.
        restrictions: all of the reasons, the gravest first.
        closed_to: the people who have a conflict of interest in it.
        checklist: what its evidence should have, item by item.
        questions: what a decision may have to answer; the category that one chooses may ask more.
        hidden: whether the platform shows the comment as hidden, as last read; None: it does not say.
        marks: what people said its pictures are, the oldest first.
        similar: the cases most like it, of those that whoever looks may see.
        author_before: the last decisions on the same author on our accounts, of cases that they may see.
    """

    case_id: int
    state: str
    severity: str
    priority: int
    priority_parts: Sequence[dict[str, Any]]
    flags: tuple[str, ...]
    call: Call | None
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
    restriction: str | None
    restrictions: tuple[str, ...]
    closed_to: tuple[str, ...]
    checklist: tuple[ItemView, ...]
    questions: tuple[Question, ...]
    notes: tuple[NoteView, ...]
    claimed_by: str | None
    claimed_until: datetime | None
    marks: tuple[MarkView, ...]
    similar: tuple[SimilarView, ...]
    author_before: tuple[BeforeView, ...]
