"""What came of the rules, counted from what is stored; and trying a text, which stores nothing."""

from __future__ import annotations

from datetime import timedelta

import pytest

from rules.evaluate import RuleSet
from rules.load import load_ruleset
from rules.schema import RuleState
from tests.judging import procedure
from tests.quiet import statements, writes
from tests.unit.review.scene import CLOCKS, Scene
from worker.errors import NotAllowed, NotFound
from worker.review.case_file import CaseFile
from worker.review.looking_back import TooFarBack
from worker.review.rule_effects import MOST_BYTES, Effect, RuleEffects, TextTooLong, rows
from worker.settings_load import PROJECT
from worker.store import tables as t

THREAT = "I will find you and stab you in the car park"


@pytest.fixture(scope="module")
def ruleset() -> RuleSet:
    """The project's own rules."""
    return load_ruleset(PROJECT / "config" / "rules", PROJECT / "config" / "reference" / "categories.yaml")


@pytest.fixture
def effects(scene: Scene, ruleset: RuleSet) -> RuleEffects:
    """The stage."""
    return RuleEffects(scene.store, scene.clock, lambda: ruleset)


def _found(scene: Scene, revision_id: int, rule_id: str, version: int = 1, times: int = 1) -> None:
    with scene.store.write() as session:
        for place in range(times):
            session.add(
                t.Finding(
                    revision_id=revision_id,
                    rule_id=rule_id,
                    rule_version=version,
                    category="threat",
                    severity="serious",
                    span_start=place,
                    span_end=place + 1,
                    matched="x",
                    reason="As it says.",
                    characteristics=[],
                )
            )


def test_each_rule_is_told_with_what_people_made_of_its_cases(scene: Scene, effects: RuleEffects) -> None:
    """Findings, cases queued, and of those upheld, not upheld and waiting, by the decision that counts."""
    decided, _, first = scene.case("1")
    turned, _, second = scene.case("2")
    _, _, third = scene.case("3")
    advice, _, fourth = scene.case("4")
    _, unqueued = scene.comment("5", "Nobody answers the telephone")
    for revision_id in (first, second, third, fourth):
        _found(scene, revision_id, "threat.direct", times=2)
    _found(scene, first, "threat.direct", version=2)
    _found(scene, second, "insult.plain", version=3)
    _found(scene, unqueued, "complaint.plain")
    scene.upheld(decided, first)
    scene.not_upheld(turned, second, supersedes=None)
    earlier = scene.audited("decided")[-1].detail["decision_id"]
    scene.upheld(turned, second, supersedes=earlier)
    with scene.store.write() as session:
        session.get_one(t.Case, advice).state = "needs_advice"
    assert effects.table(scene.reviewer) == (
        Effect("complaint.plain", (1,), findings=1),
        Effect("insult.plain", (3,), findings=1, cases=1, upheld=1),
        Effect("threat.direct", (1, 2), findings=9, cases=4, upheld=2, not_upheld=0, waiting=2),
    )


def test_only_the_last_weeks_count(scene: Scene, effects: RuleEffects) -> None:
    """A comment of five weeks ago counts over six weeks, and not over four."""
    _, _, old = scene.case("1")
    _found(scene, old, "threat.direct")
    scene.clock.move(timedelta(weeks=5))
    assert effects.table(scene.reviewer, weeks=4) == ()
    assert [each.cases for each in effects.table(scene.reviewer, weeks=6)] == [1]
    for weeks in (0, -1, 27):
        with pytest.raises(TooFarBack, match="1 to 26 weeks"):
            effects.table(scene.reviewer, weeks=weeks)


def test_cases_that_are_kept_from_whoever_asks_do_not_count(scene: Scene, effects: RuleEffects) -> None:
    """Neither a number of cases nor one of findings says that there is a case somebody may not know of."""
    case_id, _, revision_id = scene.case("1")
    _found(scene, revision_id, "image.intimate")
    file = CaseFile(scene.store, scene.clock, procedure(CLOCKS))
    file.restrict(scene.reviewer, case_id, "manager", "It accuses a manager.")
    senior, admin = scene.people["senior_reviewer"], scene.people["administrator"]
    for person in (scene.reviewer, scene.people["evidence_officer"], admin):
        assert effects.table(person) == ()
    assert [(each.findings, each.cases) for each in effects.table(senior)] == [(1, 1)]
    file.note_conflict(senior, case_id, "The senior reviewer", "It is about them.")
    assert effects.table(senior) == ()


def test_only_those_who_may_read_the_rules_do(scene: Scene, effects: RuleEffects) -> None:
    """Whoever lacks the right sees no effect and tries no text; the attempt leaves a trace."""
    may = {"reviewer", "senior_reviewer", "on_call_manager", "communications_lead", "evidence_officer"}
    for role, person in scene.people.items():
        if role in may | {"administrator"}:
            effects.table(person)
            effects.loaded(person)
            effects.try_text(person, "Thank you")
            continue
        with pytest.raises(NotAllowed):
            effects.table(person)
        with pytest.raises(NotAllowed):
            effects.try_text(person, "Thank you")
        with pytest.raises(NotAllowed):
            effects.loaded(person)
    assert len(scene.audited("refused")) == 3 * (len(scene.people) - 6)


def test_one_rule_is_told_alone(scene: Scene, effects: RuleEffects, ruleset: RuleSet) -> None:
    """A rule of the files with what came of it, one that is in no file any more, and none that never was."""
    _, _, revision_id = scene.case("1")
    _found(scene, revision_id, "threat.direct")
    _found(scene, revision_id, "gone.rule")
    row = effects.row(scene.reviewer, "threat.direct")
    assert row.rule in ruleset.all_rules
    assert row.effect.cases == 1
    assert effects.row(scene.reviewer, "gone.rule").rule is None
    with pytest.raises(NotFound, match="no rule of that name"):
        effects.row(scene.reviewer, "never.was")
    assert effects.loaded(scene.reviewer) == ruleset.all_rules


def test_rules_stand_beside_what_came_of_them(ruleset: RuleSet) -> None:
    """Every rule has a row, also one that found nothing; what is in no file any more has one, too."""
    known = ruleset.all_rules[0]
    joined = rows(
        ruleset.all_rules, [Effect(known.id, (1,), findings=4), Effect("gone.rule", (2,), findings=1)]
    )
    by_id = {row.rule_id: row for row in joined}
    assert len(joined) == len(ruleset.all_rules) + 1
    assert [row.rule_id for row in joined] == sorted(by_id)
    assert (by_id[known.id].title, by_id[known.id].owner) == (known.title, known.owner)
    assert by_id[known.id].effect.findings == 4
    assert by_id[ruleset.all_rules[1].id].effect == Effect(ruleset.all_rules[1].id)
    gone = by_id["gone.rule"]
    assert (gone.rule, gone.title, gone.owner, gone.state, gone.review_date) == (
        None,
        "gone.rule",
        None,
        None,
        None,
    )
    assert by_id[known.id].state in {each.value for each in RuleState}


def test_a_text_is_tried_as_a_comment_would_be_and_nothing_of_it_is_kept(
    scene: Scene, effects: RuleEffects, ruleset: RuleSet
) -> None:
    """The verdict is that of the live rules with their spans; no transaction writes anything."""
    with writes(scene.store) as opened:
        verdict = effects.try_text(scene.reviewer, THREAT)
    assert opened == []
    assert verdict.queue
    assert all(each.matched == THREAT[each.start : each.end] for each in verdict.findings)
    assert {each.rule_id for each in verdict.findings} <= {rule.id for rule in ruleset.rules}
    assert scene.count(t.Finding) == 0
    assert not effects.try_text(scene.reviewer, "Thank you for looking after my mother").queue


def test_hostile_text_is_judged_or_refused_but_breaks_nothing(scene: Scene, effects: RuleEffects) -> None:
    """Up to 64 KB in UTF-8 are judged, also with characters that are none; more is refused unread."""
    assert effects.try_text(scene.reviewer, f"\ud800{THREAT}\x00").queue
    effects.try_text(scene.reviewer, "a" * MOST_BYTES)
    for text in ("a" * (MOST_BYTES + 1), "é" * (MOST_BYTES // 2 + 1)):
        with pytest.raises(TextTooLong, match="64 KB"):
            effects.try_text(scene.reviewer, text)


def test_the_table_costs_the_same_few_statements_however_many_cases_there_are(
    scene: Scene, effects: RuleEffects
) -> None:
    """Nothing is read case by case."""
    sent = []
    for number in range(2):
        for each in range(1 + 20 * number):
            _, _, revision_id = scene.case(f"{number}-{each}")
            _found(scene, revision_id, f"rule.{each}")
        with statements(scene.store) as seen:
            effects.table(scene.reviewer)
        sent.append(len(seen))
    assert sent[0] == sent[1] <= 12
