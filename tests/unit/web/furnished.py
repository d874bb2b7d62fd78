"""A site with one thing of every kind that a page is about, for tests that go through all pages."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta

from tests.unit.review.things import things_of
from tests.web import Site
from worker.review.restricting import tighten
from worker.store import tables as t
from worker.web.routing import Page

#: What a number in a path is the number of; the first that fits counts.
_ABOUT = (
    ("/approvals/exports/{", "export"),
    ("/approvals/{", "asked"),
    ("/appeals/{", "appeal"),
    ("/blocks/{", "asked"),
    ("/cases/{", "case"),
    ("/escalations/{", "case"),
    ("/evidence/cases/{", "case"),
    ("/evidence/snapshots/{", "snapshot"),
    ("/exports/{", "export"),
    ("/groups/decisions/{", "group_decision"),
    ("/groups/{", "group"),
    ("/hand-ins/{", "hand_in"),
    ("/referrals/{", "referral"),
    ("/reports/{", "platform_report"),
    ("/tasks/{", "task"),
    ("/accounts/{", "account"),
    ("/on-call/{", "turn"),
    ("/people/{", "person"),
)
#: Of these there is one kind only, whatever case is looked at.
OF_NO_CASE = frozenset({"account", "turn", "person"})


@dataclass(frozen=True)
class Things:
    """One thing of every kind, by its number.

    Attributes:
        restricted: whether they are of a case that is kept for named roles.
    """

    number_of: Mapping[str, int]
    restricted: bool = False

    def path(self, page: Page) -> str:
        """The path of a page about these."""
        kind = kind_of(page)
        number = "1" if kind is None else str(self.number_of[kind])
        filled = page.path.replace("{number:int}", number).replace("{row:int}", "1")
        return filled.replace("{name:path}", "report.html").replace("{rule}", "no-such-rule")


def kind_of(page: Page) -> str | None:
    """What the number in a page's path is the number of; None where it has none."""
    if "{number:int}" not in page.path:
        return None
    return next(kind for begins, kind in _ABOUT if page.path.startswith(begins))


def furnish(site: Site, external_id: str, text: str, *, restricted: str | None = None) -> Things:
    """Put one thing of every kind into the database, about one case.

    Args:
        restricted: why the case is restricted, where it is.
    """
    scene = site.scene
    with scene.store.write() as session:
        author = t.Author(
            platform="facebook", external_id=f"7{external_id}", handle="someone", name="A Person",
            first_seen_at=scene.clock.now(),
        )  # fmt: skip
        session.add(author)
        session.flush()
        scene.author_id = author.id
    case_id, comment_id, revision_id = scene.case(external_id, text)
    now, who = scene.clock.now(), scene.reviewer.person_id
    assert who is not None
    with scene.store.write() as session:
        made = things_of(session, scene, case_id, comment_id, revision_id)
        decision = session.query(t.Decision).filter_by(case_id=case_id).one()
        asked = t.RequestedAction(
            case_id=case_id, comment_id=comment_id, revision_id=revision_id, decision_id=decision.id,
            verdict="upheld", kind="delete", state="requested", requested_by=who, requested_at=now,
            reason=decision.reason,
        )  # fmt: skip
        person = t.Person(name=f"Lin Moor {external_id}", active=True, created_at=now)
        session.add_all([asked, person])
        session.add(t.CaseNote(case_id=case_id, written_by=who, text="A note.", written_at=now))
        session.flush()
        turn = t.OnCall(
            person_id=who, rank=1, from_at=now, until_at=now + timedelta(days=1), added_by=who, added_at=now
        )
        if not restricted:
            session.add(turn)
            session.flush()
        numbers = {
            **made,
            "asked": asked.id,
            "revision": revision_id,
            "account": scene.account_id,
            "person": person.id,
            "turn": 1,
            "colleague": who,
        }
        if restricted:
            case = session.get_one(t.Case, case_id)
            tighten(session, scene.admin, case, restricted, "Somebody is at risk.", now=now)
    return Things(numbers, restricted is not None)
