"""The evidence checklist of a case: what ticks itself, what a person ticked, and what is still open."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy import select
from sqlalchemy.orm import Session

from rules.schema import Category
from worker.review.entries import Entry, read_entries, refuse_problems
from worker.review.evidence_state import page_instead
from worker.review.history import latest_decision
from worker.review.questions import among
from worker.review.view import ItemView
from worker.store import tables as t

#: The table's file in the folder of reference data.
CHECKLISTS = "checklists.yaml"
#: What can be seen from what Upstander holds.
COMPUTED = (
    "core_sealed",
    "timestamped",
    "rendered",
    "posted_time",
    "author_id",
    "context",
    "effect",
    "police_told",
)
#: What only a platform tells: nobody misses it on what staff handed in.
_OF_A_PLATFORM = frozenset({"rendered", "posted_time", "author_id", "context"})
#: What must never be made of suspected imagery.
_NEVER_OF_IMAGERY = frozenset({"rendered"})


@dataclass(frozen=True, slots=True)
class Item:
    """One thing that evidence should have.

    Attributes:
        computed: what ticks it, one of COMPUTED; None where a person does.
        categories: empty: on every list.
    """

    id: str
    words: str
    computed: str | None
    categories: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Checklist:
    """The Trust's table."""

    items: tuple[Item, ...] = ()

    def of(self, session: Session, case: t.Case, categories: Collection[str]) -> tuple[ItemView, ...]:
        """The list of a case.

        Args:
            categories: those that rules found and those that were upheld.
        """
        never = _never(session, case)
        wanted = [
            each
            for each in self.items
            if (not each.categories or not set(categories).isdisjoint(each.categories))
            and each.computed not in never
        ]
        instead = page_instead(session, case)
        seen, open_because = _computed(session, case, instead), {"rendered": instead}
        ticked = _ticked(session, case.id)
        return tuple(_view(each, seen, open_because, ticked.get(each.id)) for each in wanted)


def load_checklist(path: Path) -> Checklist:
    """Read the table.

    Raises:
        SettingsError: it is not there or has errors; the message names file and line of each.
    """
    file, entries = read_entries(path, "checklist")
    items = tuple(_item(entry) for entry in entries)
    refuse_problems(file, path, "The evidence checklist")
    return Checklist(items)


def _item(entry: Entry) -> Item:
    entry.known(("words", "computed", "categories"))
    computed = entry.text("computed", needed=False) or None
    if computed not in (None, *COMPUTED):
        entry.wrong("computed", f'"computed" is one of {", ".join(COMPUTED)}')
    categories = among(entry, "categories", tuple(Category), needed=False)
    return Item(entry.name, entry.text("words"), computed, categories)


def _view(
    item: Item, seen: frozenset[str], open_because: Mapping[str, str | None], tick: t.CaseCheck | None
) -> ItemView:
    if item.computed is not None:
        note = open_because.get(item.computed)
        return ItemView(item.id, item.words, done=item.computed in seen, by_itself=True, note=note)
    done = tick is not None and tick.done
    return ItemView(item.id, item.words, done=done, by_itself=False, note=tick.note if tick else None)


def _never(session: Session, case: t.Case) -> frozenset[str]:
    """What is not to be asked of this case."""
    handed_in = session.get_one(t.Comment, case.comment_id).platform == "handed_in"
    of_imagery = _NEVER_OF_IMAGERY if case.restriction == "imagery" else frozenset()
    return of_imagery | (_OF_A_PLATFORM if handed_in else frozenset())


def _computed(session: Session, case: t.Case, instead: str | None) -> frozenset[str]:
    """What is there, of the wording that the case stands at.

    Args:
        instead: why no sealed picture shows the comment; None where one does.
    """
    comment = session.get_one(t.Comment, case.comment_id)
    sealed = session.execute(
        select(t.Snapshot.kind, t.Timestamp.snapshot_id.label("stamped"))
        .outerjoin(t.Timestamp, t.Timestamp.snapshot_id == t.Snapshot.id)
        .where(
            t.Snapshot.case_id == case.id,
            t.Snapshot.revision_id == case.revision_id,
            t.Snapshot.state == "sealed",
            t.Snapshot.destroyed_at.is_(None),
        )
    ).all()
    decision = latest_decision(session, case.id)
    author = session.get(t.Author, comment.author_id) if comment.author_id is not None else None
    there = {
        "core_sealed": any(row.kind == "core" for row in sealed),
        "timestamped": any(row.kind == "core" and row.stamped is not None for row in sealed),
        "rendered": instead is None,
        "posted_time": comment.posted_at is not None,
        "author_id": author is not None,
        "context": comment.post_id is not None,
        "effect": decision is not None and bool(decision.effect),
        "police_told": _police_settled(session, case.id),
    }
    return frozenset(name for name, holds in there.items() if holds)


def _police_settled(session: Session, case_id: int) -> bool:
    """Whether the police gave a reference, or it is noted why they were not told."""
    police = ("police_999", "police_101")
    told = select(t.Referral.id).where(
        t.Referral.case_id == case_id,
        t.Referral.kind.in_(police),
        t.Referral.state != "withdrawn",
        t.Referral.reference.is_not(None),
    )
    not_told = select(t.NotReferred.id).where(
        t.NotReferred.case_id == case_id, t.NotReferred.kind.in_(police)
    )
    return any(session.scalar(found.limit(1)) is not None for found in (told, not_told))


def _ticked(session: Session, case_id: int) -> dict[str, t.CaseCheck]:
    """The newest tick of each item."""
    rows = session.scalars(select(t.CaseCheck).where(t.CaseCheck.case_id == case_id).order_by(t.CaseCheck.id))
    return {row.item: row for row in rows}
