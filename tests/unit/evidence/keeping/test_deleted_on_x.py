"""What its author deleted on X: gone within a day where the Trust chose so, and on record either way."""

from __future__ import annotations

from dataclasses import replace

import pytest
from sqlalchemy import select

from tests.unit.evidence.keeping.estate import DAY, WORDS, Estate, Kept
from tests.unit.evidence.keeping.hindrances import hinder
from worker.review.opening import Opening
from worker.settings_evidence import Retention
from worker.store import tables as t

STRICT = Retention(x_deletions_within_24h=True)


@pytest.fixture
def strict(small: Estate) -> Estate:
    """An estate whose Trust follows X's terms."""
    small.retention = STRICT
    return small


def why(estate: Estate, kept: Kept) -> list[tuple[str, str]]:
    """What the audit says became of a deletion."""
    with estate.store.read() as session:
        rows = session.scalars(
            select(t.Audit)
            .where(t.Audit.object_type == "comment", t.Audit.object_id == kept.comment_id)
            .order_by(t.Audit.id)
        )
        return [(row.verb, row.detail["why"]) for row in rows]


def test_a_deletion_is_followed_where_the_setting_says_so(estate: Estate) -> None:
    """On X and nowhere else, and only what is gone there: erased, and that is on record."""
    estate.retention = STRICT
    gone, there = estate.comment(platform="x"), estate.comment(platform="x")
    elsewhere = estate.comment(platform="facebook")
    estate.gone(gone)
    estate.gone(elsewhere)
    assert estate.keeping.follow_x_deletions() == 1
    assert estate.keeping.follow_x_deletions() == 0
    assert estate.revisions(gone)[0].text is None
    assert {estate.revisions(each)[0].text for each in (there, elsewhere)} == {WORDS}
    assert why(estate, gone) == [("deleted_on_x_erased", "its author deleted it on X")]


def test_a_deletion_is_kept_for_the_usual_time_otherwise_and_told_once(estate: Estate) -> None:
    """With the setting off nothing is erased early; each deletion is told of once, a second one again."""
    kept = estate.comment(platform="x")
    estate.gone(kept)
    assert estate.keeping.follow_x_deletions() == 0
    assert estate.keeping.follow_x_deletions() == 0
    assert estate.revisions(kept)[0].text == WORDS
    ((verb, words),) = why(estate, kept)
    assert verb == "deleted_on_x_kept"
    assert "is off" in words
    estate.scene.clock.move(DAY)
    estate.gone(kept)
    estate.keeping.follow_x_deletions()
    assert len(why(estate, kept)) == 2


@pytest.mark.parametrize("needed", ["open case", "suspicion", "context"])
def test_a_deletion_does_not_take_what_is_needed(strict: Estate, needed: str) -> None:
    """An abuser's deletion removes neither an open case, nor a suspicion, nor the context of an open case."""
    if needed == "open case":
        kept = strict.case(platform="x")
    else:
        kept = strict.comment(platform="x", external_id="parent")
    if needed == "suspicion":
        hinder(strict, kept, "suspicion")
    if needed == "context":
        strict.case(platform="x", parent_external_id="parent")
    strict.gone(kept)
    strict.scene.clock.move(2 * DAY)
    assert strict.keeping.follow_x_deletions() == 0
    assert strict.keeping.propose() == 0
    assert strict.revisions(kept)[0].text == WORDS
    assert [verb for verb, _ in why(strict, kept)] == ["deleted_on_x_kept"]


def test_evidence_of_a_deleted_comment_goes_early_only_with_a_person(strict: Estate) -> None:
    """Not upheld and deleted: proposed at once, due within the day. Upheld: kept for its years."""
    dropped, upheld = strict.decided(platform="x"), strict.decided("upheld", "routine", platform="x")
    strict.gone(dropped)
    strict.gone(upheld)
    assert strict.keeping.follow_x_deletions() == 0
    assert strict.keeping.propose() == 1
    (row,) = strict.disposals(dropped)
    assert (row.retention_class, row.due_at) == ("deleted_on_x", strict.scene.clock.now() + DAY)
    strict.keeping.approve(dropped.case_id, strict.officer, "X's terms.")
    strict.carry_out(dropped)
    assert strict.revisions(dropped)[0].text is None
    assert strict.revisions(upheld)[0].text == WORDS
    assert "goes only after a person approved" in why(strict, upheld)[0][1]


def test_an_upheld_case_keeps_what_its_author_took_back_and_wrote_again(strict: Estate) -> None:
    """Upheld, reworded, not upheld, deleted: the first case keeps all; without it all may go at once."""
    for verdict, proposed in (("upheld", 0), ("not_upheld", 2)):
        first = strict.decided(verdict, "serious" if verdict == "upheld" else None, platform="x")
        strict.scene.clock.move(60 * DAY)
        revision = strict.edit(first, "milder words")
        opened = strict.scene.open(Opening(first.comment_id, revision, "routine", 1))
        strict.seal(first.comment_id)
        second = replace(first, case_id=opened[first.comment_id], revision_id=revision)
        strict.decide(second, "not_upheld")
        strict.scene.clock.move(40 * DAY)  # the first case's time alone is over, were it not upheld
        strict.gone(first)
        assert strict.keeping.propose() == proposed


def test_a_held_case_outlives_its_deletion(strict: Estate) -> None:
    """A legal hold beats the platform's terms."""
    kept = strict.decided(platform="x")
    strict.keeping.hold(kept.case_id, strict.officer, "A claim.")
    strict.gone(kept)
    strict.keeping.follow_x_deletions()
    assert strict.keeping.propose() == 0


def test_many_deletions_are_followed_page_by_page(small: Estate, monkeypatch: pytest.MonkeyPatch) -> None:
    """More deletions than one transaction takes are all followed in one run."""
    monkeypatch.setattr("worker.evidence.keeping.stage._AT_ONCE", 2)
    small.retention = STRICT
    for _ in range(5):
        small.gone(small.comment(platform="x"))
    assert small.keeping.follow_x_deletions() == 5
