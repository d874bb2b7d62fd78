"""One thing of every kind that has to do with a case, as it stands in the database."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import update
from sqlalchemy.orm import Session

from tests.judging import beside
from tests.unit.review.scene import Scene
from worker.store import tables as t


def things_of(
    session: Session, scene: Scene, case_id: int, comment_id: int, revision_id: int
) -> dict[str, int]:
    """Add them; the number of each by the kind that the audit calls it, the case's and the comment's too."""
    now, who = scene.clock.now(), scene.reviewer.person_id
    assert who is not None
    decision = _added(
        session,
        t.Decision(
            case_id=case_id,
            revision_id=revision_id,
            person_id=who,
            verdict="upheld",
            severity="serious",
            reason="As it says.",
            decided_at=now,
            **beside("upheld"),
        ),
    )
    group = _added(
        session, t.Group(kind="author", about=scene.author_id, serial=99, opened_at=now, grown_at=now)
    )
    session.add(t.GroupMember(group_id=group, case_id=case_id, revision_id=revision_id, added_at=now))
    asked, snapshot, report = _reported(session, (case_id, comment_id, revision_id), decision, who, now)
    return {
        "case": case_id,
        "comment": comment_id,
        "group": group,
        "group_decision": _added(session, t.GroupDecision(group_id=group, person_id=who, begun_at=now)),
        "requested_action": asked,
        "snapshot": snapshot,
        "platform_report": report,
        "export": _export(session, case_id, who, now),
        **_handed_on(session, case_id, revision_id, who, now),
        **_answered(session, case_id, decision, who, now),
    }


def _added(session: Session, row: Any) -> int:
    session.add(row)
    session.flush()
    return int(row.id)


def _reported(
    session: Session, of: tuple[int, int, int], decision: int, who: int, now: datetime
) -> tuple[int, int, int]:
    case_id, comment_id, revision_id = of
    asked = _added(
        session,
        t.RequestedAction(
            case_id=case_id,
            comment_id=comment_id,
            revision_id=revision_id,
            decision_id=decision,
            verdict="upheld",
            kind="platform_report",
            state="requested",
            requested_by=who,
            requested_at=now,
        ),
    )
    snapshot = _added(
        session,
        t.Snapshot(
            case_id=case_id,
            comment_id=comment_id,
            revision_id=revision_id,
            kind="core",
            state="pending",
            asked_at=now,
        ),
    )
    digest = "0" * 64
    sealed = {"bag": "bag", "source": "reread", "manifest_sha256": digest, "tagmanifest_sha256": digest}
    sealing = update(t.Snapshot).where(t.Snapshot.id == snapshot)
    session.execute(sealing.values(state="sealed", sealed_at=now, **sealed))
    _added(
        session,
        t.Action(
            requested_action_id=asked,
            snapshot_id=snapshot,
            comment_id=comment_id,
            snapshot_state="sealed",
            kind="platform_report",
            state="done",
            calls=0,
            started_at=now,
            finished_at=now,
        ),
    )
    report = t.PlatformReport(
        requested_action_id=asked,
        comment_id=comment_id,
        kind="platform_report",
        state="prepared",
        category="threat",
        prepared_at=now,
    )
    return asked, snapshot, _added(session, report)


def _export(session: Session, case_id: int, who: int, now: datetime) -> int:
    export = t.Export(
        state="asked",
        purpose="police",
        recipient="An officer",
        legal_basis="As the law says",
        reason="They asked",
        redacted=False,
        particulars={"cases": [case_id], "keep": [], "replace": [], "regions": []},
        asked_by=who,
        asked_at=now,
    )
    number = _added(session, export)
    session.add(t.ExportCase(export_id=number, case_id=case_id))
    return number


def _handed_on(session: Session, case_id: int, revision_id: int, who: int, now: datetime) -> dict[str, int]:
    referral = t.Referral(
        case_id=case_id,
        revision_id=revision_id,
        kind="police_101",
        recipient="An officer",
        sees_words=True,
        sees_author=True,
        sees_evidence=False,
        sees_files=False,
        reason="They should know.",
        state="made",
        made_by=who,
        made_at=now,
        due_at=now,
    )
    considered = t.NotReferred(
        case_id=case_id, kind="police_101", reason="Not grave.", considered_by=who, considered_at=now
    )
    offer = t.SupportOffer(
        case_id=case_id,
        kind="occupational_health",
        offered_to="A porter",
        state="offered",
        offered_by=who,
        offered_at=now,
    )
    return {
        "referral": _added(session, referral),
        "not_referred": _added(session, considered),
        "support_offer": _added(session, offer),
    }


def _answered(session: Session, case_id: int, decision: int, who: int, now: datetime) -> dict[str, int]:
    task = t.Task(
        kind="look",
        key=f"look:{case_id}",
        title="Look at it",
        case_id=case_id,
        for_role="reviewer",
        created_at=now,
        due_at=now,
    )
    appeal = t.Appeal(
        case_id=case_id,
        about_decision_id=decision,
        by_whom="author",
        channel="email",
        words="It was no threat.",
        received_at=now,
        logged_by=who,
        logged_at=now,
        due_at=now,
        state="waiting",
    )
    hand_in = t.HandIn(
        case_id=case_id,
        what="screenshot",
        received_at=now,
        protected=True,
        service="A messenger",
        staff_on_staff=False,
    )
    page = t.Page(case_id=case_id, state="calling", began_at=now)
    return {
        "page": _added(session, page),
        "task": _added(session, task),
        "appeal": _added(session, appeal),
        "hand_in": _added(session, hand_in),
    }
