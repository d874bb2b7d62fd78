"""Whoever reads the status learns of a case that somebody is kept from only that there is one."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from datetime import datetime, timedelta

import pytest
from sqlalchemy.orm import Session

from tests.unit.review.scene import START, Scene, make_scene
from tests.unit.review.test_appeals import logged
from tests.unit.summary.installation import settings
from worker import outbox
from worker.ledger import audit
from worker.ledger.audit import Actor
from worker.review.pages import PROMPT
from worker.store import tables as t
from worker.store.session import Store
from worker.summary.about_cases import without_numbers
from worker.summary.figures import read_figures
from worker.summary.status import Status, read_status
from worker.summary.weeks import Week

#: A number of a case or of what is about one, and what stands in a request, an appeal or a referral.
_TELLS = re.compile(
    r"(?i)\b(case|appeal|referral) \d|`upstander [^`]*\d|request to|by hand|zzdetail|platform report"
)
_LATER = timedelta(days=20)
_ACTS = "upstander act list --as NAME"
_CALLS = "upstander queue list --severity immediate_danger --as NAME"


def asked_for(session: Session, case_id: int, kind: str, state: str, now: datetime) -> None:
    """A request on a decided case that came to a state in which it needs a person."""
    case = session.get_one(t.Case, case_id)
    decision = session.query(t.Decision).filter_by(case_id=case_id).one()
    begins = state if state == "awaiting_approval" else "requested"
    row = t.RequestedAction(
        case_id=case.id,
        comment_id=case.comment_id,
        revision_id=case.revision_id,
        decision_id=decision.id,
        verdict="upheld",
        kind=kind,
        state=begins,
        detail="zzdetail",
        requested_by=decision.person_id,
        requested_at=now,
    )
    session.add(row)
    session.flush()
    if state in ("failed", "refused"):
        row.finished_at = now
    row.state = state


def request(kind: str, state: str) -> Callable[[Scene], int]:
    """A decided case with a request that needs a person."""

    def make(scene: Scene) -> int:
        case_id, _, revision_id = scene.case("1")
        scene.upheld(case_id, revision_id)
        with scene.store.write() as session:
            asked_for(session, case_id, kind, state, scene.clock.now())
        return case_id

    return make


def called(scene: Scene) -> int:
    """A case of immediate danger that nobody took."""
    return scene.case("1", severity="immediate_danger")[0]


def appealed(scene: Scene) -> int:
    """A decided case with an appeal that nobody decided."""
    case_id, _, revision_id = scene.case("1")
    scene.upheld(case_id, revision_id)
    logged(scene, case_id)
    return case_id


def referred(scene: Scene) -> int:
    """A case that was referred to somebody who does not answer."""
    case_id, _, revision_id = scene.case("1")
    with scene.store.write() as session:
        session.add(
            t.Referral(
                case_id=case_id,
                revision_id=revision_id,
                kind="police_101",
                recipient="The police",
                sees_words=True,
                sees_author=True,
                sees_evidence=False,
                sees_files=False,
                reason="They should know.",
                state="made",
                made_by=scene.reviewer.person_id,
                made_at=START,
                due_at=START + timedelta(hours=1),
            )
        )
    return case_id


def damaged(scene: Scene) -> int:
    """A case whose evidence was found not to be whole."""
    case_id, *_ = scene.case("1")
    with scene.store.write() as session:
        detail = {"looked_at": 1, "problems": 1}
        audit.record(
            session, Actor(None, "test"), "evidence_surveyed", "case", case_id, now=START, detail=detail
        )
    return case_id


def gave_up(scene: Scene) -> int:
    """A case that an error of a job names."""
    case_id, *_ = scene.case("1")
    with scene.store.write() as session:
        outbox.enqueue(session, "offsite", {}, now=START)
        job = session.query(t.Job).filter_by(kind="offsite").one()
        job.state, job.finished_at = "stuck", START
        job.last_error = f"The evidence of case {case_id} (bag 4-5) does not verify."
    return case_id


def looked_at(scene: Scene) -> Status:
    """The status."""
    return read_status(scene.store, scene.clock, settings())


def restrict(scene: Scene, case_id: int) -> None:
    """Keep a case for some."""
    with scene.store.write() as session:
        session.get_one(t.Case, case_id).restriction = "protected"


def note_conflict(scene: Scene, case_id: int) -> None:
    """Keep a case from somebody."""
    with scene.store.write() as session:
        session.add(
            t.Conflict(
                case_id=case_id,
                person_id=scene.second.person_id,
                reason="Named in it.",
                noted_by=scene.reviewer.person_id,
                noted_at=START,
            )
        )


@pytest.mark.parametrize("keep", [restrict, note_conflict])
@pytest.mark.parametrize(
    ("make", "found_with"),
    [
        (request("delete", "awaiting_approval"), _ACTS),
        (request("block", "by_hand"), _ACTS),
        (request("hide", "failed"), _ACTS),
        (request("hide", "requested"), _ACTS),
        (request("platform_report", "refused"), _ACTS),
        (request("platform_report", "requested"), _ACTS),
        (called, _CALLS),
        (appealed, "upstander appeal list --as NAME"),
        (referred, "upstander refer list --overdue --as NAME"),
        (damaged, "upstander evidence verify --all"),
        (gave_up, ""),
    ],
    ids=[
        "second",
        "by_hand",
        "failed",
        "waits",
        "report",
        "unmade",
        "danger",
        "appeal",
        "referral",
        "bag",
        "job",
    ],
)
def test_the_status_tells_of_a_kept_case_only_that_there_is_one(
    store: Store, make: Callable[[Scene], int], found_with: str, keep: Callable[[Scene, int], None]
) -> None:
    """No number, kind or reason, in words or JSON; those who may see it are told how to find it."""
    scene = make_scene(store)
    case_id = make(scene)
    scene.clock.move(_LATER)
    before = looked_at(scene)
    assert _TELLS.search(" ".join(before.problems)), "to whoever may know of it, it is said in full"
    keep(scene, case_id)
    after = looked_at(scene)
    assert len(after.problems) >= len(before.problems), "it is still told"
    new = " ".join(set(after.problems) - set(before.problems))
    assert re.search("(?i)restricted case", new)
    assert found_with in new
    everything = json.dumps(after.as_json())
    assert _TELLS.search(everything.replace("`upstander summary", "")) is None, everything
    assert after.evidence.checks.bad_cases == ()


def test_immediate_danger_is_shouted_of_a_kept_case_too(store: Store) -> None:
    """It stays the first thing said, with 999 and whether anybody was reached."""
    scene = make_scene(store)
    restrict(scene, called(scene))
    first = looked_at(scene).problems[0]
    assert first.startswith("IMMEDIATE DANGER: a restricted case has called since 9 November 2026 at 9:00am")
    assert PROMPT in first
    assert "NOBODY WAS REACHED" in first


def test_several_kept_cases_are_one_sentence_and_each_counts(store: Store) -> None:
    """No line a case, which would tell how much there is about each; the summary's number stays whole."""
    scene = make_scene(store)
    for name in ("1", "2"):
        case_id, _, revision_id = scene.case(name)
        scene.upheld(case_id, revision_id)
        with scene.store.write() as session:
            asked_for(session, case_id, "hide", "failed", scene.clock.now())
            asked_for(session, case_id, "delete", "failed", scene.clock.now())
        restrict(scene, case_id)
    said = [each for each in looked_at(scene).problems if "restricted" in each]
    assert said == [
        f"2 restricted cases need a person. Whoever may see them finds them with `{_ACTS}`.",
    ]
    with store.read() as session:
        week, now = Week.parse("2026-W46"), scene.clock.now()
        assert read_figures(session, week, now=now, late_after=_LATER).undone == 4


def test_a_number_is_taken_out_of_a_text_only_where_somebody_is_kept_from_the_case(store: Store) -> None:
    """What a person may be told stays; a number that is no case's does no harm."""
    scene = make_scene(store)
    kept, free = scene.case("1")[0], scene.case("2")[0]
    restrict(scene, kept)
    with store.read() as session:
        text = f"Case {kept}, case {free}, case {'9' * 40}."
        assert without_numbers(session, text) == f"a restricted case, case {free}, case {'9' * 40}."
