"""Times before elections: read from the Trust's own table, whole days in London, shown to everybody."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, date, datetime
from pathlib import Path

import pytest
from jsonschema import Draft202012Validator
from ruamel.yaml import YAML

from tests.judging import said
from tests.unit.review.scene import CLOCKS, Scene
from worker.bootstrap.neutrality import periods_of, pre_election_of
from worker.errors import SettingsError
from worker.review.consequences import Procedure
from worker.review.elections import TABLE, Elections, Period, load_elections
from worker.review.errors import DecisionIncomplete
from worker.review.guidance import load_guidance
from worker.review.questions import PRE_ELECTION
from worker.settings import Settings
from worker.summary.modes import mode_problems
from worker.working_days import WorkingDays

REFERENCE = Settings().reference_dir
LOCAL = Period("Local elections 2027", date(2027, 3, 25), date(2027, 5, 6))


def write(folder: Path, words: str) -> Path:
    """A table in a folder of its own."""
    path = folder / TABLE
    path.write_text(words, encoding="utf-8")
    return path


def test_the_table_that_is_shipped_can_be_used_and_follows_its_schema() -> None:
    """What a Trust starts with has no errors, and its editor's schema says the same."""
    assert load_elections(REFERENCE / TABLE) == Elections()
    schema = Draft202012Validator(json.loads((REFERENCE / "elections.schema.json").read_text("utf-8")))
    given = YAML(typ="safe").load((REFERENCE / TABLE).read_text("utf-8"))
    assert list(schema.iter_errors(given)) == []


def test_both_days_are_whole_days_in_london(tmp_path: Path) -> None:
    """In summer time a period begins an hour before midnight UTC and ends an hour before it."""
    path = write(
        tmp_path,
        "pre_election_periods:\n  - {name: Local elections 2027, from: 2027-03-25, until: 2027-05-06}\n",
    )
    elections = load_elections(path)
    assert elections.period_at(datetime(2027, 3, 24, 23, 59, tzinfo=UTC)) is None
    assert elections.period_at(datetime(2027, 3, 25, 0, 0, tzinfo=UTC)) == LOCAL
    assert elections.period_at(datetime(2027, 5, 6, 22, 59, tzinfo=UTC)) == LOCAL
    assert elections.period_at(datetime(2027, 5, 6, 23, 0, tzinfo=UTC)) is None


@pytest.mark.parametrize(
    ("words", "told"),
    [
        ("periods: []\n", "elections.yaml:1: write `pre_election_periods:`"),
        ("pre_election_periods:\n  - name: A\n    from: 2027-03-25\n", "elections.yaml:2: period 1: write"),
        ("pre_election_periods:\n  - {name: A, from: soon, until: 2027-05-06}\n", "are days, written as"),
        ("pre_election_periods:\n  - {name: A, from: 2027-05-06, until: 2027-03-25}\n", "ends before it"),
        ("pre_election_periods:\n  - {name: '', from: 2027-03-25, until: 2027-05-06}\n", "give it a name"),
    ],
)
def test_what_is_wrong_is_told_with_its_line_and_shown_in_the_status(
    tmp_path: Path, words: str, told: str
) -> None:
    """A table with an error is a problem that the status shows; nobody's work stops over it."""
    with pytest.raises(SettingsError) as refused:
        load_elections(write(tmp_path, words))
    assert told in str(refused.value)
    settings = Settings(reference_dir=tmp_path)
    assert [told in problem for problem in mode_problems(settings)] == [True]
    assert not pre_election_of(settings)(datetime(2027, 4, 1, tzinfo=UTC))


def test_everybody_who_looks_at_the_queue_is_told(scene: Scene, tmp_path: Path) -> None:
    """While a period lasts, the queue bears a banner with its name and its end."""
    words = "pre_election_periods:\n  - name: A by-election\n    from: 2026-11-01\n    until: 2026-11-30\n"
    write(tmp_path, words)
    settings = Settings(reference_dir=tmp_path)
    review = replace(scene.review, period_at=periods_of(settings))
    assert pre_election_of(settings)(scene.clock.now())
    (banner,) = review.queue(scene.reviewer).banners
    assert "until 30 November 2026 (A by-election)" in banner


def test_a_hide_before_an_election_needs_a_reason_without_a_side(scene: Scene) -> None:
    """Whoever hides then confirms that the reason is the same for every party; who cannot, cannot hide."""
    asking = Procedure(
        5, lambda: load_guidance(REFERENCE), CLOCKS, WorkingDays, lambda _: frozenset({PRE_ELECTION})
    )
    review = replace(scene.review, procedure=asking)
    case_id, _, revision_id = scene.case("1")
    answers = {"criticism_of_care": "no"}

    def hide(**more: str) -> int:
        return review.decide(
            scene.reviewer,
            case_id,
            revision_id,
            "upheld",
            categories=["insult"],
            severity="concerning",
            reason="Insults a named nurse.",
            actions=["hide"],
            particulars=said("upheld", answers={**answers, **more}),
        )

    with pytest.raises(DecisionIncomplete, match="same_for_every_party"):
        hide()
    with pytest.raises(DecisionIncomplete, match="nothing to do with the election"):
        hide(same_for_every_party="no")
    assert hide(same_for_every_party="yes") > 0
