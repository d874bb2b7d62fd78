"""The audit for people: who did or saw what, the newest first, without what is kept from whoever reads.

What is left out is neither shown nor counted, and no filter tells it apart from what never happened: a number
of rows would already say that somebody looked.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import ColumnElement, select
from sqlalchemy.orm import Session

from worker.clock import Clock, for_people
from worker.errors import Conflict, NotFound
from worker.ledger import audit
from worker.ledger.audit import Actor
from worker.review.access import WORK_THE_QUEUE, kept_from, roles_of
from worker.review.audit_links import ABOUT_NO_CASE, THINGS_OF, about_none_of, cases_named, naming_only
from worker.review.rights import Right, require
from worker.store import tables as t
from worker.store.session import Store

#: Shown at once at most.
MOST_SHOWN = 500
#: In one file at most: all that a spreadsheet of today opens without trouble.
MOST_EXPORTED = 100_000
#: The kinds of thing that the audit tells of.
KINDS = tuple(sorted({*THINGS_OF, *ABOUT_NO_CASE}))
HEADINGS = (
    "number",
    "time (UTC)",
    "time (London)",
    "person",
    "from",
    "what",
    "about",
    "number of that",
    "facts",
)
_AT_ONCE = 1000
_VERB = re.compile(r"[a-z0-9_ ]{1,60}")

#: Makes a table for a spreadsheet, no cell of it a formula.
Sheet = Callable[[Sequence[str], Sequence[Sequence[object]]], bytes]


@dataclass(frozen=True, slots=True)
class AuditFilter:
    """Which rows to show; None shows all.

    Attributes:
        person: number of whoever did it.
        verb: its short, stable name, such as "viewed".
        object_type, object_id: what it was done to: one of `KINDS`, and with it the number of one thing.
        since: from this moment on (aware).
        until: before this moment (aware).
    """

    person: int | None = None
    verb: str | None = None
    object_type: str | None = None
    object_id: int | None = None
    since: datetime | None = None
    until: datetime | None = None


@dataclass(frozen=True, slots=True)
class AuditRow:
    """One thing that somebody did or saw.

    Attributes:
        person: the name of whoever did it; None where Upstander itself did.
        source: from where: cli, web, or a job's name.
        detail: ids and facts, never a comment's words; None where it is about a case, and whoever reads does
            not work on cases.
    """

    id: int
    at: datetime
    person: str | None
    person_id: int | None
    source: str
    verb: str
    object_type: str
    object_id: int | None
    detail: Mapping[str, Any] | None


@dataclass(frozen=True, slots=True)
class AuditPage:
    """Some rows, the newest first.

    Attributes:
        before: where the next page goes on; None where this is the last.
    """

    rows: tuple[AuditRow, ...]
    before: int | None


_EVERYTHING = AuditFilter()


@dataclass(frozen=True)
class AuditBook:
    """Reads the audit. Each function raises NotAllowed where the right lacks; each look is itself audited.

    Attributes:
        sheet: makes a table for a spreadsheet.
    """

    store: Store
    clock: Clock
    sheet: Sheet

    def search(
        self,
        actor: Actor,
        wanted: AuditFilter = _EVERYTHING,
        *,
        before: int | None = None,
        limit: int = 100,
    ) -> AuditPage:
        """A page of rows, the newest first.

        Args:
            before: only rows with a smaller number than this: where the page before ended.
            limit: at most so many, and at most `MOST_SHOWN`.

        Raises:
            NotFound: there is no such kind of thing, or a verb is none.
        """
        self._check(actor, wanted)
        most = min(max(limit, 1), MOST_SHOWN)
        with self.store.read() as session:
            # One more than asked for tells whether there is another page.
            rows = _Reader(session, actor).rows(wanted, before, most + 1)
        page = AuditPage(tuple(rows[:most]), rows[most - 1].id if len(rows) > most else None)
        self._note(actor, "audit_searched", wanted, {"before": before, "shown": len(page.rows)})
        return page

    def export(self, actor: Actor, wanted: AuditFilter = _EVERYTHING) -> bytes:
        """The rows as a CSV file that is harmless to open in a spreadsheet. Its hash is audited with it.

        Raises:
            NotFound: there is no such kind of thing, or a verb is none.
            Conflict: there are more than `MOST_EXPORTED` rows.
        """
        self._check(actor, wanted)
        rows: list[AuditRow] = []
        with self.store.read() as session:
            reader = _Reader(session, actor)
            while more := reader.rows(wanted, rows[-1].id if rows else None, _AT_ONCE):
                rows += more
                if len(rows) > MOST_EXPORTED:
                    raise Conflict(
                        f"There are more than {MOST_EXPORTED:,} rows.",
                        safe="No file was made.",
                        do="Name a shorter time, a person, or what it is about.",
                    )
        file = self.sheet(HEADINGS, [_cells(row) for row in rows])
        digest = hashlib.sha256(file).hexdigest()
        self._note(actor, "audit_exported", wanted, {"rows": len(rows), "file_sha256": digest})
        return file

    def _check(self, actor: Actor, wanted: AuditFilter) -> None:
        require(self.store, self.clock, actor, Right.READ_AUDIT, "audit")
        if (wanted.object_type or wanted.object_id is not None) and wanted.object_type not in KINDS:
            raise NotFound("The audit tells of no such kind of thing.", do=f"There are: {', '.join(KINDS)}.")
        if wanted.verb is not None and not _VERB.fullmatch(wanted.verb):
            raise NotFound("That is no word for what somebody did.", do="Write it as the audit shows it.")

    def _note(self, actor: Actor, verb: str, wanted: AuditFilter, facts: Mapping[str, Any]) -> None:
        """Leave the trace of a look. One at a single thing is about it, and kept from whomever that is."""
        single = wanted.object_type if wanted.object_id is not None else None
        asked = {
            "person_id": wanted.person,
            "verb": wanted.verb,
            "kind": wanted.object_type,
            "since": wanted.since and wanted.since.isoformat(),
            "until": wanted.until and wanted.until.isoformat(),
            "os_user": actor.os_user,
            **facts,
        }
        detail = {name: value for name, value in asked.items() if value is not None}
        now = self.clock.now()
        with self.store.write() as session:
            audit.record(session, actor, verb, single or "audit", wanted.object_id, now=now, detail=detail)


class _Reader:
    """Reads rows as one person may see them."""

    def __init__(self, session: Session, actor: Actor) -> None:
        self._session = session
        self._kept = kept_from(session, actor)
        self._works = bool(WORK_THE_QUEUE & roles_of(session.get_one(t.Person, actor.person_id)))

    def rows(self, wanted: AuditFilter, before: int | None, most: int) -> list[AuditRow]:
        """Some rows, the newest first: a fixed number of statements however many they are."""
        statement = (
            select(t.Audit, t.Person.name)
            .outerjoin(t.Person, t.Person.id == t.Audit.person_id)
            .where(*_conditions(wanted, before), about_none_of(self._kept))
            .order_by(t.Audit.id.desc())
            .limit(most)
        )
        found = self._session.execute(statement).all()
        named = self._may_be_named({each for row in found for each in cases_named(row.Audit.detail)})
        return [
            AuditRow(
                id=row.Audit.id,
                at=row.Audit.at,
                person=row.name,
                person_id=row.Audit.person_id,
                source=row.Audit.source,
                verb=row.Audit.verb,
                object_type=row.Audit.object_type,
                object_id=row.Audit.object_id,
                detail=naming_only(row.Audit.detail, named) if self._reads_facts(row.Audit) else None,
            )
            for row in found
        ]

    def _reads_facts(self, row: t.Audit) -> bool:
        return self._works or row.object_id is None or row.object_type in ABOUT_NO_CASE

    def _may_be_named(self, cases: set[int]) -> frozenset[int]:
        if not cases:
            return frozenset()
        return frozenset(
            self._session.scalars(select(t.Case.id).where(t.Case.id.in_(sorted(cases)), ~self._kept))
        )


def _conditions(wanted: AuditFilter, before: int | None) -> list[ColumnElement[bool]]:
    conditions: list[ColumnElement[bool]] = []
    if wanted.person is not None:
        conditions.append(t.Audit.person_id == wanted.person)
    if wanted.verb is not None:
        conditions.append(t.Audit.verb == wanted.verb)
    if wanted.object_type is not None:
        conditions.append(t.Audit.object_type == wanted.object_type)
    if wanted.object_id is not None:
        conditions.append(t.Audit.object_id == wanted.object_id)
    if wanted.since is not None:
        conditions.append(t.Audit.at >= wanted.since)
    if wanted.until is not None:
        conditions.append(t.Audit.at < wanted.until)
    if before is not None:
        conditions.append(t.Audit.id < before)
    return conditions


def _cells(row: AuditRow) -> tuple[object, ...]:
    facts = "" if row.detail is None else json.dumps(row.detail, ensure_ascii=False, sort_keys=True)
    at = row.at.astimezone(UTC).isoformat(timespec="seconds")
    return (
        row.id,
        at,
        for_people(row.at),
        row.person or "Upstander",
        row.source,
        row.verb,
        row.object_type,
        row.object_id,
        facts,
    )
