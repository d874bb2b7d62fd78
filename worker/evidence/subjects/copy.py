"""The copy that somebody gets of what is held of them: their words, and what was decided and done about them.

Other people's words are left out, and whoever is named in what stays becomes a letter. What is withheld is
listed with why. A person reads it before it is handed over: no program knows every name.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from worker.evidence.handover.people import People, folded
from worker.evidence.handover.redact import Redactor
from worker.evidence.standing import suspected_among
from worker.review.history import actions_of, decisions_of, snapshots_of
from worker.store import tables as t

#: What is never in a copy, and why. The officer who reads it decides whether anything more can be given.
WITHHELD = (
    ("What other people wrote", "It is about them as well; only your own words are given."),
    ("Names of other people, of staff and of reviewers", "They would be told to you without their consent."),
    ("Notes, referrals, and whether anything was handed to the police or to solicitors", "Not checked here."),
    ("The sealed evidence itself", "It shows other people. A redacted copy can be asked for."),
    ("Who looked at what, and when", "It names staff."),
    (
        "What must not be told",
        "Where it would hinder the prevention or detection of crime, or put somebody at risk.",
    ),
)
#: For the officer alone. In the copy either line would tell its reader of what is looked into.
RESTRICTED = "A case is open to named roles only; whether anything of it can be given is decided by hand."
LOCKED = "What it may show must not be copied by anybody: the copy does not name the comment at all."


@dataclass(frozen=True, slots=True)
class Copy:
    """What the copy says.

    Attributes:
        value: as plain values.
        withheld: what is left out of every copy, and why. The same for everybody, so it tells nothing.
        for_officer: what was left out of this very copy, and why; never handed over.
        replaced: how many names, addresses and numbers became letters.
    """

    value: dict[str, Any]
    withheld: tuple[tuple[str, str], ...]
    for_officer: tuple[tuple[str, str], ...]
    replaced: int


def copy_of(session: Session, authors: Sequence[t.Author], requests: Sequence[t.SubjectRequest]) -> Copy:
    """Gather what is held of some authors, who are one person as the request says.

    Args:
        requests: what they asked before.

    Raises:
        EvidenceFault: one of their names is the name of somebody else as well.
    """
    comments = _comments(session, authors)
    suspected = suspected_among(session, [each.id for each in comments])
    redactor = Redactor(_people(session, authors, comments).labels())
    notes: list[tuple[str, str]] = []
    told = []
    for comment in comments:
        if comment.id in suspected:
            notes.append((f"Comment {comment.external_id}", LOCKED))
        else:
            told.append(_comment(session, comment, redactor, notes))
    value = {
        "accounts": [
            {
                "platform": each.platform,
                "id": each.external_id,
                "handle": each.handle,
                "name": each.name,
                "first_seen_at": _iso(each.first_seen_at),
            }
            for each in authors
        ],
        "comments": told,
        "requests": [_request(each, redactor) for each in requests],
    }
    return Copy(value, WITHHELD, tuple(dict.fromkeys(notes)), sum(redactor.counts.values()))


def _comments(session: Session, authors: Sequence[t.Author]) -> Sequence[t.Comment]:
    theirs = t.Comment.author_id.in_([each.id for each in authors])
    return session.scalars(select(t.Comment).where(theirs).order_by(t.Comment.id)).all()


def _people(session: Session, authors: Sequence[t.Author], comments: Sequence[t.Comment]) -> People:
    """Everybody who could be named in these words: staff, others in the threads, whoever is mentioned."""
    accounts = session.scalars(select(t.Account)).all()
    ours = [text for each in accounts for text in (each.external_id, each.handle)]
    own = [text for each in authors for text in (each.external_id, each.handle, each.name)]
    people = People(folded([*own, *ours]))
    posts = {each.post_id for each in comments if each.post_id is not None}
    near = select(t.Comment.author_id).where(
        or_(
            t.Comment.post_id.in_(posts),
            t.Comment.parent_external_id.in_([each.external_id for each in comments]),
            t.Comment.external_id.in_([each.parent_external_id for each in comments]),
        )
    )
    others = t.Author.id.in_(near) & t.Author.id.not_in([each.id for each in authors])
    for other in session.scalars(select(t.Author).where(others).order_by(t.Author.id)):
        people.meet(other.external_id, other.handle, other.name)
    for name in session.scalars(select(t.Person.name).order_by(t.Person.id)):
        people.meet(None, name)
    for text in _texts(session, [each.id for each in comments]):
        people.mentioned(text)
    return people


def _texts(session: Session, comment_ids: Sequence[int]) -> Iterator[str | None]:
    yield from session.scalars(select(t.Revision.text).where(t.Revision.comment_id.in_(comment_ids)))
    cases = select(t.Case.id).where(t.Case.comment_id.in_(comment_ids))
    yield from session.scalars(select(t.Decision.reason).where(t.Decision.case_id.in_(cases)))
    yield from session.scalars(select(t.Appeal.reason).where(t.Appeal.case_id.in_(cases)))


def _comment(
    session: Session, comment: t.Comment, redactor: Redactor, notes: list[tuple[str, str]]
) -> dict[str, Any]:
    where = f"comment {comment.id}"
    cases = session.scalars(select(t.Case).where(t.Case.comment_id == comment.id).order_by(t.Case.id)).all()
    open_to_them = [each for each in cases if each.restriction is None]
    if len(open_to_them) < len(cases):
        notes.append(("What was decided in some of the cases", RESTRICTED))
    return {
        "platform": comment.platform,
        "id": comment.external_id,
        "kind": comment.kind,
        "address": comment.permalink,
        "posted_at": _iso(comment.posted_at),
        "first_seen_at": _iso(comment.first_seen_at),
        "hidden": comment.hidden,
        "gone_at": _iso(comment.gone_at),
        "wordings": _wordings(session, comment.id, redactor, where),
        "cases": [_case(session, each, redactor, where) for each in open_to_them],
    }


def _wordings(session: Session, comment_id: int, redactor: Redactor, where: str) -> list[dict[str, Any]]:
    rows = session.scalars(
        select(t.Revision).where(t.Revision.comment_id == comment_id).order_by(t.Revision.number)
    ).all()
    findings: dict[int, list[dict[str, str]]] = {}
    for found in session.scalars(
        select(t.Finding).where(t.Finding.revision_id.in_([each.id for each in rows])).order_by(t.Finding.id)
    ):
        told = {"category": found.category, "severity": found.severity}
        findings.setdefault(found.revision_id, []).append(told)
    return [
        {
            "number": each.number,
            "seen_at": _iso(each.seen_at),
            "text": redactor.words(each.text, where),
            "erased_at": _iso(each.erased_at),
            "rules_found": findings.get(each.id, []),
        }
        for each in rows
    ]


def _case(session: Session, case: t.Case, redactor: Redactor, where: str) -> dict[str, Any]:
    appeals = session.scalars(select(t.Appeal).where(t.Appeal.case_id == case.id).order_by(t.Appeal.id))
    return {
        "number": case.id,
        "state": case.state,
        "opened_at": _iso(case.opened_at),
        "closed_at": _iso(case.closed_at),
        "decisions": [
            {
                "verdict": each.verdict,
                "severity": each.severity,
                "categories": list(each.categories),
                "reason": redactor.words(each.reason, where),
                "decided_at": _iso(each.decided_at),
            }
            for each in decisions_of(session, case.id)
        ],
        "actions": [
            {
                "kind": each.kind,
                "state": each.state,
                "requested_at": _iso(each.requested_at),
                "finished_at": _iso(each.finished_at),
            }
            for each in actions_of(session, case.id)
        ],
        "evidence": [
            {"kind": each.kind, "sealed_at": _iso(each.sealed_at), "destroyed_at": _iso(each.destroyed_at)}
            for each in snapshots_of(session, case.id)
        ],
        "appeals": [
            {
                "received_at": _iso(each.received_at),
                "state": each.state,
                "outcome": each.outcome,
                "reason": redactor.words(each.reason, where),
            }
            for each in appeals
        ],
    }


def _request(row: t.SubjectRequest, redactor: Redactor) -> dict[str, Any]:
    return {
        "kind": row.kind,
        "received_at": _iso(row.received_at),
        "due_at": _iso(row.due_at),
        "outcome": row.outcome,
        "refused_because": row.refused_because,
        "words": redactor.words(row.words, f"request {row.id}"),
    }


def _iso(moment: datetime | None) -> str | None:
    return None if moment is None else moment.isoformat()
