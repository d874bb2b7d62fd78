"""Collects what a case's view shows."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import ColumnElement, and_, func, or_, select
from sqlalchemy.orm import Session

from worker.errors import NotFound
from worker.ledger.audit import Actor
from worker.review.access import conflicted, kinds_on, visible_to
from worker.review.consequences import Procedure
from worker.review.evidence_state import evidence_states
from worker.review.history import actions_of, categories_on, decisions_of, marks_of, notes_of, snapshots_of
from worker.review.neighbours import before_by, similar_to
from worker.review.pages import calls_of
from worker.review.questions import Occasion
from worker.review.reckoning import flags_of
from worker.review.view import AuthorView, CaseView, FindingView, PostView, RevisionView, ThreadEntry
from worker.store import tables as t

#: Answers and siblings shown beside a comment; a pile-on of hundreds is a list of its own.
_THREAD = 50


def case_view(
    session: Session, actor: Actor, case_id: int, procedure: Procedure, *, now: datetime
) -> CaseView:
    """Everything about one case, and of its thread what whoever looks may see.

    Args:
        procedure: how decisions are taken: gives the checklist and what is asked.

    Raises:
        NotFound: there is no such case.
    """
    case, comment, account = _found(session, case_id)
    revisions = _revisions(session, comment.id)
    text = next(each.text for each in revisions if each.id == case.revision_id)
    seen = visible_to(session, actor)
    claimed_by, claimed_until = _claim(session, case.id, now)
    states = evidence_states(session, [(comment.id, case.revision_id)])
    guidance, known = procedure.guidance(), categories_on(session, case)
    occasion = Occasion(None, frozenset(known), frozenset({case.severity}), None, procedure.going_on(now))
    return CaseView(
        case_id=case.id,
        state=case.state,
        severity=case.severity,
        priority=case.priority,
        priority_parts=case.priority_parts or (),
        flags=tuple(sorted(flags_of(session, [case.id]).get(case.id, ()))),
        call=calls_of(session, [case.id]).get(case.id),
        opened_at=case.opened_at,
        due_at=case.due_at,
        overdue=case.closed_at is None and case.due_at < now,
        viewed_at=case.viewed_at,
        closed_at=case.closed_at,
        platform=comment.platform,
        account=account,
        comment_id=comment.id,
        external_id=comment.external_id,
        kind=comment.kind,
        permalink=comment.permalink,
        posted_at=comment.posted_at,
        hidden=comment.hidden,
        gone_at=comment.gone_at,
        revision_id=case.revision_id,
        text=text,
        revisions=revisions,
        findings=_findings(session, case.revision_id),
        author=_author(session, comment.author_id),
        post=_post(session, comment.post_id),
        thread=_thread(session, comment, seen),
        decisions=decisions_of(session, case.id),
        actions=actions_of(session, case.id),
        snapshots=snapshots_of(session, case.id),
        evidence=states.get((comment.id, case.revision_id), "missing"),
        restriction=case.restriction,
        restrictions=kinds_on(session, case.id),
        closed_to=_closed_to(session, case.id),
        checklist=guidance.checklist.of(session, case, known),
        questions=guidance.questions.asked(occasion),
        notes=notes_of(session, case.id),
        claimed_by=claimed_by,
        claimed_until=claimed_until,
        marks=marks_of(session, comment.id),
        similar=similar_to(session, case, text, seen=seen),
        author_before=before_by(session, case, comment.author_id, seen=seen),
    )


def _found(session: Session, case_id: int) -> tuple[t.Case, t.Comment, str]:
    """The case, its comment, and the account's handle."""
    found = session.execute(
        select(t.Case, t.Comment, t.Account.handle)
        .join(t.Comment, t.Comment.id == t.Case.comment_id)
        .join(t.Account, t.Account.id == t.Comment.account_id)
        .where(t.Case.id == case_id)
    ).one_or_none()
    if found is None:
        raise NotFound(f"There is no case {case_id}.", do="`upstander queue list` shows the open ones.")
    case, comment, account = found
    return case, comment, account


def _revisions(session: Session, comment_id: int) -> tuple[RevisionView, ...]:
    rows = session.scalars(
        select(t.Revision).where(t.Revision.comment_id == comment_id).order_by(t.Revision.number)
    )
    return tuple(
        RevisionView(
            id=row.id,
            number=row.number,
            text=row.text,
            media=row.media,
            flaws=row.flaws,
            seen_at=row.seen_at,
            severity=row.severity,
            priority=row.priority,
            erased_at=row.erased_at,
        )
        for row in rows
    )


def _findings(session: Session, revision_id: int) -> tuple[FindingView, ...]:
    rows = session.scalars(
        select(t.Finding)
        .where(t.Finding.revision_id == revision_id)
        .order_by(t.Finding.span_start, t.Finding.span_end, t.Finding.id)
    )
    return tuple(
        FindingView(
            rule_id=row.rule_id,
            rule_version=row.rule_version,
            category=row.category,
            severity=row.severity,
            span=(row.span_start, row.span_end),
            matched=row.matched,
            reason=row.reason,
            characteristics=row.characteristics,
        )
        for row in rows
    )


def _author(session: Session, author_id: int | None) -> AuthorView | None:
    author = session.get(t.Author, author_id) if author_id is not None else None
    if author is None:
        return None
    theirs = select(t.Comment.id).where(t.Comment.author_id == author.id)
    superseded = select(t.Decision.supersedes_id).where(t.Decision.supersedes_id.is_not(None))
    upheld = and_(t.Decision.verdict == "upheld", t.Decision.id.not_in(superseded))
    incidents = (
        select(func.count(func.distinct(t.Case.id)))
        .join(t.Decision, t.Decision.case_id == t.Case.id)
        .where(t.Case.comment_id.in_(theirs), upheld)
    )
    counted = select(func.count()).select_from(t.Comment).where(t.Comment.author_id == author.id)
    cases = select(func.count()).select_from(t.Case).where(t.Case.comment_id.in_(theirs))
    return AuthorView(
        id=author.id,
        external_id=author.external_id,
        handle=author.handle,
        name=author.name,
        first_seen_at=author.first_seen_at,
        comments=session.scalar(counted) or 0,
        cases=session.scalar(cases) or 0,
        incidents=session.scalar(incidents) or 0,
    )


def _post(session: Session, post_id: int | None) -> PostView | None:
    post = session.get(t.Post, post_id) if post_id is not None else None
    return None if post is None else PostView(post.text, post.permalink, post.posted_at)


def _thread(session: Session, comment: t.Comment, seen: ColumnElement[bool]) -> tuple[ThreadEntry, ...]:
    parent = t.Comment.external_id == comment.parent_external_id
    if comment.post_id is None:
        near = and_(t.Comment.platform == comment.platform, parent)
    else:
        answer = t.Comment.parent_external_id == comment.external_id
        sibling = t.Comment.parent_external_id == comment.parent_external_id
        # A comparison with NULL is NULL: a comment without a parent has no siblings here.
        near = and_(t.Comment.post_id == comment.post_id, or_(parent, answer, sibling))
    # Its words and who wrote it are what a restricted case is about, wherever they stand.
    kept = select(t.Case.id).where(t.Case.comment_id == t.Comment.id, ~seen)
    rows = session.execute(
        select(t.Comment, func.coalesce(t.Author.handle, t.Author.name), t.Revision.text, kept.exists())
        .outerjoin(t.Author, t.Author.id == t.Comment.author_id)
        .outerjoin(t.Revision, t.Revision.id == t.Comment.revision_id)
        .where(near, t.Comment.id != comment.id)
        .order_by(t.Comment.posted_at, t.Comment.id)
        .limit(_THREAD)
    )
    return tuple(
        ThreadEntry(
            comment_id=other.id,
            relation=_relation(other, comment),
            author=None if is_kept else author,
            text=None if is_kept else text,
            posted_at=other.posted_at,
            kept=is_kept,
        )
        for other, author, text, is_kept in rows
    )


def _relation(other: t.Comment, comment: t.Comment) -> str:
    if other.external_id == comment.parent_external_id:
        return "parent"
    return "answer" if other.parent_external_id == comment.external_id else "sibling"


def _closed_to(session: Session, case_id: int) -> tuple[str, ...]:
    people = select(t.Person.name).where(t.Person.id.in_(conflicted(session, case_id)))
    return tuple(session.scalars(people.order_by(t.Person.name)))


def _claim(session: Session, case_id: int, now: datetime) -> tuple[str | None, datetime | None]:
    found = session.execute(
        select(t.Person.name, t.Claim.until)
        .join(t.Person, t.Person.id == t.Claim.person_id)
        .where(t.Claim.case_id == case_id, t.Claim.until > now)
    ).one_or_none()
    return (None, None) if found is None else found
