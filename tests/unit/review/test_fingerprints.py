"""An upheld takedown teaches what to look out for; restoring it, or a corrected decision, unteaches it."""

from __future__ import annotations

from typing import Any

import pytest
from sqlalchemy import delete, select

from connectors.contract import Media
from tests.unit.intake.conftest import Bench, bench, comment, page, ruleset
from tests.unit.review.scene import Scene, make_scene
from worker.action.errand import load
from worker.action.outcome import Outcome
from worker.action.writing import write_outcome
from worker.evidence.standing import may_copy_media
from worker.review.access import conflicted
from worker.review.forgetting import forget_likeness
from worker.review.opening import Opening
from worker.review.pictures import note_pictures
from worker.review.recognising import Seen, recognise_picture
from worker.review.restricting import note_conflict, restrict_case
from worker.store import tables as t

__all__ = ["bench", "ruleset"]

INSULT = "Nurse Kelly Hargreaves on ward 7 is a lazy thieving cow who should be sacked"
#: No rule queues it: only what was taught can.
QUIET = "Kelly Hargreaves drives the blue Fiesta, parks behind the boiler house and leaves at nine"


@pytest.fixture
def town(bench: Bench) -> tuple[Bench, Scene]:
    """An intake, and people who review what it takes in."""
    return bench, make_scene(bench.store)


def _case(scene: Scene, external_id: str) -> t.Case | None:
    with scene.store.read() as session:
        return session.scalars(
            select(t.Case)
            .join(t.Comment, t.Comment.id == t.Case.comment_id)
            .where(t.Comment.external_id == external_id)
        ).one_or_none()


def _opened(scene: Scene, external_id: str) -> t.Case:
    """The case of a comment, opened by hand where no rule queued it."""
    if _case(scene, external_id) is None:
        with scene.store.read() as session:
            row = session.scalars(select(t.Comment).where(t.Comment.external_id == external_id)).one()
        assert row.revision_id is not None
        scene.open(Opening(row.id, row.revision_id, "routine", 40))
    case = _case(scene, external_id)
    assert case is not None
    return case


def _settled(scene: Scene, asked: int, *, hidden: bool) -> None:
    """A requested action ends as the platform, read again, says."""
    with scene.store.write() as session:
        outcome = Outcome("carried_out", "Done.", verified=True, hidden=hidden)
        write_outcome(session, load(session, asked), outcome, now=scene.clock.now())


def _taken_down(town: tuple[Bench, Scene], external_id: str, text: str, **more: Any) -> t.Case:
    """A comment that was queued, upheld as serious and hidden; its case."""
    bench, scene = town
    bench.poll(page(comment(external_id, text, **more), cursor=f"c{external_id}"))
    case = _opened(scene, external_id)
    scene.upheld(case.id, case.revision_id, actions=("hide",))
    with scene.store.read() as session:
        asked = session.scalars(
            select(t.RequestedAction.id).where(t.RequestedAction.case_id == case.id)
        ).one()
    _settled(scene, asked, hidden=True)
    return case


def _live(scene: Scene) -> list[t.Fingerprint]:
    with scene.store.read() as session:
        rows = select(t.Fingerprint).where(t.Fingerprint.withdrawn_at.is_(None)).order_by(t.Fingerprint.id)
        return list(session.scalars(rows))


@pytest.mark.parametrize(
    "disguised",
    [
        QUIET,
        QUIET.upper() + " \U0001f602\U0001f602",
        QUIET.replace("e", "е").replace("o", "о"),  # Cyrillic
        QUIET.replace("K e l l y", "Kelly").replace("Fiesta", "F-i-e-s-t-a").replace("i", "1"),
        f"{QUIET}. Share this!",
    ],
)
def test_what_was_taken_down_opens_a_case_when_it_is_back(town: tuple[Bench, Scene], disguised: str) -> None:
    """Whoever posts it again, however dressed, a person looks at once: linked to the first, as severe."""
    bench, scene = town
    first = _taken_down(town, "1", QUIET)
    bench.poll(page(comment("2", disguised, author="777"), cursor="later"))
    again = _case(scene, "2")
    assert again is not None
    assert (again.repost_of, again.severity, again.state) == (first.id, "serious", "open")
    with scene.store.read() as session:
        finding = session.scalars(
            select(t.Finding).where(
                t.Finding.revision_id == again.revision_id, t.Finding.category == "repost"
            )
        ).one()
        assert f"as case {first.id}" in finding.reason
        asked = session.scalars(
            select(t.RequestedAction.id).where(t.RequestedAction.case_id == again.id)
        ).all()
    assert not asked, "nothing is done to it until a person decides"


def test_other_words_thanks_and_what_was_only_upheld_bring_nothing_back(town: tuple[Bench, Scene]) -> None:
    """Words that differ, though about the same person, open nothing; nor does what was never taken down."""
    bench, scene = town
    _taken_down(town, "1", QUIET)
    _taken_down(town, "2", "thank you so much")
    bench.poll(
        page(
            comment("3", "Kelly Hargreaves on ward 7 was wonderful with my mum, we cannot thank her enough"),
            comment("4", "thank you so much", author="777"),
            comment("5", "thank you so very much for everything", author="501"),
            cursor="later",
        )
    )
    assert [_case(scene, each) for each in ("3", "4", "5")] == [None, None, None]
    bench.poll(page(comment("6", "Thank you SO much", author="501"), cursor="last"))
    assert _case(scene, "6") is not None, "the same author's very same words, however common, are known"


def test_restoring_it_or_correcting_the_decision_withdraws_the_fingerprint(
    town: tuple[Bench, Scene],
) -> None:
    """What a person gave back, or no longer upholds, is looked for no more."""
    bench, scene = town
    case = _taken_down(town, "1", QUIET)
    assert len(_live(scene)) == 1
    asked = scene.review.request_unhide(scene.reviewer, case.id, "Misread.")
    _settled(scene, asked, hidden=False)
    assert _live(scene) == []
    bench.poll(page(comment("2", QUIET, author="777"), cursor="later"))
    assert _case(scene, "2") is None
    other = _taken_down(town, "3", INSULT)
    with scene.store.read() as session:
        first = session.scalars(select(t.Decision.id).where(t.Decision.case_id == other.id)).one()
    scene.not_upheld(other.id, other.revision_id, supersedes=first)
    assert _live(scene) == []
    assert [len(scene.audited(f"fingerprint_{verb}")) for verb in ("taught", "withdrawn")] == [2, 2]


def test_what_a_person_does_not_uphold_is_known_by_its_very_words_only(town: tuple[Bench, Scene]) -> None:
    """One wrong neighbour must not fill the queue: from then on merely alike words open nothing."""
    bench, scene = town
    _taken_down(town, "1", QUIET)
    bench.poll(page(comment("2", f"{QUIET}. Share this!", author="777"), cursor="later"))
    again = _case(scene, "2")
    assert again is not None
    scene.not_upheld(again.id, again.revision_id)
    bench.poll(page(comment("3", f"{QUIET}. Tell all!", author="778"), cursor="more"))
    assert _case(scene, "3") is None
    bench.poll(page(comment("4", QUIET, author="779"), cursor="last"))
    assert _case(scene, "4") is not None


def test_a_picture_is_known_by_the_platforms_number_and_by_its_looks(town: tuple[Bench, Scene]) -> None:
    """The same picture under other words opens a case; one that was captured is known by its looks too."""
    bench, scene = town
    picture = Media(kind="image", external_id="m1", url=None, alt_text=None)
    bench.poll(page(comment("1", QUIET, media=(picture,)), cursor="c0"))
    opened = _opened(scene, "1")
    with scene.store.write() as session:
        session.add(
            t.PicturePrint(
                revision_id=opened.revision_id, case_id=opened.id, pdq="f" * 64, seen_at=scene.clock.now()
            )
        )
    first = _taken_down(town, "1", QUIET, media=(picture,))
    bench.poll(page(comment("2", None, author="777", media=(picture,)), cursor="later"))
    again = _case(scene, "2")
    assert again is not None
    assert again.repost_of == first.id
    seen = Seen("x", "9", "777", None, ())
    with scene.store.read() as session:
        found = recognise_picture(session, seen, "f" * 57 + "0" * 7)
        assert found is not None
        assert found.case_id == first.id
        assert recognise_picture(session, seen, "f" * 56 + "0" * 8) is None


def test_fingerprints_stay_as_they_were_taught(town: tuple[Bench, Scene]) -> None:
    """The database keeps what was taught and when it was withdrawn: no row goes, none is taken up again."""
    _, scene = town
    _taken_down(town, "1", QUIET)
    with pytest.raises(Exception, match=r"kept|denied"), scene.store.write() as session:
        session.execute(delete(t.Fingerprint))
    with scene.store.write() as session:
        session.scalars(select(t.Fingerprint)).one().withdrawn_at = scene.clock.now()
    with pytest.raises(Exception, match="stays as it was written"), scene.store.write() as session:
        session.scalars(select(t.Fingerprint)).one().withdrawn_at = None


def test_erased_words_leave_no_pieces_of_themselves(town: tuple[Bench, Scene]) -> None:
    """What like words are found by goes when the words are erased; the hash stays, and knows them again."""
    bench, scene = town
    case = _taken_down(town, "1", QUIET)
    assert scene.count(t.FingerprintBand) > 0
    with scene.store.write() as session:
        forget_likeness(session, select(t.Revision.id).where(t.Revision.comment_id == case.comment_id))
    assert (scene.count(t.TextBand), scene.count(t.FingerprintBand)) == (0, 0)
    with scene.store.read() as session:
        assert session.scalars(select(t.TextLead.sketch)).all() == [b""]
        assert session.scalars(select(t.Fingerprint.sketch)).all() == [None]
    bench.poll(page(comment("2", f"{QUIET}. Share this!", author="777"), cursor="more"))
    bench.poll(page(comment("3", QUIET, author="777"), cursor="later"))
    assert [_case(scene, each) is not None for each in ("2", "3")] == [False, True]


@pytest.mark.parametrize("kind", ["manager", "imagery"])
def test_what_brings_back_a_restricted_case_is_restricted_like_it(
    town: tuple[Bench, Scene], kind: str
) -> None:
    """Named roles see it too, a conflict of interest goes with it; no picture is copied where that is why."""
    bench, scene = town
    senior, concerned = scene.people["senior_reviewer"], scene.people["on_call_manager"].person_id
    assert concerned is not None
    first = _taken_down(town, "1", QUIET)
    note_conflict(scene.store, scene.clock, senior, first.id, concerned, "It is about them.")
    restrict_case(scene.store, scene.clock, senior, first.id, kind, "Named roles only.")
    bench.poll(page(comment("3", INSULT, author="778"), cursor="before"))
    _opened(scene, "3")
    bench.poll(
        page(comment("2", QUIET, author="777"), comment("3", QUIET, author="778"), cursor="later"),
    )
    for each in ("2", "3"):
        again = _case(scene, each)
        assert again is not None
        assert (again.repost_of, again.restriction) == (first.id, kind)
        with scene.store.read() as session:
            assert conflicted(session, again.id) == {concerned}
            assert may_copy_media(session, again.comment_id, unasked=True)[0] is (kind != "imagery")
            reason = session.scalars(
                select(t.Finding.reason).where(
                    t.Finding.revision_id == again.revision_id, t.Finding.category == "repost"
                )
            ).one()
        assert "as an earlier case, which" in reason, "its number is not for everybody"


def test_a_picture_that_brings_back_a_restricted_case_restricts_its_own(town: tuple[Bench, Scene]) -> None:
    """Known only once it was captured, it is kept for the same people from then on."""
    bench, scene = town
    bench.poll(page(comment("1", QUIET), cursor="c0"))
    opened = _opened(scene, "1")
    with scene.store.write() as session:
        note_pictures(session, opened.id, opened.revision_id, ["f" * 64], now=scene.clock.now())
    first = _taken_down(town, "1", QUIET)
    senior = scene.people["senior_reviewer"]
    restrict_case(scene.store, scene.clock, senior, first.id, "manager", "It accuses a manager.")
    bench.poll(page(comment("2", "Look at this", author="777"), cursor="later"))
    again = _opened(scene, "2")
    with scene.store.write() as session:
        note_pictures(session, again.id, again.revision_id, ["f" * 64], now=scene.clock.now())
    after = _case(scene, "2")
    assert after is not None
    assert (after.repost_of, after.restriction) == (first.id, "manager")
