"""Destroying what was approved: the bag goes, a stub stays, and nothing that came in between is destroyed."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from sqlalchemy import select, update

from tests.unit.evidence.keeping.estate import DAY, WORDS, Estate, Kept, done
from tests.unit.evidence.keeping.hindrances import HINDRANCES, hinder
from worker.cli.case_text import tell_case
from worker.cli.show import when
from worker.errors import EvidenceFault
from worker.evidence.keeping.removal import remove, remove_export
from worker.steps import unobserved
from worker.store import tables as t


def test_an_approved_case_leaves_a_stub_and_nothing_else(estate: Estate) -> None:
    """The bag and the words are gone; who approved it, when and why, and the bag's hashes stay."""
    kept, bystander = estate.due(), estate.decided()
    bag = estate.bag(kept)
    estate.keeping.approve(kept.case_id, estate.officer, "Nobody needs it any more.")
    assert bag.exists()
    estate.carry_out(kept)
    (row,) = estate.snapshots(kept)
    assert not bag.exists()
    assert (row.state, row.destroyed_by, row.manifest_sha256) == (
        "sealed",
        estate.officer.person_id,
        "1" * 64,
    )
    assert row.destroyed_at == estate.scene.clock.now()
    assert row.destroyed_reason == "not_upheld, disposal 1: Nobody needs it any more."
    assert [each.state for each in estate.disposals(kept)] == ["done"]
    assert estate.verbs("snapshot", row.id) == ["destroyed", "bag_removed"]
    assert _left_of(estate, kept) == set()
    assert estate.bag(bystander).exists()
    assert WORDS in (estate.revisions(bystander)[0].text or "")


def test_who_looks_later_is_told_that_it_was_erased(
    small: Estate, capsys: pytest.CaptureFixture[str]
) -> None:
    """Not "no text", as if nothing had been said: the case shows when its words were erased."""
    kept = small.approved()
    small.carry_out(kept)
    view = small.scene.review.show(small.scene.reviewer, kept.case_id)
    assert [revision.erased_at for revision in view.revisions] == [small.scene.clock.now()]
    tell_case(view)
    shown = capsys.readouterr().out
    assert f"(erased {when(small.scene.clock.now())}; what it said is not kept)" in shown
    assert "(no text)" not in shown


def _left_of(estate: Estate, kept: Kept) -> set[str]:
    """Where any of a comment's words can still be read in the tables."""
    with estate.store.read() as session:
        comment = session.get_one(t.Comment, kept.comment_id)
        author = session.get_one(t.Author, kept.author_id)
        revisions = session.scalars(select(t.Revision).where(t.Revision.comment_id == kept.comment_id)).all()
        findings = session.scalars(
            select(t.Finding).where(t.Finding.revision_id.in_([row.id for row in revisions]))
        ).all()
        assert author.external_id == f"erased:{author.id}"
        assert all(row.erased_at is not None and row.flaws == ["odd"] for row in revisions)
        held = {
            "permalink": comment.permalink, "handle": author.handle, "name": author.name,
            "text": "".join(row.text or "" for row in revisions),
            "raw": b"".join(row.raw for row in revisions),
            "media": "".join(str(row.media) for row in revisions if row.media),
            "matched": "".join(row.matched for row in findings),
        }  # fmt: skip
    return {name for name, value in held.items() if value}


def test_carrying_out_twice_is_harmless(small: Estate) -> None:
    """A job that runs again finds nothing to do, and writes nothing."""
    kept = small.approved()
    small.carry_out(kept)
    before = small.scene.count(t.Audit)
    small.carry_out(kept)
    assert small.scene.count(t.Audit) == before


@pytest.mark.parametrize("hindrance", HINDRANCES)
def test_what_came_in_the_way_after_the_approval_stops_it(small: Estate, hindrance: str) -> None:
    """Everything is asked again before anything is destroyed: then a person looks at it again."""
    kept = small.approved()
    hinder(small, kept, hindrance)
    small.carry_out(kept)
    assert small.bag(kept).exists()
    assert {row.destroyed_at for row in small.snapshots(kept)} == {None}
    assert {row.erased_at for row in small.revisions(kept)} == {None}
    assert [(row.state, row.decided_by) for row in small.disposals(kept)] == [("proposed", None)]
    with small.store.read() as session:
        why = session.scalars(select(t.Audit.detail).where(t.Audit.verb == "disposal_stopped")).one()["why"]
    assert why


def test_an_approval_ends_with_the_right_to_give_it(small: Estate) -> None:
    """Whoever approved and may not any more has approved nothing."""
    kept = small.approved()
    with small.store.write() as session:
        session.execute(update(t.Person).where(t.Person.id == small.officer.person_id).values(active=False))
    small.carry_out(kept)
    assert small.bag(kept).exists()
    assert [row.state for row in small.disposals(kept)] == ["proposed"]


def test_a_case_kept_meanwhile_keeps_the_others_about_its_comment(small: Estate) -> None:
    """An action of one case may rest on evidence of another: neither goes without the other."""
    kept = small.approved()
    with small.store.write() as session:
        other = t.Case(
            comment_id=kept.comment_id, revision_id=kept.revision_id, state="decided", severity="routine",
            severity_rank=3, priority=1, opened_at=small.scene.clock.now(), due_at=small.scene.clock.now(),
            closed_at=small.scene.clock.now(),
        )  # fmt: skip
        session.add(other)
        session.flush()
        session.add(
            t.Decision(
                case_id=other.id, revision_id=kept.revision_id, person_id=small.officer.person_id,
                verdict="not_upheld", why_not="criticism", reason="Judged.",
                decided_at=small.snapshots(kept)[0].asked_at,
            )
        )  # fmt: skip
        session.add(
            t.Snapshot(
                case_id=other.id, comment_id=kept.comment_id, revision_id=kept.revision_id, kind="core",
                state="pending", asked_at=small.scene.clock.now(),
            )
        )  # fmt: skip
    small.seal(kept.comment_id)
    small.carry_out(kept)
    assert {row.destroyed_at for row in small.snapshots(kept)} == {None}
    with small.store.read() as session:
        detail = session.scalars(select(t.Audit.detail).where(t.Audit.verb == "disposal_stopped")).one()
    assert detail["why"] == [f"case {kept.case_id + 1} about the same comment is kept"]


def test_every_copy_of_a_destroyed_bag_goes(small: Estate) -> None:
    """What dead attempts left half built or set aside held the same words: it goes with the bag."""
    kept = small.approved()
    number, bag = small.snapshots(kept)[0].id, small.bag(kept)
    copies = [
        small.bags / ".building" / f"{number}-0011",
        small.bags / ".building" / f"destroyed-{number}-0022",
        small.bags / "orphans" / f"{bag.name}-0033",
    ]
    strangers = [small.bags / ".building" / f"{number}1-0044", small.bags / "orphans" / f"{bag.name}1-0055"]
    for folder in (*copies, *strangers):
        (folder / "data").mkdir(parents=True)
        (folder / "data" / "report.html").write_text(WORDS)
    small.carry_out(kept)
    assert not any(folder.exists() for folder in (bag, *copies))
    assert all(folder.exists() for folder in strangers)


def test_a_planted_link_is_taken_away_and_not_followed(small: Estate, tmp_path: Path) -> None:
    """A link in a bag's place must not lead the destruction to somebody else's files."""
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    (elsewhere / "precious").write_text("kept")
    elsewhere.chmod(0o500)
    kept = small.approved()
    bag = small.bag(kept)
    bag.rename(bag.with_name("moved"))
    bag.symlink_to(elsewhere)
    small.carry_out(kept)
    assert not os.path.lexists(bag)
    assert (elsewhere / "precious").read_text() == "kept"
    assert elsewhere.stat().st_mode & 0o777 == 0o500


def test_a_row_that_names_another_bag_destroys_nothing(small: Estate) -> None:
    """A row that was altered to name a neighbour's bag does not take that bag along."""
    kept = small.case(seal=False)
    with small.store.write() as session:
        row = session.scalars(select(t.Snapshot)).one()
        row.state, row.sealed_at, row.bag = "sealed", small.scene.clock.now(), "2026/11/somebody-elses"
        row.source, row.manifest_sha256, row.tagmanifest_sha256 = "polled", "1" * 64, "2" * 64
    small.decide(kept, "not_upheld")
    small.scene.clock.move(90 * DAY)
    small.keeping.propose()
    small.keeping.approve(kept.case_id, small.officer, "Its time is up.")
    with pytest.raises(EvidenceFault, match="not its own"):
        small.carry_out(kept)
    assert small.snapshots(kept)[0].destroyed_at is None
    assert small.revisions(kept)[0].text == WORDS


def test_a_bag_that_cannot_be_removed_is_told_and_tried_again(
    small: Estate, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The job is not done before the bag is off the disk, however often that fails."""
    kept = small.approved()
    finished: list[object] = []
    with monkeypatch.context() as broken:
        broken.setattr("shutil.rmtree", _refuse)
        with pytest.raises(EvidenceFault, match="could not be removed"):
            small.keeping.carry_out(kept.comment_id, finished.append)
    assert not finished
    assert "bag_removed" not in small.verbs("snapshot", small.snapshots(kept)[0].id)
    small.keeping.carry_out(kept.comment_id, finished.append)
    assert len(finished) == 1
    assert list((small.bags / ".building").iterdir()) == []


def _refuse(*_: object) -> None:
    raise PermissionError(13, "Permission denied")


def test_a_store_that_cannot_be_written_is_noticed_before_anything_is_destroyed(
    small: Estate, monkeypatch: pytest.MonkeyPatch
) -> None:
    """No row says destroyed where the bag could not follow."""
    kept = small.approved()
    monkeypatch.setattr("os.access", lambda *_: False)
    with pytest.raises(EvidenceFault, match="cannot be written to"):
        small.carry_out(kept)
    assert small.snapshots(kept)[0].destroyed_at is None
    assert [row.state for row in small.disposals(kept)] == ["approved"]


def test_our_copies_of_hand_overs_go_with_the_evidence(small: Estate) -> None:
    """A file made for the police years ago holds the same words: our copy goes, other cases' files stay."""
    kept, other = small.decided(), small.decided()
    for each in (kept, other):
        end = hinder(small, each, "export approved")
        assert end is not None
        end()
    with small.store.write() as session:
        names = list(session.scalars(select(t.Export.file_name).order_by(t.Export.id)))
    folder = small.keeping.exports
    folder.mkdir()
    for name in names:
        (folder / str(name)).write_text(WORDS)
    small.scene.clock.move(90 * DAY)
    small.keeping.propose()
    small.keeping.approve(kept.case_id, small.officer, "Its time is up.")
    small.carry_out(kept)
    assert [path.name for path in folder.iterdir()] == names[1:]
    assert small.verbs("export", 1) == ["export_file_removed"]
    assert small.verbs("export", 2) == []


@pytest.mark.parametrize("name", ["../precious", "", "a/b.zip"])
def test_an_exports_row_cannot_lead_the_removal_elsewhere(small: Estate, name: str) -> None:
    """A row that was altered to name another file does not take that file along."""
    precious = small.bags.parent / "precious"
    precious.write_text("kept")
    with pytest.raises(EvidenceFault, match="outside the folder"):
        remove_export(small.keeping.exports, t.Export(id=1, file_name=name))
    assert precious.exists()


def test_only_a_destroyed_bag_is_removed(small: Estate) -> None:
    """The hand that removes files asks the row itself."""
    kept = small.decided()
    with pytest.raises(EvidenceFault, match="is not destroyed"):
        remove(small.keeping.shelf, small.snapshots(kept)[0], unobserved)
    assert small.bag(kept).exists()


def test_evidence_captured_after_a_disposal_is_disposed_of_in_its_turn(small: Estate) -> None:
    """Restoring a comment years later seals fresh evidence: it is found and proposed as well."""
    kept = small.approved()
    small.carry_out(kept)
    hinder(small, kept, "snapshot pending")
    small.seal(kept.comment_id)
    assert small.keeping.propose() == 1
    small.keeping.approve(kept.case_id, small.officer, "This too.")
    small.keeping.carry_out(kept.comment_id, done)
    assert all(row.destroyed_at is not None for row in small.snapshots(kept))
    assert [row.state for row in small.disposals(kept)] == ["done", "done"]
