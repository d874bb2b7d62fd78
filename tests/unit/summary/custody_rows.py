"""Adds what becomes of evidence: captures, timestamps, marks, hand-overs, disposals."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from tests.unit.summary.maker import Maker, at
from worker.ledger import audit
from worker.ledger.audit import Actor
from worker.store import tables as t

OPENED = at(10, "10:00:00")


@dataclass
class Custody:
    """Rows about the evidence of one case, which is made with it. Whatever is typed holds a secret word."""

    session: Session

    def __post_init__(self) -> None:
        """Find people and account, or make them; then a case with a sealed core snapshot."""
        self.make = Maker(self.session)
        self.make.people()
        self.make.accounts["x"] = self.session.scalars(select(t.Account.id).limit(1)).one()
        post = t.Post(account_id=self.make.accounts["x"], external_id="q1", text="", first_seen_at=at(2))
        self.make.post = self.make.add(post).id
        self.other = self.make.add(
            t.Person(name="Second zzstaffname", email="second@trust.example.test", created_at=at(1))
        ).id
        self.case = self.new_case("q1")
        self.core = self.make.snapshot(self.case, OPENED, OPENED)

    def new_case(self, name: str) -> t.Case:
        """Another case, of a comment of its own, decided and without evidence."""
        comment = self.make.comment("x", name, OPENED, None)
        case: t.Case = self.make.case(comment, "routine", OPENED, at(14), closed=OPENED)
        self.make.decision(case, "not_upheld", OPENED)
        return case

    def capture(self, kind: str, asked: datetime, sealed: datetime | None = None) -> int:
        """A rendered or supplementary snapshot of the case."""
        row = t.Snapshot(
            case_id=self.case.id,
            comment_id=self.case.comment_id,
            revision_id=self.case.revision_id,
            kind=kind,
            core_id=self.core,
            state="pending",
            asked_at=asked,
        )
        number: int = self.make.add(row).id
        if sealed:
            row.state, row.sealed_at, row.bag, row.source = "sealed", sealed, f"bag-{number}", "content"
            row.manifest_sha256 = row.tagmanifest_sha256 = "0" * 64
            self.session.flush()
        return number

    def stamp(self, snapshot: int, when: datetime) -> None:
        """The timestamp of a snapshot."""
        self.make.add(
            t.Timestamp(
                snapshot_id=snapshot,
                stamped_at=when,
                authority="zzauthority",
                serial="1",
                token_sha256="0" * 64,
                shared=False,
                entered_at=when,
            )
        )

    def mark(self, mark: str, when: datetime) -> None:
        """What a person said of the comment's pictures."""
        self.make.add(
            t.Mark(
                comment_id=self.case.comment_id,
                revision_id=self.case.revision_id,
                mark=mark,
                reason="zzreason",
                marked_by=self.make.person,
                marked_at=when,
            )
        )

    def export(self, purpose: str, asked: datetime) -> t.Export:
        """A hand-over that somebody asked for."""
        row: t.Export = self.make.add(
            t.Export(
                purpose=purpose,
                legal_basis="zzreason",
                recipient="zzrecipient",
                reason="zzreason",
                redacted=purpose == "subject_access",
                particulars={},
                state="asked",
                asked_by=self.make.person,
                asked_at=asked,
            )
        )
        return row

    def decide(self, export: t.Export, when: datetime, *, alone: bool = False) -> None:
        """Let a hand-over go ahead: by a second person, or by the asker alone."""
        export.state, export.decided_at = "approved", when
        export.decided_by = self.make.person if alone else self.other
        export.break_glass_reason = "zzreason" if alone else None
        self.session.flush()

    def hand_over(self, export: t.Export, when: datetime) -> None:
        """Make an approved hand-over."""
        export.state, export.made_at = "made", when
        export.file_name, export.file_sha256, export.file_bytes = "zzfile.zip", "0" * 64, 1
        self.session.flush()

    def review(self, export: t.Export, when: datetime) -> None:
        """Have the second person review it."""
        export.reviewed_by, export.reviewed_at = self.other, when
        self.session.flush()

    def propose(self, case: t.Case, when: datetime) -> t.Disposal:
        """A proposal to destroy the evidence of a case."""
        row: t.Disposal = self.make.add(
            t.Disposal(
                case_id=case.id, retention_class="not_upheld", due_at=when, state="proposed", proposed_at=when
            )
        )
        return row

    def dispose(self, disposal: t.Disposal, when: datetime) -> None:
        """Approve a disposal and carry it out."""
        disposal.state, disposal.decided_by, disposal.decided_at = "approved", self.other, when
        disposal.reason = "zzreason"
        self.session.flush()
        self.session.execute(
            update(t.Snapshot)
            .where(t.Snapshot.case_id == disposal.case_id)
            .values(destroyed_at=when, destroyed_by=self.other, destroyed_reason="zzreason")
        )
        disposal.state, disposal.done_at = "done", when
        self.session.flush()

    def surveyed(self, case_id: int | None, problems: int, when: datetime) -> None:
        """That evidence was verified."""
        self._note("evidence_surveyed", "case", case_id, when, {"looked_at": 9, "problems": problems})

    def ledger_verified(self, when: datetime, *, ok: bool) -> None:
        """That the ledger was verified."""
        self._note("verified", "ledger", None, when, {"ok": ok, "names": []})

    def _note(
        self, verb: str, kind: str, number: int | None, when: datetime, detail: dict[str, object]
    ) -> None:
        who = Actor(self.other, "cli")
        audit.record(self.session, who, verb, kind, number, now=when, detail=detail)
        self.session.flush()
