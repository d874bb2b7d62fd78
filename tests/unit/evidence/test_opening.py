"""Opening one sealed file: who may, what nobody may, and that only what was sealed is shown."""

from __future__ import annotations

from io import BytesIO

import pytest
from sqlalchemy import select

from tests.unit.evidence.marked import Office, person, suspect
from tests.unit.evidence.test_supplements import PDF, picture, ready, run_job
from tests.unit.evidence.world import World, actor, add_case, done
from worker.errors import Conflict, EvidenceFault, NotAllowed, NotFound, NotYet
from worker.evidence.bag import sha256
from worker.evidence.opening import REPORT, Opening
from worker.ledger.audit import Actor
from worker.store import tables as t


def screenshot(world: World, content: bytes | None = None) -> int:
    """The snapshot of a person's own picture, sealed."""
    office = ready(world)
    content = picture() if content is None else content
    number = office.supplements().add(world.case_id, "mine.png", BytesIO(content), actor(world.store))
    run_job(office)
    return number


def change(world: World, name: str, content: bytes) -> None:
    """Alter a file of the sealed bag, as somebody with the disk would."""
    path = world.bag() / name
    path.parent.chmod(0o755)
    path.chmod(0o644)
    path.write_bytes(content)


def test_a_file_is_opened_as_it_was_sealed_and_the_look_is_in_the_audit(any_world: World) -> None:
    """Its bytes are the bag's; who looked at which file of which snapshot is recorded."""
    any_world.capture()
    opened = Opening(any_world.evidence).read(any_world.snapshot_id, REPORT, actor(any_world.store))
    assert opened.content == (any_world.bag() / "data" / REPORT).read_bytes()
    assert opened.kind == "page"
    assert any_world.audits("evidence_file_viewed") == [
        {"case_id": any_world.case_id, "file": REPORT, "sha256": sha256(opened.content)}
    ]


def test_what_a_snapshot_holds_is_listed_with_its_fingerprints(world: World) -> None:
    """Every file of the payload, the page for people first; nothing of a snapshot that is not sealed."""
    opening, who = Opening(world.evidence), actor(world.store)
    assert opening.show(world.case_id, who)[0].files == ()
    world.capture()
    (shown,) = opening.show(world.case_id, who)
    there = {path.name: path.read_bytes() for path in (world.bag() / "data").iterdir()}
    assert {each.name: each.sha256 for each in shown.files} == {
        name: sha256(content) for name, content in there.items()
    }
    assert {each.name: each.size for each in shown.files} == {name: len(each) for name, each in there.items()}
    assert shown.files[0].name == REPORT


@pytest.mark.parametrize(
    "name",
    [
        "",
        "nothing.png",
        "../manifest-sha256.txt",
        "..",
        "/etc/passwd",
        "./report.html",
        "data/report.html",
        "report.html\x00",
    ],
)
def test_only_a_name_in_the_manifest_leads_to_a_file(world: World, name: str) -> None:
    """No path that anybody sends is followed."""
    world.capture()
    with pytest.raises(NotFound):
        Opening(world.evidence).read(world.snapshot_id, name, actor(world.store))


@pytest.mark.parametrize("altered", ["data/report.html", "manifest-sha256.txt"])
def test_an_altered_file_is_not_shown(world: World, altered: str) -> None:
    """Neither where the file differs from its list nor where the list was made to fit it."""
    world.capture()
    change(world, altered, b"<h1>nothing happened</h1>")
    with pytest.raises(EvidenceFault, match="not as it was sealed"):
        Opening(world.evidence).read(world.snapshot_id, REPORT, actor(world.store))
    assert not world.audits("evidence_file_viewed")


def test_a_list_made_to_fit_an_altered_file_is_found_out(world: World) -> None:
    """Whoever alters a file and its line in the manifest still does not have the row's fingerprint of it."""
    world.capture()
    other = b"<h1>nothing happened</h1>"
    old = sha256((world.bag() / "data" / REPORT).read_bytes())
    manifest = (world.bag() / "manifest-sha256.txt").read_text()
    change(world, f"data/{REPORT}", other)
    change(world, "manifest-sha256.txt", manifest.replace(old, sha256(other)).encode())
    with pytest.raises(EvidenceFault, match="list of files"):
        Opening(world.evidence).read(world.snapshot_id, REPORT, actor(world.store))


def test_what_is_not_sealed_or_was_destroyed_is_told_as_that(world: World) -> None:
    """A snapshot that waits has nothing to show; one that never was is told as missing."""
    opening, who = Opening(world.evidence), actor(world.store)
    with pytest.raises(Conflict, match="not sealed yet"):
        opening.read(world.snapshot_id, REPORT, who)
    with pytest.raises(NotFound):
        opening.read(404, REPORT, who)


@pytest.mark.parametrize("deed", ["read", "save", "reveal"])
def test_nobody_opens_what_is_suspected_imagery(any_world: World, deed: str) -> None:
    """Once marked, every way to a file is closed to everybody, at once, and the refusal is recorded."""
    number = screenshot(any_world)
    who = actor(any_world.store)
    suspect(Office(any_world))
    opening = Opening(any_world.evidence)
    with pytest.raises(NotAllowed, match="locked"):
        getattr(opening, deed)(number, "handed-in.png", who)
    assert any_world.audits("refused")[-1]["why"] == "NotAllowed"


def test_nothing_is_opened_between_a_mark_and_its_lock(any_world: World) -> None:
    """A process that dies before the copies are moved leaves them there: the mark alone closes them."""
    any_world.capture()
    who = actor(any_world.store)
    with any_world.store.write() as session:
        session.add(
            t.Mark(
                comment_id=any_world.comment_id, revision_id=any_world.revision_id, mark="suspected_csam",
                marked_by=who.person_id, marked_at=any_world.clock.now(),
            )
        )  # fmt: skip
    assert (any_world.bag() / "data" / REPORT).exists()
    with pytest.raises(NotAllowed, match="locked"):
        Opening(any_world.evidence).read(any_world.snapshot_id, REPORT, who)
    assert not any_world.audits("evidence_file_viewed")


def test_a_record_without_any_copy_can_still_be_read(world: World) -> None:
    """The address, ids and times recorded of suspected imagery are shown: there is no copy in them."""
    world.capture()
    office = Office(world)
    suspect(office)
    with world.store.read() as session:
        newest = session.scalars(select(t.Snapshot.id).order_by(t.Snapshot.id.desc()).limit(1)).one()
    world.evidence.capture(newest, done)
    opened = Opening(world.evidence).read(newest, REPORT, actor(world.store))
    assert b"17001" in opened.content


def test_pictures_beside_a_locked_comment_are_not_shown(world: World) -> None:
    """A screenshot of the same thread may show what is locked; the comment's own words still can be read."""
    number = screenshot(world)
    case_id, *_ = add_case(world.store, "18000", "Steady on")
    Office(world).marking().mark(case_id, "suspected_csam", actor(world.store))
    opening, who = Opening(world.evidence), actor(world.store)
    with pytest.raises(NotAllowed, match="under the same post"):
        opening.read(number, "handed-in.png", who)
    assert opening.read(world.snapshot_id, REPORT, who).kind == "page"
    shown = {each.view.id: each.files for each in opening.show(world.case_id, who)}
    assert shown[number] == ()


def test_restricted_evidence_is_opened_by_those_it_is_kept_for(any_world: World) -> None:
    """An intimate image is shown to the officer and not to the reviewer, who could look before."""
    number = screenshot(any_world)
    reviewer, opening = person(any_world, "reviewer"), Opening(any_world.evidence)
    assert opening.read(number, "handed-in.png", reviewer).kind == "picture"
    Office(any_world).marking().mark(any_world.case_id, "intimate_image", actor(any_world.store))
    with pytest.raises(NotAllowed, match="restricted"):
        opening.read(number, "handed-in.png", reviewer)
    assert opening.read(number, "handed-in.png", actor(any_world.store)).content == picture()


def test_looking_needs_a_person_with_the_right(world: World) -> None:
    """Nobody in particular, and somebody of another office, see nothing."""
    world.capture()
    for who in (Actor(None, "web"), person(world, "pals"), person(world, "administrator")):
        with pytest.raises(NotAllowed):
            Opening(world.evidence).read(world.snapshot_id, REPORT, who)


def test_a_copy_is_for_those_who_may_fetch_evidence(world: World) -> None:
    """A reviewer looks and takes no copy with them; an officer saves, and that is recorded as what it is."""
    number = screenshot(world)
    opening, reviewer = Opening(world.evidence), person(world, "reviewer")
    with pytest.raises(NotAllowed):
        opening.save(number, "handed-in.png", reviewer)
    with pytest.raises(NotAllowed):
        opening.save(world.snapshot_id, REPORT, reviewer)
    assert opening.save(number, "handed-in.png", actor(world.store)).content == picture()
    assert [each["file"] for each in world.audits("evidence_file_saved")] == ["handed-in.png"]


def test_a_document_is_saved_by_whoever_may_look_at_it(world: World) -> None:
    """A PDF cannot be shown in its place: reading it takes saving it."""
    number = screenshot(world, PDF)
    assert Opening(world.evidence).save(number, "handed-in.pdf", person(world, "reviewer")).content == PDF


def test_who_asks_to_see_a_picture_clearly_is_recorded(world: World) -> None:
    """The reveal names the picture; what is no picture cannot be revealed."""
    number = screenshot(world)
    opening, who = Opening(world.evidence), actor(world.store)
    assert opening.reveal(number, "handed-in.png", who) == world.case_id
    assert [each["file"] for each in world.audits("picture_revealed")] == ["handed-in.png"]
    with pytest.raises(NotFound):
        opening.reveal(world.snapshot_id, REPORT, who)


def test_a_row_of_a_case_is_proved_and_no_other_cases_row(world: World) -> None:
    """The proof is of a row in this case's custody, for those who may verify the ledger and see the case."""
    world.capture()
    opening, who = Opening(world.evidence), actor(world.store)
    with world.store.read() as session:
        sealing = session.scalars(select(t.Audit.id).where(t.Audit.verb == "sealed")).one()
    with pytest.raises(NotYet):
        opening.prove(world.case_id, sealing, who)
    world.evidence.ledger.append_now()
    world.evidence.ledger.checkpoint(now=True)
    files = opening.prove(world.case_id, sealing, who)
    assert {"entry.json", "inclusion.txt", "how-to-check.txt"} <= set(files)
    assert world.audits("proved")[-1]["case_id"] == world.case_id
    other, *_ = add_case(world.store, "18001", "Something else")
    with pytest.raises(NotFound):
        opening.prove(other, sealing, who)
    with pytest.raises(NotAllowed):
        opening.prove(world.case_id, sealing, person(world, "reviewer"))
