"""Adds rows to an empty store, one noun at a time, with hostile words wherever people write."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import update
from sqlalchemy.orm import Session

from tests.judging import beside
from worker.store import tables as t
from worker.store.platform import SEVERITIES

HANDLE = "Northmoor<Trust>"


def at(day: int, clock: str = "00:00:00") -> datetime:
    """A moment of November 2026, GMT."""
    return datetime.fromisoformat(f"2026-11-{day:02}T{clock}+00:00")


@dataclass
class Maker:
    """Adds rows, with ids that it remembers."""

    session: Session
    accounts: dict[str, int] = field(default_factory=dict)
    feeds: dict[str, int] = field(default_factory=dict)
    person: int = 0
    author: int = 0
    post: int = 0

    def add(self, row: Any) -> Any:
        """Add a row and learn its id."""
        self.session.add(row)
        self.session.flush()
        return row

    def people(self) -> None:
        """One reviewer, one author."""
        self.person = self.add(
            t.Person(name="Robin zzstaffname", email="zzstaffmail@trust.example.test", created_at=at(1))
        ).id
        self.author = self.add(
            t.Author(
                platform="x",
                external_id="9001",
                handle="zzauthorhandle",
                name="<i>zzauthorname</i>",
                first_seen_at=at(2),
            )
        ).id

    def account(self, platform: str, feed: str, *, caught_up_at: datetime | None) -> None:
        """An account, watched since Monday 2 November at 9:00am."""
        row = t.Account(
            platform=platform,
            external_id=f"{platform}-1",
            handle=HANDLE,
            credential="zzcredential",
            created_at=at(2, "09:00:00"),
        )
        self.accounts[platform] = self.add(row).id
        self.feeds[platform] = self.add(
            t.Feed(account_id=self.accounts[platform], name=feed, caught_up_at=caught_up_at)
        ).id

    def comment(self, platform: str, name: str, seen: datetime, posted: datetime | None) -> tuple[int, int]:
        """A comment with one revision and one finding. Returns the ids of comment and revision."""
        comment = self.add(
            t.Comment(
                account_id=self.accounts[platform],
                platform=platform,
                external_id=name,
                kind="comment",
                author_id=self.author,
                post_id=self.post,
                posted_at=posted,
                first_seen_at=seen,
                revision_hash="0" * 64,
            )
        )
        revision = self.add(
            t.Revision(
                comment_id=comment.id,
                number=1,
                text="zzcommentwords <script>alert(1)</script>",
                revision_hash="0" * 64,
                media=[],
                flaws=[],
                raw=b"zzcommentwords",
                page_sha256="0" * 64,
                seen_at=seen,
                severity="serious",
                priority=50,
                queued=True,
                pack_version="1",
            )
        )
        self.add(
            t.Finding(
                revision_id=revision.id,
                rule_id="threats",
                rule_version=1,
                category="threat",
                severity="serious",
                span_start=0,
                span_end=3,
                matched="zzmatched",
                reason="zzreason",
                characteristics=[],
            )
        )
        return comment.id, revision.id

    def case(
        self,
        of: tuple[int, int],
        severity: str,
        opened: datetime,
        due: datetime,
        *,
        viewed: datetime | None = None,
        closed: datetime | None = None,
        state: str = "open",
    ) -> Any:
        """A case on a comment."""
        return self.add(
            t.Case(
                comment_id=of[0],
                revision_id=of[1],
                state="decided" if closed else state,
                severity=severity,
                severity_rank=3 - SEVERITIES.index(severity),
                priority=50,
                opened_at=opened,
                due_at=due,
                viewed_at=viewed,
                closed_at=closed,
            )
        )

    def decision(
        self,
        case: Any,
        verdict: str,
        when: datetime,
        *,
        severity: str | None = None,
        categories: tuple[str, ...] = (),
        supersedes: int | None = None,
    ) -> int:
        """A decision on a case."""
        decision: int = self.add(
            t.Decision(
                case_id=case.id,
                revision_id=case.revision_id,
                person_id=self.person,
                verdict=verdict,
                severity=severity,
                reason="zzreason",
                **beside(verdict),
                supersedes_id=supersedes,
                decided_at=when,
            )
        ).id
        for category in categories:
            self.add(t.DecisionCategory(decision_id=decision, category=category))
        return decision

    def snapshot(
        self, case: Any, asked: datetime, sealed: datetime | None, *, core: int | None = None
    ) -> int:
        """A snapshot of a case: a core one, or the rendered one of a core."""
        snapshot: int = self.add(
            t.Snapshot(
                case_id=case.id,
                comment_id=case.comment_id,
                revision_id=case.revision_id,
                kind="core" if core is None else "rendered",
                core_id=core,
                state="pending",
                asked_at=asked,
            )
        ).id
        if sealed:
            self.session.execute(
                update(t.Snapshot)
                .where(t.Snapshot.id == snapshot)
                .values(
                    state="sealed",
                    sealed_at=sealed,
                    bag="bag",
                    source="reread",
                    manifest_sha256="0" * 64,
                    tagmanifest_sha256="0" * 64,
                )
            )
        return snapshot

    def request(
        self,
        case: Any,
        decision: int,
        kind: str,
        asked: datetime,
        state: str,
        finished: datetime | None,
        *,
        calls: int | None = None,
        snapshot: int = 0,
    ) -> None:
        """A requested action; with `calls` also the action, on a sealed snapshot."""
        request = self.add(
            t.RequestedAction(
                case_id=case.id,
                comment_id=case.comment_id,
                revision_id=case.revision_id,
                decision_id=decision,
                verdict=self.session.get_one(t.Decision, decision).verdict,
                kind=kind,
                state="requested",
                detail="zzdetail",
                requested_by=self.person,
                requested_at=asked,
                finished_at=finished,
            )
        )
        request.state = state
        self.session.flush()
        if calls is not None:
            self.add(
                t.Action(
                    requested_action_id=request.id,
                    snapshot_id=snapshot,
                    comment_id=case.comment_id,
                    snapshot_state="sealed",
                    kind=kind,
                    state="done",
                    calls=calls,
                    outcome="zzoutcome",
                    started_at=asked,
                    finished_at=finished,
                )
            )

    def gap(self, platform: str, kind: str, started: datetime, ended: datetime | None) -> None:
        """A gap of a feed."""
        row = t.Gap(
            feed_id=self.feeds[platform], kind=kind, detail="zzdetail", started_at=started, ended_at=ended
        )
        self.add(row)
