"""A small Trust in a database: people of every role, one account, comments that were written and edited."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from sqlalchemy import func, insert, select, update
from sqlalchemy.orm import Session

from tests.clocks import StoppedClock
from tests.judging import procedure, said
from worker.intake.screening import wording_hash
from worker.ledger.audit import Actor
from worker.review.clocks import Clocks, make_clocks
from worker.review.opening import Opening, open_cases
from worker.review.people import add_person
from worker.review.stage import Review
from worker.settings_review import Review as ReviewSettings
from worker.store import tables as t
from worker.store.searching import index_words
from worker.store.session import Store
from worker.working_days import WorkingDays

START = datetime(2026, 11, 9, 9, 0, tzinfo=UTC)
DUE = {"routine": 2880, "concerning": 1440, "serious": 240, "immediate_danger": 15}
#: Every minute counts, at all hours.
CLOCKS: Clocks = make_clocks(
    ReviewSettings(due_minutes=DUE, all_hours=tuple(DUE)),
    WorkingDays,
)
PLATFORM = "facebook"


@dataclass
class Scene:
    """What a test of review or action works with."""

    store: Store
    clock: StoppedClock
    review: Review
    admin: Actor
    reviewer: Actor
    second: Actor
    account_id: int
    feed_id: int
    author_id: int
    post_id: int
    people: dict[str, Actor] = field(default_factory=dict)

    def comment(self, external_id: str, text: str | None) -> tuple[int, int]:
        """Store a comment with its first revision; its id and the revision's."""
        with self.store.write() as session:
            comment = t.Comment(
                account_id=self.account_id,
                platform=PLATFORM,
                external_id=external_id,
                kind="comment",
                author_id=self.author_id,
                post_id=self.post_id,
                posted_at=START - timedelta(hours=1),
                first_seen_at=self.clock.now(),
                hidden=False,
                revision_hash="",
            )
            session.add(comment)
            session.flush()
            return comment.id, write_revision(session, comment.id, text, self.clock.now())

    def edit(self, comment_id: int, text: str | None) -> int:
        """Store a newer revision of a comment, as intake does; its id."""
        with self.store.write() as session:
            return write_revision(session, comment_id, text, self.clock.now())

    def open(self, *openings: Opening) -> dict[int, int]:
        """Open cases as intake does."""
        with self.store.write() as session:
            return open_cases(session, openings, now=self.clock.now(), clocks=CLOCKS)

    def case(
        self, external_id: str, text: str = "made-up words", severity: str = "serious", priority: int = 50
    ) -> tuple[int, int, int]:
        """A comment with an open case: the ids of case, comment and revision."""
        comment_id, revision_id = self.comment(external_id, text)
        opened = self.open(Opening(comment_id, revision_id, severity, priority))
        return opened[comment_id], comment_id, revision_id

    def upheld(
        self,
        case_id: int,
        revision_id: int,
        *,
        actions: tuple[str, ...] = (),
        together: int | None = None,
        supersedes: int | None = None,
    ) -> int:
        """The reviewer upholds a case."""
        return self.review.decide(
            self.reviewer,
            case_id,
            revision_id,
            "upheld",
            categories=["insult"],
            severity="serious",
            reason="Insults a named nurse.",
            actions=actions,
            supersedes=supersedes,
            particulars=said("upheld"),
            together=together,
        )

    def not_upheld(self, case_id: int, revision_id: int, *, supersedes: int | None = None) -> int:
        """The reviewer does not uphold a case."""
        return self.review.decide(
            self.reviewer,
            case_id,
            revision_id,
            "not_upheld",
            reason="Harmless after all.",
            supersedes=supersedes,
            particulars=said("not_upheld"),
        )

    def count(self, table: type[t.Base]) -> int:
        """The number of rows of a table."""
        with self.store.read() as session:
            return session.scalar(select(func.count()).select_from(table)) or 0

    def audited(self, verb: str) -> list[t.Audit]:
        """The audit rows of a verb, oldest first."""
        with self.store.read() as session:
            rows = select(t.Audit).where(t.Audit.verb == verb).order_by(t.Audit.id)
            return list(session.scalars(rows))


def write_revision(
    session: Session, comment_id: int, text: str | None, now: datetime, *, pictures: tuple[str, ...] = ()
) -> int:
    """Write a revision, with pictures of these numbers, and make it the comment's newest."""
    last = session.scalar(select(func.max(t.Revision.number)).where(t.Revision.comment_id == comment_id))
    digest = wording_hash(text)
    revision_id = session.scalar(
        insert(t.Revision)
        .values(
            comment_id=comment_id,
            number=(last or 0) + 1,
            text=text,
            revision_hash=digest,
            media=[{"kind": "image", "external_id": each} for each in pictures],
            flaws=[],
            raw=b"{}",
            page_sha256="0" * 64,
            seen_at=now,
            severity="serious",
            priority=50,
            queued=True,
            pack_version="test",
        )
        .returning(t.Revision.id)
    )
    assert isinstance(revision_id, int)
    index_words(session, [(revision_id, text)])
    session.execute(
        update(t.Comment)
        .where(t.Comment.id == comment_id)
        .values(revision_id=revision_id, revision_hash=digest)
    )
    return revision_id


def make_scene(store: Store) -> Scene:
    """Furnish an empty store."""
    clock = StoppedClock(START)
    admin = Actor(add_person(store, clock, Actor(None, "test"), "Rowan Ashby", ["administrator"]), "test")
    with store.write() as session:
        rows = {role: _person(session, f"The {role.replace('_', ' ')}", role) for role in t.ROLES}
        other = _person(session, "Sam Okafor", "reviewer")
        session.flush()
        people = {role: Actor(person.id, "test") for role, person in rows.items()}
        second = Actor(other.id, "test")
        account = t.Account(
            platform=PLATFORM, external_id="900", handle="Northmoor", credential="facebook", created_at=START
        )
        author = t.Author(
            platform=PLATFORM, external_id="777", handle="someone", name="A Person", first_seen_at=START
        )
        session.add_all([account, author])
        session.flush()
        post = t.Post(account_id=account.id, external_id="900_111", text="Our ward", first_seen_at=START)
        feed = t.Feed(account_id=account.id, name="feed")
        session.add_all([post, feed])
        session.flush()
        ids = (account.id, feed.id, author.id, post.id)
    return Scene(
        store,
        clock,
        Review(store, clock, ReviewSettings(), procedure(CLOCKS)),
        admin,
        people["reviewer"],
        second,
        *ids,
        people=people,
    )


def _person(session: Session, name: str, role: str) -> t.Person:
    person = t.Person(name=name, active=True, created_at=START, roles=[t.PersonRole(role=role)])
    session.add(person)
    return person
