"""The audit for people: all that happened, but nothing of what is kept from whoever reads."""

from __future__ import annotations

import csv
import hashlib
from datetime import timedelta
from io import StringIO

import pytest

from tests.judging import procedure
from tests.quiet import statements
from tests.unit.review.scene import CLOCKS, START, Scene
from tests.unit.review.things import things_of
from worker.errors import Conflict, NotAllowed, NotFound
from worker.evidence.handover.sheets import as_csv
from worker.ledger import audit
from worker.ledger.audit import Actor
from worker.review import audit_reading
from worker.review.audit_links import THINGS_OF
from worker.review.audit_reading import AuditBook, AuditFilter, AuditRow
from worker.review.case_file import CaseFile
from worker.store import tables as t

READERS = ("administrator", "evidence_officer", "senior_reviewer")


@pytest.fixture
def book(scene: Scene) -> AuditBook:
    """The stage."""
    return AuditBook(scene.store, scene.clock, as_csv)


def _file(scene: Scene) -> CaseFile:
    return CaseFile(scene.store, scene.clock, procedure(CLOCKS))


def _all(book: AuditBook, actor: Actor, **wanted: object) -> tuple[AuditRow, ...]:
    return book.search(actor, AuditFilter(**wanted), limit=500).rows  # type: ignore[arg-type]  # the test names them


def _write(scene: Scene, verb: str, kind: str, about: int | None, **detail: object) -> None:
    with scene.store.write() as session:
        now = scene.clock.now()
        audit.record(session, scene.second, verb, kind, about, now=now, detail=detail)


def test_what_happened_is_told_newest_first_with_who_and_when(scene: Scene, book: AuditBook) -> None:
    """A row says who did what to which thing, from where and when, with its facts."""
    case_id, *_ = scene.case("1")
    scene.clock.move(timedelta(minutes=1))
    scene.review.show(scene.reviewer, case_id)
    scene.clock.move(timedelta(minutes=1))
    scene.review.claim(scene.second, case_id)
    claimed, viewed, *_ = _all(book, scene.people["senior_reviewer"])
    assert (claimed.verb, claimed.person, claimed.at) == (
        "claimed",
        "Sam Okafor",
        START + timedelta(minutes=2),
    )
    assert (viewed.person, viewed.source, viewed.object_type) == ("The reviewer", "test", "case")
    assert viewed.object_id == case_id
    assert viewed.detail is not None
    assert "revision_id" in viewed.detail
    assert claimed.id > viewed.id


def test_only_those_who_may_read_the_audit_do(scene: Scene, book: AuditBook) -> None:
    """Whoever lacks the right reads and exports nothing, and the attempt leaves a trace."""
    for role, person in scene.people.items():
        if role in READERS:
            book.search(person)
            continue
        with pytest.raises(NotAllowed, match="who did or saw what"):
            book.search(person)
        with pytest.raises(NotAllowed):
            book.export(person)
    assert len(scene.audited("refused")) == 2 * (len(scene.people) - len(READERS))
    assert len(scene.audited("audit_searched")) == len(READERS)


def test_each_filter_leaves_only_what_fits_it(scene: Scene, book: AuditBook) -> None:
    """By person, verb, kind, thing and time: what fits is shown, nothing else."""
    one, *_ = scene.case("1")
    two, *_ = scene.case("2")
    scene.review.claim(scene.reviewer, one)
    scene.clock.move(timedelta(hours=1))
    later = scene.clock.now()
    scene.review.claim(scene.second, two)
    reader = scene.people["evidence_officer"]
    claims = _all(book, reader, verb="claimed")
    assert [(row.person, row.object_id) for row in claims] == [("Sam Okafor", two), ("The reviewer", one)]
    assert {row.person for row in _all(book, reader, person=scene.second.person_id)} == {"Sam Okafor"}
    assert {row.object_id for row in _all(book, reader, object_type="case", object_id=one)} == {one}
    assert {row.object_type for row in _all(book, reader, object_type="person")} == {"person"}
    assert [row.object_id for row in _all(book, reader, verb="claimed", since=later)] == [two]
    assert [row.object_id for row in _all(book, reader, verb="claimed", until=later)] == [one]


def test_pages_follow_one_another_without_a_gap_though_rows_are_added(scene: Scene, book: AuditBook) -> None:
    """A page goes on where the one before ended, whatever was written meanwhile; the last says that it is."""
    for number in range(7):
        _write(scene, "counted", "queue", None, number=number)
    reader = scene.people["administrator"]
    wanted, seen, before = AuditFilter(verb="counted"), [], None
    while True:
        page = book.search(reader, wanted, before=before, limit=3)
        seen += [row.detail["number"] for row in page.rows if row.detail]
        _write(scene, "counted", "queue", None, number=100)
        if (before := page.before) is None:
            break
    assert seen == [6, 5, 4, 3, 2, 1, 0]


@pytest.mark.parametrize("reader", READERS)
def test_nobody_reads_who_looked_at_a_case_that_is_kept_from_them(
    scene: Scene, book: AuditBook, reader: str
) -> None:
    """Rows about a case that is closed to the reader are neither shown nor exported, by no filter."""
    case_id, comment_id, _ = scene.case("1")
    _file(scene).restrict(scene.reviewer, case_id, "manager", "It accuses a manager.")
    scene.review.show(scene.people["hr"], case_id)
    _write(scene, "marked", "comment", comment_id)
    person, hr = scene.people[reader], scene.people["hr"].person_id
    sees = reader == "senior_reviewer"
    for wanted in (
        AuditFilter(person=hr),
        AuditFilter(verb="viewed"),
        AuditFilter(object_type="case", object_id=case_id),
    ):
        rows = book.search(person, wanted).rows
        assert any(row.person == "The hr" for row in rows) is sees, wanted
        assert (b"The hr" in book.export(person, wanted)) is sees, wanted
    assert bool(_all(book, person, object_type="comment")) is sees


def test_a_conflict_of_interest_closes_the_audit_of_that_case_too(scene: Scene, book: AuditBook) -> None:
    """Whom a case may be about does not learn who looked at it, or that a conflict was noted."""
    case_id, *_ = scene.case("1")
    scene.review.show(scene.reviewer, case_id)
    for role in READERS:
        person = scene.people[role]
        assert _all(book, person, object_type="case")
        name = f"The {role.replace('_', ' ')}"
        _file(scene).note_conflict(scene.reviewer, case_id, name, "It is about them.")
        assert not _all(book, person, object_type="case"), role


def test_whoever_does_not_work_on_cases_reads_who_and_when_alone(scene: Scene, book: AuditBook) -> None:
    """An administrator works on no case: of those the facts are for the people who do."""
    case_id, *_ = scene.case("1")
    scene.review.show(scene.reviewer, case_id)
    (row,) = _all(book, scene.people["administrator"], verb="viewed")
    assert (row.person, row.object_id, row.detail) == ("The reviewer", case_id, None)
    (row,) = _all(book, scene.people["evidence_officer"], verb="viewed")
    assert row.detail is not None


def test_no_other_row_names_a_case_that_is_kept_from_the_reader(scene: Scene, book: AuditBook) -> None:
    """Lists of cases in the facts of other rows lose those that are kept; the others stay."""
    kept, *_ = scene.case("1")
    free, *_ = scene.case("2")
    _file(scene).restrict(scene.reviewer, kept, "manager", "It accuses a manager.")
    _write(scene, "told", "queue", None, cases=[kept, free], case_ids=[kept], case_id=kept, repost_of=free)
    _write(scene, "told", "queue", None, decided=[[kept, 5], [free, 6]], left_out=[kept], mails=3)
    within = {"case_id": kept, "state": "open"}
    _write(scene, "novel", "queue", None, nobody_said=[kept], posts=[7], left_out=[kept], within=within)
    by_lists, by_numbers = _all(book, scene.people["evidence_officer"], verb="told")
    assert by_lists.detail == {"decided": [[free, 6]], "left_out": [], "mails": 3}
    assert by_numbers.detail == {"cases": [free], "case_ids": [], "repost_of": free}
    (novel,) = _all(book, scene.people["evidence_officer"], verb="novel")
    assert novel.detail == {"posts": [7], "left_out": [], "within": {"state": "open"}}
    by_lists, by_numbers = _all(book, scene.people["senior_reviewer"], verb="told")
    assert by_lists.detail == {"decided": [[kept, 5], [free, 6]], "left_out": [kept], "mails": 3}


def test_a_row_about_anything_of_a_kept_case_is_kept_with_it(scene: Scene, book: AuditBook) -> None:
    """Referrals, tasks, evidence, actions, reports, hand-overs, groups, all else: each leads to its case."""
    case_id, comment_id, revision_id = scene.case("1")
    with scene.store.write() as session:
        things = things_of(session, scene, case_id, comment_id, revision_id)
    assert things.keys() == THINGS_OF.keys()
    for kind, number in things.items():
        _write(scene, "touched", kind, number)
    officer, senior = scene.people["evidence_officer"], scene.people["senior_reviewer"]
    assert {row.object_type for row in _all(book, officer, verb="touched")} == set(things)
    _file(scene).restrict(scene.reviewer, case_id, "manager", "It accuses a manager.")
    assert _all(book, officer, verb="touched") == ()
    assert {row.object_type for row in _all(book, senior, verb="touched")} == set(things)


def test_a_kind_that_nobody_knows_is_kept_from_everybody(scene: Scene, book: AuditBook) -> None:
    """A row about something new might be about a case: it is not shown until somebody said that it is not."""
    _write(scene, "did_something", "novelty", 1)
    _write(scene, "did_something", "novelty", None)
    assert not _all(book, scene.people["senior_reviewer"], verb="did_something")
    with pytest.raises(NotFound, match="no such kind"):
        book.search(scene.people["senior_reviewer"], AuditFilter(object_type="novelty"))


def test_each_look_leaves_a_trace_about_what_was_looked_at(scene: Scene, book: AuditBook) -> None:
    """Who read the audit is in the audit; a look at one thing is about that thing, and kept as that is."""
    case_id, *_ = scene.case("1")
    scene.review.show(scene.reviewer, case_id)
    reader = scene.people["senior_reviewer"]
    book.search(reader, AuditFilter(verb="viewed"))
    book.search(reader, AuditFilter(object_type="case", object_id=case_id))
    file = book.export(reader, AuditFilter(object_type="case", since=START))
    whole, single = scene.audited("audit_searched")
    assert (whole.object_type, whole.object_id, whole.person_id) == ("audit", None, reader.person_id)
    assert whole.detail == {"verb": "viewed", "shown": 1}
    assert (single.object_type, single.object_id) == ("case", case_id)
    (exported,) = scene.audited("audit_exported")
    assert exported.detail["file_sha256"] == hashlib.sha256(file).hexdigest()
    assert exported.detail["kind"] == "case"


def test_an_export_opens_in_a_spreadsheet_without_becoming_a_formula(scene: Scene, book: AuditBook) -> None:
    """Every cell that somebody could have filled is text, whatever it begins with."""
    with scene.store.write() as session:
        person = t.Person(name='=HYPERLINK("http://evil.example.test")', active=True, created_at=START)
        session.add(person)
        session.flush()
        who = Actor(person.id, "+1")
    with scene.store.write() as session:
        audit.record(session, who, "@counted", "queue", None, now=START, detail={"why": "=1+1"})
    file = book.export(scene.people["administrator"], AuditFilter(object_type="queue"))
    assert file.startswith(b"\xef\xbb\xbf")
    heading, row = csv.reader(StringIO(file.decode("utf-8-sig"), newline=""))
    assert heading[:4] == ["number", "time (UTC)", "time (London)", "person"]
    assert row[1:3] == ["2026-11-09T09:00:00+00:00", "9 November 2026 at 9:00am"]
    assert row[3:6] == ['\'=HYPERLINK("http://evil.example.test")', "'+1", "'@counted"]
    assert row[8] == '{"why": "=1+1"}'


def test_an_export_holds_everything_or_is_refused(
    scene: Scene, book: AuditBook, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A file that ends too soon would pass for the whole: rather none is made."""
    monkeypatch.setattr(audit_reading, "MOST_EXPORTED", 5)
    monkeypatch.setattr(audit_reading, "_AT_ONCE", 2)
    for number in range(5):
        _write(scene, "counted", "queue", None, number=number)
    reader, wanted = scene.people["administrator"], AuditFilter(verb="counted")
    assert len(book.export(reader, wanted).splitlines()) == 6
    _write(scene, "counted", "queue", None, number=5)
    with pytest.raises(Conflict, match="more than 5 rows"):
        book.export(reader, wanted)


def test_what_is_no_verb_and_no_kind_is_refused_and_not_written_down(scene: Scene, book: AuditBook) -> None:
    """The audit holds no comment's words, not even where somebody pastes them into a search."""
    for wanted in (
        AuditFilter(verb="I know where that nurse parks!"),
        AuditFilter(object_type="I know where"),
        AuditFilter(object_id=3),
    ):
        with pytest.raises(NotFound):
            book.search(scene.people["administrator"], wanted)
    assert scene.audited("audit_searched") == []


def test_a_page_costs_the_same_few_statements_however_many_rows_it_shows(
    scene: Scene, book: AuditBook
) -> None:
    """Neither people nor cases are read row by row."""
    for number in range(40):
        case_id, *_ = scene.case(str(number))
        scene.review.show(scene.reviewer, case_id)
        _write(scene, "told", "queue", None, case_id=case_id)
    sent: list[int] = []
    for limit in (2, 100):
        with statements(scene.store) as seen:
            page = book.search(scene.people["senior_reviewer"], limit=limit)
        assert len(page.rows) == limit
        sent.append(len(seen))
    assert sent[0] == sent[1] <= 16
