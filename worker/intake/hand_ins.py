"""Hand-ins: what any member of staff brings to notice, kept as evidence and put before a person."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import BinaryIO, Protocol

from sqlalchemy import select
from sqlalchemy.orm import Session

from rules.evaluate import RuleSet
from rules.schema import Severity
from worker.clock import Clock
from worker.errors import Conflict, NotFound
from worker.intake.hand_in import Given, HandInIncomplete, HeldFile, as_received
from worker.intake.hand_in_writing import Received, means_danger, new_reference, verdict_on, write_case
from worker.keyring import NameKey
from worker.ledger import audit
from worker.ledger.audit import Actor
from worker.log import get
from worker.review.access import conflicted, refusal
from worker.review.clocks import Clocks
from worker.review.pages import PROMPT
from worker.review.people import folded, meant
from worker.review.restricting import add_conflict, tighten
from worker.review.rights import Right, check, permitted, require
from worker.review.tasks import NewTask, add_task
from worker.store import tables as t
from worker.store.session import Store
from worker.working_days import WorkingDays

#: Who did it, as far as any record of a protected hand-in says.
_NOBODY = Actor(None, "hand_in")
_WHY = {
    "staff_on_staff": "Handed in about a colleague.",
    "protected": "Handed in under protection.",
    "manager": "Handed in about a manager.",
}

log = get("hand_ins")


class Files(Protocol):
    """What keeps the files of a hand-in; the evidence stage's."""

    def hold(self, name: str, file: BinaryIO, actor: Actor) -> HeldFile:
        """Check a file and write it aside."""

    def enter(self, session: Session, case_id: int, held: HeldFile, actor: Actor) -> int:
        """Accept it in the hand-in's transaction; the id of its snapshot."""

    def drop(self, held: HeldFile) -> None:
        """Remove it: it was not accepted."""


@dataclass(frozen=True, slots=True)
class HandedIn:
    """What came of handing something in.

    Attributes:
        severity: what the rules make of it; None where it is not judged here.
        danger: its words may mean immediate danger, judged here or not.
        known_files: names of files that were handed in before, byte for byte.
        holds_credentials: the words seem to hold a password or the like.
        manager_is_user: whether the manager named works in Upstander, and is kept from the case now.
    """

    hand_in_id: int
    case_id: int
    severity: str | None
    danger: bool
    known_files: tuple[str, ...]
    holds_credentials: bool
    manager_is_user: bool


@dataclass(frozen=True)
class HandIns:
    """The stage of what staff hand in.

    Attributes:
        files: keeps what comes with it.
        name_key: protects names.
        days: gives the working days, for the tasks of those it is routed to.
    """

    store: Store
    clock: Clock
    rules: Callable[[], RuleSet]
    clocks: Clocks
    files: Files
    name_key: NameKey
    days: Callable[[], WorkingDays]

    def add(self, actor: Actor, given: Given, files: Sequence[tuple[str, BinaryIO]] = ()) -> HandedIn:
        """Take something in. All of it is stored, or nothing.

        Of a protected one only the encrypted name says who gave it. Nothing says who typed it: often that is
        one person.

        Args:
            files: each with the name that it came with.

        Raises:
            NotAllowed: the actor is nobody who works here.
            HandInIncomplete: something is missing or too long, or nobody here has the manager's name.
            NotAccepted: a file is of no kind that is taken, or too large.
            KeyringFault: the name cannot be protected.
        """
        require(self.store, self.clock, actor, Right.HAND_IN, "hand_in")
        given.check(len(files))
        rules = self.rules()
        who = _NOBODY if given.protected else actor
        held: list[HeldFile] = []
        try:
            for name, file in files:
                held.append(self.files.hold(name, file, who))
            now = self.clock.now()
            received = Received(
                given,
                new_reference(),
                as_received(given, held, now),
                verdict_on(given, rules),
                rules.pack_version,
                means_danger(given, rules),
            )
            sealed = self.name_key.seal(given.name, received.reference) if given.protected else None
            with self.store.write() as session:
                check(session, actor, Right.HAND_IN, now=now)
                done = self._write(session, who, received, held, sealed, now)
        except BaseException:
            for each in held:
                self.files.drop(each)
            raise
        log.info("handed_in", hand_in=done.hand_in_id, case=done.case_id, files=len(held))
        return done

    def reveal(self, actor: Actor, hand_in_id: int, reason: str) -> str:
        """The name of whoever gave a protected hand-in. That it was read, by whom and why, is in the audit.

        Raises:
            NotAllowed: the actor is no guardian, or is concerned in the case.
            NotFound: there is no such hand-in, or its name is not protected.
            Conflict: there is no reason.
            KeyringFault: the name cannot be opened.
        """
        with permitted(self.store, self.clock, actor, Right.REVEAL_NAME, "hand_in", hand_in_id) as session:
            if not reason.strip():
                raise Conflict("A protected name is read for a reason only.", safe="No name was shown.")
            row, kept = session.get(t.HandIn, hand_in_id), session.get(t.ProtectedName, hand_in_id)
            if row is None or kept is None:
                raise NotFound(f"There is no protected name of hand-in {hand_in_id}.")
            if actor.person_id in conflicted(session, row.case_id):
                raise refusal(row.case_id)
            if not kept.sealed:
                raise NotFound(f"The name of hand-in {hand_in_id} was destroyed when its time was up.")
            case = session.get_one(t.Case, row.case_id)
            reference = session.get_one(t.Comment, case.comment_id).external_id
            name = self.name_key.open(kept.key_id, kept.sealed, reference)
            detail = {"case_id": row.case_id, "reason": reason.strip()}
            now = self.clock.now()
            audit.record(session, actor, "name_revealed", "hand_in", hand_in_id, now=now, detail=detail)
        return name

    def _write(
        self,
        session: Session,
        who: Actor,
        received: Received,
        held: Sequence[HeldFile],
        sealed: tuple[str, bytes] | None,
        now: datetime,
    ) -> HandedIn:
        given = received.given
        case_id = write_case(session, received, clocks=self.clocks, now=now)
        hand_in_id = _row(session, who, given, case_id, now)
        if sealed is not None:
            key_id, name = sealed
            session.add(t.ProtectedName(hand_in_id=hand_in_id, key_id=key_id, sealed=name))
        known = _known(session, held)
        for each in held:
            snapshot_id = self.files.enter(session, case_id, each, who)
            session.add(
                t.HandInFile(
                    snapshot_id=snapshot_id,
                    hand_in_id=hand_in_id,
                    name=each.name,
                    media_type=each.media_type,
                    size=each.size,
                    sha256=each.sha256,
                )
            )
        detail = {
            "case_id": case_id,
            "what": given.what,
            "protected": given.protected,
            "staff_on_staff": given.staff_on_staff,
            "about_manager": given.about_manager is not None,
            "files": [each.sha256 for each in held],
            "handed_in_before": len(known),
        }
        audit.record(session, who, "handed_in", "hand_in", hand_in_id, now=now, detail=detail)
        for kind in given.restrictions:
            tighten(session, who, session.get_one(t.Case, case_id), kind, _WHY[kind], now=now)
        manager = _keep_from(session, who, given, case_id, now)
        self._route(session, received, hand_in_id, case_id, now)
        severity = received.verdict.severity
        return HandedIn(
            hand_in_id=hand_in_id,
            case_id=case_id,
            severity=None if severity is None else severity.value,
            danger=received.danger,
            known_files=known,
            holds_credentials=given.holds_credentials,
            manager_is_user=manager,
        )

    def _route(
        self, session: Session, received: Received, hand_in_id: int, case_id: int, now: datetime
    ) -> None:
        """A task for each of those outside the queue who must take it over or know of it, danger at once."""
        given, danger = received.given, received.danger
        due = self.clocks.due(Severity.IMMEDIATE_DANGER.value, now) if danger else self.days().one_after(now)
        first = f"MAY BE IMMEDIATE DANGER. {PROMPT} " if danger else ""
        guardian = given.protected or given.speak_up
        wanted = {
            "hr": given.staff_on_staff or given.about_manager is not None,
            "freedom_to_speak_up_guardian": guardian,
        }
        about = "a colleague; it is not judged here" if given.staff_on_staff else "a manager"
        words = "under protection" if given.restrictions[:1] == ("protected",) else f"about {about}"
        for role in (role for role, is_wanted in wanted.items() if is_wanted):
            task = NewTask(
                kind="take_over_hand_in",
                key=f"hand_in:{hand_in_id}:{role}",
                title=f"{first}Take over hand-in {hand_in_id} (case {case_id}): handed in {words}.",
                due_at=due,
                case_id=case_id,
                about=("hand_in", hand_in_id),
                for_role=role,
            )
            add_task(session, _NOBODY, task, now=now)


def _row(session: Session, who: Actor, given: Given, case_id: int, now: datetime) -> int:
    row = t.HandIn(
        case_id=case_id,
        what=given.what,
        received_at=now,
        protected=given.protected,
        given_by=None if given.protected else given.name.strip(),
        entered_by=who.person_id,
        service=given.service.strip(),
        link=given.link,
        staff_on_staff=given.staff_on_staff,
        about_manager=given.about_manager,
    )
    session.add(row)
    session.flush()
    return row.id


def _known(session: Session, held: Sequence[HeldFile]) -> tuple[str, ...]:
    """Names of those files that were handed in before, or twice now."""
    hashes = [each.sha256 for each in held]
    before = set(session.scalars(select(t.HandInFile.sha256).where(t.HandInFile.sha256.in_(hashes))))
    return tuple(
        each.name for place, each in enumerate(held) if each.sha256 in before or each.sha256 in hashes[:place]
    )


def _keep_from(session: Session, who: Actor, given: Given, case_id: int, now: datetime) -> bool:
    """Close the case to the manager whom it is about. A name that nobody has is not taken for nobody's."""
    if given.about_manager is None:
        return False
    wanted = folded(given.about_manager)
    everybody = session.execute(select(t.Person.id, t.Person.name)).all()
    found = [person_id for person_id, name in everybody if folded(name) == wanted]
    if not found and not given.not_a_user:
        raise HandInIncomplete(
            "The manager's name is not that of anybody in Upstander, so nobody would be kept from the case.",
            safe="Nothing was handed in.",
            do=f"{meant(session, given.about_manager)}Write it as in `upstander people list`; or, where they"
            " do not work in it, add --not-a-user.",
        )
    for person_id in found:
        add_conflict(session, who, case_id, person_id, "It was handed in about them.", now=now)
    return bool(found)
