"""A decision says why not, about whom, with what effect, whose advice is wanted, and what it answers."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select, text
from sqlalchemy.exc import DBAPIError

from rules.schema import Characteristic
from tests.judging import said
from tests.unit.review.scene import Scene
from tests.unit.review.whole import decide, file_of, strict, tasks
from worker.errors import Conflict, NotAllowed
from worker.review.errors import DecisionIncomplete
from worker.review.guidance import load_guidance
from worker.review.law import NOT_ADVICE
from worker.review.particulars import Particulars
from worker.review.questions import Occasion
from worker.store import tables as t
from worker.store.deciding import CHARACTERISTICS

SHIPPED = load_guidance(Path(__file__).parents[3] / "config/reference")


def test_all_nine_characteristics_can_be_named() -> None:
    """The database's list is that of the rules, and one for where it does not show which."""
    assert set(CHARACTERISTICS) == {each.value for each in Characteristic} | {"unclear"}


@pytest.mark.parametrize(
    ("verdict", "particulars", "why"),
    [
        ("not_upheld", Particulars(), "says why not"),
        ("not_upheld", Particulars(why_not="boring"), "no why not boring"),
        ("not_upheld", said("not_upheld", target="staff"), "Only an upheld decision"),
        ("not_upheld", said("not_upheld", characteristics=("race",)), "Only an upheld decision"),
        ("needs_advice", Particulars(), "from whom"),
        ("needs_advice", Particulars(advice_from="other"), "say who that is"),
        ("upheld", said("upheld", target=None), "whom it is aimed at"),
        ("upheld", said("upheld", breaks_house_rules=None), "breaks the house rules"),
        ("upheld", said("upheld", may_be_offence="surely"), "may be an offence surely"),
        ("upheld", said("upheld", characteristics=("wealth",)), "no protected characteristic wealth"),
        ("upheld", said("upheld", characteristics=("race", "unclear")), "either named or unclear"),
        ("upheld", said("upheld", why_not="other"), "says why not"),
        ("upheld", said("upheld", effect=" "), "1 to 10000 characters"),
    ],
)
def test_what_a_verdict_needs_is_refused_where_it_is_missing(
    verdict: str, particulars: Particulars, why: str
) -> None:
    """Nothing is filled in for a person: what they did not say is asked for."""
    with pytest.raises(DecisionIncomplete, match=why):
        particulars.check(verdict)


def test_what_was_said_is_kept_and_shown(scene: Scene) -> None:
    """The file shows the particulars, the answers and the version of the law map that was shown."""
    whole = said(
        "upheld",
        target="named_staff",
        characteristics=("religion_belief", "race"),
        may_be_offence="unsure",
        effect="She asked not to work nights.",
        criticism_yet_upheld="The waiting time is criticism; the slur is not.",
        answers={"criticism_of_care": "yes"},
    )
    case_id = decide(scene, "upheld", whole, "hate")
    (shown,) = strict(scene).show(scene.reviewer, case_id).decisions
    assert shown.characteristics == ("race", "religion_belief")
    assert (shown.target, shown.may_be_offence, shown.breaks_house_rules) == ("named_staff", "unsure", True)
    assert (shown.effect, shown.answers) == (whole.effect, {"criticism_of_care": "yes"})
    assert shown.law_version == SHIPPED.law.version
    (row,) = scene.audited("decided")
    assert "nights" not in str(row.detail), "the audit holds no words"


def test_a_decision_without_its_mandatory_answers_is_refused_naming_them(scene: Scene) -> None:
    """Every question is named with the answers that there are, and nothing is decided."""
    case_id, _, revision_id = scene.case("1")
    with pytest.raises(DecisionIncomplete) as refusal:
        strict(scene).decide(
            scene.reviewer, case_id, revision_id, "upheld", reason="A threat.", categories=["threat"],
            severity="serious", particulars=said("upheld", answers={"criticism_of_care": "no"}),
        )  # fmt: skip
    assert "at_risk_now: Is anyone at risk now?" in str(refusal.value)
    assert "criticism_of_care:" not in str(refusal.value)
    assert '--answer "at_risk_now=yes|unsure|no"' in str(refusal.value.do)
    assert scene.count(t.Decision) == 0
    for wrong in ({"at_risk_now": "perhaps"}, {"weather": "yes"}):
        with pytest.raises(DecisionIncomplete):
            SHIPPED.questions.check(Occasion("upheld", frozenset(), frozenset(), None), wrong)


def test_a_plain_decision_not_to_uphold_stays_quick(scene: Scene) -> None:
    """Why not and a reason are enough where nothing grave was found."""
    decide(scene, "not_upheld", Particulars(why_not="criticism"))
    assert tasks(scene) == []


def test_criticism_is_upheld_only_with_a_word_about_what_goes_beyond_it(scene: Scene) -> None:
    """Criticism is not abuse (promise 10)."""
    yes = {"criticism_of_care": "yes"}
    with pytest.raises(DecisionIncomplete, match="criticism is not abuse"):
        decide(scene, "upheld", said("upheld", answers=yes), "insult")
    decide(
        scene, "upheld", said("upheld", answers=yes, criticism_yet_upheld="It names her children."), "insult"
    )


def test_somebody_at_risk_now_is_not_left_to_the_queue(scene: Scene) -> None:
    """999 first; the on-call manager has a task, and a case that still waits is immediate danger now."""
    answers = {"at_risk_now": "yes", "safeguarding": "no"}
    assert file_of(scene).prompts(answers)[0].startswith("If somebody is in danger now, call 999.")
    case_id = decide(scene, "needs_advice", said("needs_advice", advice_from="safeguarding", answers=answers))
    with scene.store.read() as session:
        case = session.get_one(t.Case, case_id)
        assert (case.severity, case.state) == ("immediate_danger", "needs_advice")
        assert session.scalars(select(t.Page.case_id)).all() == [case_id]
    assert set(tasks(scene)) == {("advice", "safeguarding_lead"), ("emergency", "on_call_manager")}


def test_a_child_at_risk_restricts_the_case_and_tells_the_safeguarding_lead(scene: Scene) -> None:
    """From then on it is for those whose work it is."""
    case_id = decide(
        scene, "not_upheld", said("not_upheld", answers={"safeguarding": "unsure"}, why_not="other")
    )
    assert tasks(scene) == [("safeguarding", "safeguarding_lead")]
    with pytest.raises(NotAllowed):
        scene.review.show(scene.reviewer, case_id)
    assert scene.review.show(scene.people["safeguarding_lead"], case_id).restriction == "safeguarding"


def test_an_identifiable_patient_is_flagged_and_information_governance_has_a_task(scene: Scene) -> None:
    """The flag stands on a case that still waits."""
    answers = {"patient_identifiable": "yes"}
    case_id = decide(scene, "needs_advice", said("needs_advice", answers=answers))
    assert ("patient", "evidence_officer") in tasks(scene)
    assert scene.review.show(scene.reviewer, case_id).flags == ("patient",)


def test_advice_is_a_task_until_the_case_is_decided_anew(scene: Scene) -> None:
    """Whoever is asked has two working days; a later decision ends that task."""
    case_id = decide(scene, "needs_advice", Particulars(advice_from="other", advice_who="The union"))
    with scene.store.read() as session:
        task = session.scalars(select(t.Task)).one()
        revision_id = session.get_one(t.Case, case_id).revision_id
    assert (task.for_role, (task.due_at - scene.clock.now()).days) == ("senior_reviewer", 2)
    scene.review.decide(
        scene.reviewer, case_id, revision_id, "not_upheld", reason="No.", particulars=said("not_upheld")
    )
    with scene.store.read() as session:
        assert session.get_one(t.Task, task.id).done_at is not None


def test_what_is_asked_is_shown_with_the_law_maps_prompts_and_never_as_advice(scene: Scene) -> None:
    """For a category that somebody means to choose too; the look is recorded."""
    case_id, *_ = scene.case("1")
    asking = file_of(scene).asking(scene.reviewer, case_id, verdict="upheld", categories=["defamation"])
    assert [each.id for each in asking.questions] == ["criticism_of_care"]
    (civil,) = [each for each in asking.provisions if each.id == "defamation"]
    assert any("48 hours" in clock for clock in civil.clocks)
    assert asking.not_advice == NOT_ADVICE
    assert [row.detail["part"] for row in scene.audited("viewed")] == ["questions"]


def test_notes_are_shown_in_their_order_and_empty_ones_are_none(scene: Scene) -> None:
    """Hostile or not, a note is kept as written; its words are not in the audit."""
    case_id, *_ = scene.case("1")
    for words in ("She has a brother here.", "Correction: a cousin."):
        file_of(scene).note(scene.reviewer, case_id, words)
    with pytest.raises(Conflict):
        file_of(scene).note(scene.reviewer, case_id, " \n")
    notes = scene.review.show(scene.reviewer, case_id).notes
    assert [note.text for note in notes] == ["She has a brother here.", "Correction: a cousin."]
    assert "brother" not in str([row.detail for row in scene.audited("noted")])


@pytest.mark.parametrize(
    "changes",
    [
        {"verdict": "not_upheld"},
        {"verdict": "needs_advice"},
        {"verdict": "upheld", "severity": "serious", "target": "staff", "may_be_offence": "no"},
        {"verdict": "upheld", "severity": "serious", "breaks_house_rules": True, "may_be_offence": "no"},
        {"verdict": "not_upheld", "why_not": "dull"},
        {"verdict": "not_upheld", "why_not": "other", "target": "staff"},
    ],
)
def test_the_database_takes_no_decision_that_is_not_whole(scene: Scene, changes: dict[str, Any]) -> None:
    """Whatever program writes it."""
    case_id, _, revision_id = scene.case("1")
    row = {"case_id": case_id, "revision_id": revision_id, "person_id": scene.reviewer.person_id}
    with pytest.raises(DBAPIError), scene.store.write() as session:
        session.add(t.Decision(reason="x", decided_at=scene.clock.now(), **row, **changes))


@pytest.mark.parametrize(
    "table", ["decision_answers", "decision_characteristics", "case_notes", "case_checks"]
)
def test_what_was_written_down_stays(scene: Scene, table: str) -> None:
    """Rows are only added, for the database too."""
    whole = said("upheld", characteristics=("sex",), answers={"criticism_of_care": "no"})
    case_id = decide(scene, "upheld", whole, "insult")
    file_of(scene).note(scene.reviewer, case_id, "Noted.")
    file_of(scene).tick(scene.reviewer, case_id, "earlier")
    with pytest.raises(DBAPIError), scene.store.write() as session:
        session.execute(text(f"DELETE FROM {table}"))
