"""Making an approved export: gathered and verified now, packed aside, read back, and only then counted."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from tempfile import TemporaryDirectory

from sqlalchemy import select
from sqlalchemy.orm import Session

from worker.clock import Clock
from worker.errors import Conflict, EvidenceFault
from worker.evidence.bag import Hashes, sync_one
from worker.evidence.bagstore import BagStore
from worker.evidence.copies import aside_of, file_of
from worker.evidence.handover import redacted, whole
from worker.evidence.handover.approval import MADE, Approvals
from worker.evidence.handover.facts import warnings
from worker.evidence.handover.gather import CaseFile, Check, Item, gather, locked
from worker.evidence.handover.package import packing, read_back, sha256_of, unpack
from worker.evidence.handover.reach import find, may_be_handed
from worker.evidence.handover.request import Request
from worker.evidence.handover.trust_files import Proofs
from worker.evidence.handover.whole import Occasion
from worker.evidence.handover.workplace import alone, aside, told
from worker.evidence.sidecars import Trust, check_sidecars
from worker.evidence.verify import verify_bag
from worker.ledger import audit
from worker.ledger.audit import Actor
from worker.review.rights import Right, permitted
from worker.steps import Steps
from worker.store import tables as t
from worker.store.session import Store

#: A locked ZIP can be tried against for years by whoever has it.
SHORTEST_PASSWORD = 12


@dataclass(frozen=True, slots=True)
class Made:
    """A file that was made.

    Attributes:
        path: where it lies.
        sha256, size: of the file, in hex and in bytes.
        redacted: whether it is a redacted copy, which a person reads before it leaves.
        warnings: what whoever hands it over must know, in words.
    """

    export_id: int
    path: Path
    sha256: str
    size: int
    redacted: bool
    warnings: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Making:
    """Makes files of approved exports.

    Attributes:
        check: looks at every byte of a bag, its signature and its timestamp.
        trust: whose signatures and timestamps are believed.
        proofs: gives the ledger's proofs.
        out: the folder that the files are made in; nobody else's.
        steps: told how far a making came.
    """

    store: Store
    clock: Clock
    bags: BagStore
    check: Check
    trust: Trust
    proofs: Proofs
    approvals: Approvals
    trust_name: str
    out: Path
    steps: Steps

    def make(self, actor: Actor, export_id: int, password: str | None) -> Made:
        """Make the file of an approved export.

        Raises:
            NotAllowed: the actor may not, or one of the two people lost the right, or may not look at all of
                it any more.
            Conflict: it is not approved, was made already, or there is nothing to hand over; the password is
                too short; or somebody is making a file at this moment.
            EvidenceFault: evidence in it does not verify, or this user of the computer may not look at it; or
                the file could not be written or read back.
        """
        if password is not None and len(password) < SHORTEST_PASSWORD:
            raise Conflict(
                f"The password has fewer than {SHORTEST_PASSWORD} characters.", safe="No file was made."
            )
        # First of all: who may not look there must not make the folder of exports their own either.
        self.bags.must_be_open()
        with alone(self.out):
            request, occasion, staff = self._begin(actor, export_id)
            cases = gather(self.store, self.bags, self.check, request)
            _must_be_whole(cases)
            with told():
                digest, size = self._write(actor, export_id, password, request, occasion, cases, staff)
        return Made(
            export_id, self.out / file_of(export_id), digest, size, request.redacted, _warnings(cases)
        )

    def _write(
        self,
        actor: Actor,
        export_id: int,
        password: str | None,
        request: Request,
        occasion: Occasion,
        cases: tuple[CaseFile, ...],
        staff: Sequence[str],
    ) -> tuple[str, int]:
        """Pack it aside, look at it again, give it its place and count it; its SHA-256 and size."""
        name, path = file_of(export_id), aside(self.out, export_id)
        try:
            self._pack(path, password, occasion, cases, staff)
            self.steps("export.packed")
            self._look_again(export_id, path, password, cases, request)
            self.steps("export.checked")
            digest, size = sha256_of(path), path.stat().st_size
            facts = _facts(cases) | {"encrypted": password is not None}

            def put_in_place() -> None:
                path.replace(self.out / name)
                sync_one(self.out)

            self._count(actor, export_id, (name, digest, size), facts, put_in_place)
        finally:
            path.unlink(missing_ok=True)
        return digest, size

    def _begin(self, actor: Actor, export_id: int) -> tuple[Request, Occasion, list[str]]:
        """What is to be made, if it still may be."""
        with permitted(self.store, self.clock, actor, Right.ASK_EXPORT, "export", export_id) as session:
            row = find(session, export_id)
            self.approvals.must_stand(session, row)
            request = Request.of(row)
            for case_id in request.cases:
                may_be_handed(session, actor, case_id, request)
            staff = list(session.scalars(select(t.Person.name).order_by(t.Person.id)))
            return request, self._occasion(session, row, request), staff

    def _occasion(self, session: Session, row: t.Export, request: Request) -> Occasion:
        asked_by = session.get_one(t.Person, row.asked_by).name
        decided_by = session.get_one(t.Person, row.decided_by).name
        occasion = Occasion(
            export={
                "id": row.id,
                "recipient": row.recipient,
                "legal_basis": row.legal_basis,
                "asked_at": row.asked_at,
                "decided_at": row.decided_at,
            },
            request=request,
            trust_name=self.trust_name,
            asked_by=asked_by,
            decided_by=f"{asked_by} alone, for a reason to be reviewed by somebody else"
            if row.break_glass_reason is not None
            else decided_by,
            made_at=self.clock.now(),
        )
        return occasion if occasion.named else _unnamed(occasion, alone=row.break_glass_reason is not None)

    def _pack(
        self,
        path: Path,
        password: str | None,
        occasion: Occasion,
        cases: tuple[CaseFile, ...],
        staff: Sequence[str],
    ) -> None:
        with packing(path, password, occasion.made_at) as package:
            if occasion.request.redacted:
                redacted.fill(package, occasion, cases, staff, self.bags.sign)
            else:
                whole.fill(package, occasion, cases, self.trust, self.bags.sign, self.proofs)
        read_back(path, password, package.sums)

    def _look_again(
        self,
        export_id: int,
        path: Path,
        password: str | None,
        cases: tuple[CaseFile, ...],
        request: Request,
    ) -> None:
        """Take each bag out of the finished file and verify it there, one at a time."""
        if request.redacted:
            return
        for item in (item for case in cases for item in case.given if not item.problems):
            with TemporaryDirectory(dir=self.out, prefix=aside_of(export_id)) as folder:
                unpack(path, password, f"bags/{item.name}", Path(folder))
                self.steps("export.unpacked")
                problems = self._problems(Path(folder), item)
            if problems:
                raise EvidenceFault(
                    f"The copy of snapshot {item.row.id} does not verify: {'; '.join(problems)}.",
                    safe="No file was made; the evidence itself was only read.",
                    do=f"Run `upstander evidence verify {item.row.case_id}`, then try again.",
                )

    def _problems(self, folder: Path, item: Item) -> list[str]:
        report = verify_bag(folder)
        beside = [each.found for each in check_sidecars(folder, self.trust) if not each.ok]
        known = Hashes(item.row.manifest_sha256 or "", item.row.tagmanifest_sha256 or "")
        other = [] if report.hashes == known else ["it is not the bag that the database knows"]
        return [*report.problems, *beside, *other]

    def _count(
        self,
        actor: Actor,
        export_id: int,
        file: tuple[str, str, int],
        facts: dict[str, object],
        put_in_place: Callable[[], None],
    ) -> None:
        """Make the row say that it is made and give the file its place, unless something changed."""
        with permitted(self.store, self.clock, actor, Right.ASK_EXPORT, "export", export_id) as session:
            row = find(session, export_id)
            self.approvals.must_stand(session, row)
            request = Request.of(row)
            # Its cases are held: a marking that is under way was waited for, a later one sees this file.
            if sorted(locked(session, request.cases)) != facts["locked"]:
                raise Conflict(
                    "A record was locked while the file was made.",
                    safe="No file was made.",
                    do="Make it again: the locked record will be left out.",
                )
            for case_id in request.cases:
                may_be_handed(session, actor, case_id, request)
            now = self.clock.now()
            row.state, row.made_at = "made", now
            row.file_name, row.file_sha256, row.file_bytes = file
            detail = facts | {
                "purpose": request.purpose,
                "legal_basis": request.legal_basis,
                "recipient": request.recipient,
                "redacted": request.redacted,
                "request_sha256": request.fingerprint(),
                "file": file[0],
                "file_sha256": file[1],
                "file_bytes": file[2],
            }
            audit.record(session, actor, MADE, "export", export_id, now=now, detail=detail)
            session.flush()
            put_in_place()
            self.steps("export.placed")
        self.steps("export.counted")


def _unnamed(occasion: Occasion, *, alone: bool) -> Occasion:
    one = "a member of the Trust's staff"
    second = f"{one} alone, to be reviewed by another" if alone else "another member of the Trust's staff"
    return replace(occasion, asked_by=one, decided_by=second)


def _must_be_whole(cases: tuple[CaseFile, ...]) -> None:
    """Refuse evidence that does not verify and was not asked for as such; and a file with nothing in it."""
    damaged = [item for case in cases for item in case.items if item.problems and item.folder is None]
    if damaged:
        told = "; ".join(f"snapshot {each.row.id}: {', '.join(each.problems)}" for each in damaged)
        raise EvidenceFault(
            f"Evidence in this export does not verify ({told}).",
            safe="No file was made.",
            do="A copy of the bag from a backup mends what is damaged. To hand it over as it is, with a "
            "warning, ask anew with --include-damaged and a reason.",
        )
    if not any(case.given for case in cases):
        raise Conflict("There is no sealed evidence to hand over in these cases.", safe="No file was made.")


def _facts(cases: tuple[CaseFile, ...]) -> dict[str, object]:
    given = [item for case in cases for item in case.given]
    return {
        "cases": [case.case_id for case in cases],
        "snapshots": [item.row.id for item in given],
        "damaged": [item.row.id for item in given if item.problems],
        "locked": sorted(case.case_id for case in cases if case.locked),
    }


def _warnings(cases: tuple[CaseFile, ...]) -> tuple[str, ...]:
    return tuple(f"{each['title']} {' '.join(each['lines'])}" for each in warnings(cases))
