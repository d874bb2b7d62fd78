"""Reports to platforms: prepared on sealed evidence alone, and a packet that shows no more than it may."""

from __future__ import annotations

import io
import threading
from datetime import timedelta

import pytest
from sqlalchemy import select

from connectors.contract import ActionRequest, Receipt
from tests.judging import said
from tests.unit.action.errands import WORDS, Errands
from tests.unit.action.reporting import Desk
from tests.unit.evidence.test_supplements import picture
from worker.action.packet import PRESERVATION
from worker.errors import NotAllowed, NotFound, NotYet
from worker.evidence.bag import Hashes
from worker.evidence.instruction import instruction
from worker.evidence.receipts import ReceiptBook
from worker.ledger.audit import Actor
from worker.outbox import LeaseLost
from worker.review.reports import Filing
from worker.settings_evidence import Safeguarding
from worker.store import tables as t


@pytest.fixture
def desk(errands: Errands) -> Desk:
    """A case with sealed evidence, on either database."""
    return Desk(errands)


@pytest.fixture
def small_desk(small: Errands) -> Desk:
    """The same on SQLite alone."""
    return Desk(small)


def mark_suspected(desk: Desk) -> None:
    """Somebody suspects abuse imagery under the comment."""
    with desk.errands.scene.store.write() as session:
        session.add(
            t.Mark(
                comment_id=desk.errands.comment_id,
                revision_id=desk.errands.revision_id,
                mark="suspected_csam",
                marked_by=desk.reviewer.person_id,
                marked_at=desk.now,
            )
        )


def test_a_packet_is_prepared_on_a_receipt_and_no_platform_hears_of_it(desk: Desk) -> None:
    """Evidence before action (promise 1): verified just now, an action on that snapshot, a task to file."""
    asked = desk.ask()
    desk.prepare(asked)
    report, action = desk.newest(), desk.errands.action()
    assert action is not None
    assert (report.requested_action_id, report.state, report.category) == (asked, "prepared", "insult")
    assert (action.kind, action.calls, action.snapshot_state) == ("platform_report", 0, "sealed")
    assert desk.errands.asked(asked).state == "outside"
    assert desk.errands.town.calls == 0
    (verified,) = desk.errands.scene.audited("evidence_verified")
    assert verified.detail["action"] == "platform_report"
    (task,) = desk.tasks("report_to_file")
    assert (task.due_at - desk.now, task.about_id) == (timedelta(days=2), report.id)


def test_preparing_again_prepares_nothing_twice(desk: Desk) -> None:
    """A job that comes twice, or two at once, leave one report and one action."""
    asked = desk.ask()
    threads = [threading.Thread(target=desk.prepare, args=(asked,)) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    desk.prepare(asked)
    scene = desk.errands.scene
    assert (scene.count(t.PlatformReport), scene.count(t.Action), len(desk.tasks("report_to_file"))) == (
        1,
        1,
        1,
    )


def test_no_packet_before_the_evidence_is_sealed(waiting: Errands) -> None:
    """Without a sealed snapshot it waits, and nothing is there meanwhile."""
    desk = Desk(waiting)
    asked = desk.ask()
    with pytest.raises(NotYet):
        desk.prepare(asked)
    assert (waiting.action(), waiting.scene.count(t.PlatformReport)) == (None, 0)
    waiting.seal()
    desk.prepare(asked)
    assert desk.newest().state == "prepared"


def test_damaged_evidence_gives_no_packet(small_desk: Desk) -> None:
    """A snapshot that does not verify gives no receipt, and so no report; the person reads why."""
    asked = small_desk.ask()
    for custody in small_desk.errands.bags.glob("2*/*/*/data/custody.json"):
        custody.chmod(0o644)
        custody.write_bytes(b"{}")
    small_desk.prepare(asked)
    refused = small_desk.errands.asked(asked)
    assert (refused.state, small_desk.errands.action()) == ("refused", None)
    assert "does not verify" in (refused.detail or "")


def test_a_receipt_that_was_used_up_gives_no_packet(
    small_desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The gate is asked, not only the evidence: whatever it refuses is not prepared."""
    asked = small_desk.ask()
    issue = ReceiptBook.issue

    def used_up(book: ReceiptBook, request: ActionRequest, hashes: Hashes) -> Receipt:
        receipt = issue(book, request, hashes)
        book.admit(request, receipt)
        return receipt

    monkeypatch.setattr(ReceiptBook, "issue", used_up)
    small_desk.prepare(asked)
    assert (small_desk.errands.asked(asked).state, small_desk.errands.action()) == ("refused", None)
    assert "used before" in (small_desk.errands.asked(asked).detail or "")


@pytest.mark.parametrize("how", ["overturned", "edited", "gone"])
def test_what_is_not_wanted_any_more_is_not_prepared(small_desk: Desk, how: str) -> None:
    """A corrected decision, other words (promise 4) or a comment that is gone: refused, in words."""
    asked, errands = small_desk.ask(), small_desk.errands
    if how == "overturned":
        small_desk.overturn()
    elif how == "edited":
        errands.scene.edit(errands.comment_id, "other words")
    else:
        with errands.scene.store.write() as session:
            session.get_one(t.Comment, errands.comment_id).gone_at = small_desk.now
    small_desk.prepare(asked)
    assert (errands.asked(asked).state, errands.action()) == ("refused", None)


def test_the_same_words_are_not_reported_twice(small_desk: Desk) -> None:
    """A corrected decision may ask again for what is under way: one packet stays one."""
    first, errands = small_desk.prepared(), small_desk.errands
    with errands.scene.store.read() as session:
        latest = session.scalars(select(t.Decision.id)).one()
    errands.scene.review.decide(
        errands.scene.reviewer,
        errands.case_id,
        errands.revision_id,
        "upheld",
        categories=["hate"],
        severity="serious",
        reason="It is hate.",
        actions=("platform_report",),
        supersedes=latest,
        particulars=said("upheld"),
    )
    asked = errands.newest()
    small_desk.prepare(asked)
    assert errands.asked(asked).state == "refused"
    assert f"Report {first}" in (errands.asked(asked).detail or "")
    assert small_desk.problems() == ""


def test_a_job_that_was_taken_over_writes_nothing(small_desk: Desk) -> None:
    """Whoever lost the job leaves no half report behind."""
    asked = small_desk.ask()

    def taken_over(_session: object) -> None:
        raise LeaseLost("taken over")

    with pytest.raises(LeaseLost):
        small_desk.stages.preparing.prepare(asked, taken_over)
    assert (small_desk.errands.action(), small_desk.errands.asked(asked).state) == (None, "requested")


def test_the_packet_has_what_the_platforms_form_asks_for(desk: Desk) -> None:
    """Address, ids, reason, words, evidence hash, steps; for a serious case the note about preservation."""
    number = desk.prepared()
    packet = desk.stages.packets.show(desk.reviewer, number)
    with desk.errands.scene.store.read() as session:
        snapshot = session.scalars(select(t.Snapshot).where(t.Snapshot.kind == "core")).one()
    assert packet.held is not None
    assert (packet.held.snapshot_id, packet.held.manifest_sha256) == (snapshot.id, snapshot.manifest_sha256)
    assert (packet.comment_id, packet.author_id, packet.author_handle) == ("1", "777", "someone")
    assert (packet.platform, packet.words, packet.reason) == ("Facebook", WORDS, "Bullying or harassment")
    assert (packet.unwanted, packet.instruction) == (None, ())
    assert len(packet.steps) > 2
    assert PRESERVATION in packet.notes
    (look,) = [row for row in desk.errands.scene.audited("viewed") if row.object_type == "platform_report"]
    assert look.detail["case_id"] == desk.errands.case_id
    assert WORDS not in str(look.detail)


@pytest.mark.parametrize("by", ["mark", "restriction"])
def test_a_packet_of_suspected_imagery_has_address_ids_and_times_only(desk: Desk, by: str) -> None:
    """Promise 8: no words, handle, hash or steps, and the fixed instruction in their place."""
    number = desk.prepared()
    if by == "mark":
        mark_suspected(desk)
    else:
        with desk.errands.scene.store.write() as session:
            session.get_one(t.Case, desk.errands.case_id).restriction = "imagery"
    senior = desk.errands.scene.people["senior_reviewer"]
    packet = desk.stages.packets.show(senior, number)
    assert packet.instruction == instruction(Safeguarding())
    assert (packet.words, packet.author_handle, packet.held, packet.form) == (None, None, None, None)
    assert (packet.steps, packet.pictures, packet.link) == ((), 0, None)
    assert (packet.comment_id, packet.author_id) == ("1", "777")


def test_a_packet_of_an_overturned_decision_says_so_first(desk: Desk) -> None:
    """Nobody files a report against somebody whose comment was let stand."""
    number = desk.prepared()
    desk.overturn()
    packet = desk.stages.packets.show(desk.reviewer, number)
    assert (packet.state, packet.unwanted) == (
        "withdrawn",
        "The decision behind it was overturned before it was filed.",
    )


def test_a_packet_minds_what_changed_since(small_desk: Desk) -> None:
    """An edit and a removal are told; the words are still those that were judged and sealed."""
    number, errands = small_desk.prepared(), small_desk.errands
    errands.scene.edit(errands.comment_id, "other words")
    with errands.scene.store.write() as session:
        session.get_one(t.Comment, errands.comment_id).gone_at = small_desk.now
    packet = small_desk.stages.packets.show(small_desk.reviewer, number)
    notes = " ".join(packet.notes)
    assert packet.words == WORDS
    assert "changed since" in notes
    assert "found to be gone" in notes


def test_who_may_not_see_the_case_sees_no_packet(small_desk: Desk) -> None:
    """The right and the access are both asked for, and a refusal leaves a trace."""
    number, scene = small_desk.prepared(), small_desk.errands.scene
    with scene.store.write() as session:
        session.get_one(t.Case, small_desk.errands.case_id).restriction = "manager"
    for person in (scene.people["communications_lead"], small_desk.reviewer, Actor(None, "test")):
        with pytest.raises(NotAllowed):
            small_desk.stages.packets.show(person, number)
    assert len(scene.audited("refused")) == 3
    with pytest.raises(NotFound):
        small_desk.stages.packets.show(scene.people["senior_reviewer"], 99)


def test_a_screenshot_of_the_confirmation_is_sealed_as_evidence(small_desk: Desk) -> None:
    """The file is taken in as a supplement of the case and the report names it."""
    number = small_desk.prepared()
    filing = small_desk.stages.confirmed.file(
        small_desk.reviewer, number, Filing(small_desk.now), ("confirmation.png", io.BytesIO(picture()))
    )
    with small_desk.errands.scene.store.read() as session:
        snapshot = session.get_one(t.Snapshot, filing.screenshot_id)
    assert (snapshot.kind, snapshot.case_id) == ("supplement", small_desk.errands.case_id)
    assert (small_desk.newest().state, small_desk.newest().screenshot_id) == ("filed", snapshot.id)
