"""Queued texts and pictures that are the same or nearly so: each is compared with the first of its kind only.

So a flood of one text costs what its length costs, not its square.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from rules.text.sketch import FEWEST_WORDS, Sketch, bands_of, likeness, sketch, unpacked
from worker.store import tables as t
from worker.store.numbers import add_rows

#: From how alike on two queued texts belong together. People decide; a wrong neighbour costs a glance.
ALIKE = 0.6
#: How long the first of a kind is remembered.
REMEMBERED = timedelta(days=14)
#: Of 256 bits: pictures that differ in no more look the same (the figure that PDQ's makers give).
PDQ_DISTANCE = 31


@dataclass(frozen=True, slots=True)
class Newcomer:
    """A case that opened, or moved to a newer wording, as grouping sees it."""

    case_id: int
    revision_id: int
    author_id: int | None
    post_id: int | None
    platform: str
    text: str | None
    media: Sequence[Mapping[str, Any]]


@dataclass(frozen=True, slots=True)
class Lead:
    """The first queued revision of its kind, and the case that it was."""

    revision_id: int
    case_id: int


@dataclass(slots=True)
class _Leads:
    """Leads that are known while a page is gone through."""

    exact: dict[str, Lead] = field(default_factory=dict)
    bands: dict[int, list[tuple[Lead, tuple[int, ...]]]] = field(default_factory=dict)

    def add(self, lead: Lead, exact: str, smallest: tuple[int, ...]) -> None:
        self.exact.setdefault(exact, lead)
        for band in bands_of(smallest):
            self.bands.setdefault(band, []).append((lead, smallest))

    def like(self, found: Sketch) -> Lead | None:
        if found.exact in self.exact:
            return self.exact[found.exact]
        if found.words < FEWEST_WORDS:
            return None
        near = [
            (likeness(found.smallest, smallest), lead.revision_id, lead)
            for band in found.bands()
            for lead, smallest in self.bands.get(band, ())
        ]
        best = max(near, default=(0.0, 0, None), key=lambda each: (each[0], -each[1]))
        return best[2] if best[0] >= ALIKE else None


def same_text(session: Session, cases: Sequence[Newcomer], *, now: datetime) -> dict[int, Lead]:
    """The lead of each case whose text came before, by the case's number; the others become leads."""
    sketches = {each.case_id: sketch(each.text) for each in cases if each.text}
    sketched = [each for each in cases if each.case_id in sketches and sketches[each.case_id].exact]
    if not sketched:
        return {}
    leads = _known(session, [sketches[each.case_id] for each in sketched], now)
    led: dict[int, Lead] = {}
    fresh: list[Newcomer] = []
    for each in sketched:
        found = sketches[each.case_id]
        lead = leads.like(found)
        if lead is None:
            leads.add(Lead(each.revision_id, each.case_id), found.exact, found.smallest)
            fresh.append(each)
        elif lead.case_id != each.case_id:
            led[each.case_id] = lead
    _write_leads(session, fresh, sketches, now)
    return led


def same_picture(session: Session, cases: Sequence[Newcomer], *, now: datetime) -> dict[int, Lead]:
    """The lead of each case on which a picture hangs that came before, by the platform's number for it."""
    hung = {each.case_id: media_ids(each.platform, each.media) for each in cases}
    wanted = sorted({media_id for ids in hung.values() for media_id in ids})
    if not wanted:
        return {}
    known = _first_prints(session, wanted)
    led: dict[int, Lead] = {}
    rows: list[dict[str, Any]] = []
    for each in cases:
        for media_id in hung[each.case_id]:
            lead = known.setdefault(media_id, Lead(each.revision_id, each.case_id))
            if lead.case_id != each.case_id:
                led.setdefault(each.case_id, lead)
            rows.append(
                {
                    "revision_id": each.revision_id,
                    "case_id": each.case_id,
                    "media_id": media_id,
                    "pdq": None,
                    "seen_at": now,
                }
            )
    add_rows(session, t.PicturePrint, rows)
    return led


def media_ids(platform: str, media: Iterable[Mapping[str, Any]]) -> tuple[str, ...]:
    """What tells the pictures of a wording apart, for those that the platform numbers."""
    numbered = (each.get("external_id") for each in media)
    return tuple(sorted({f"{platform}:{each}"[:240] for each in numbered if each}))


def _known(session: Session, sketches: Sequence[Sketch], now: datetime) -> _Leads:
    since, leads = now - REMEMBERED, _Leads()
    exact = {each.exact for each in sketches}
    columns = select(t.TextLead.revision_id, t.TextLead.case_id, t.TextLead.exact, t.TextLead.sketch)
    rows = session.execute(
        columns.where(t.TextLead.exact.in_(exact), t.TextLead.seen_at > since).order_by(
            t.TextLead.revision_id
        )
    ).all()
    for row in rows:
        leads.add(Lead(row.revision_id, row.case_id), row.exact, unpacked(row.sketch))
    unknown = [each for each in sketches if each.exact not in leads.exact and each.words >= FEWEST_WORDS]
    bands = {band for each in unknown for band in each.bands()}
    if not bands:
        return leads
    sharing = select(t.TextBand.revision_id).where(t.TextBand.value.in_(bands), t.TextBand.seen_at > since)
    seen = {row.revision_id for row in rows}
    for row in session.execute(columns.where(t.TextLead.revision_id.in_(sharing))):
        if row.revision_id not in seen:
            leads.add(Lead(row.revision_id, row.case_id), row.exact, unpacked(row.sketch))
    return leads


def _write_leads(
    session: Session, fresh: Sequence[Newcomer], sketches: Mapping[int, Sketch], now: datetime
) -> None:
    rows = [
        {
            "revision_id": each.revision_id,
            "case_id": each.case_id,
            "exact": sketches[each.case_id].exact,
            "sketch": sketches[each.case_id].packed(),
            "seen_at": now,
        }
        for each in fresh
    ]
    add_rows(session, t.TextLead, rows)
    bands = [
        {"revision_id": each.revision_id, "value": value, "seen_at": now}
        for each in fresh
        for value in sketches[each.case_id].bands()
    ]
    add_rows(session, t.TextBand, bands)


def _first_prints(session: Session, wanted: Sequence[str]) -> dict[str, Lead]:
    first = (
        select(func.min(t.PicturePrint.id))
        .where(t.PicturePrint.media_id.in_(wanted))
        .group_by(t.PicturePrint.media_id)
    )
    rows = session.execute(
        select(t.PicturePrint.media_id, t.PicturePrint.revision_id, t.PicturePrint.case_id).where(
            t.PicturePrint.id.in_(first)
        )
    )
    return {row.media_id or "": Lead(row.revision_id, row.case_id) for row in rows}
