"""Capturing: what is in a core snapshot, and that it is sealed whatever the platform does."""

from __future__ import annotations

import json
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

from connectors.errors import ContentGone, CredentialsRejected, PlatformUnavailable, RateLimited
from tests.unit.evidence.world import (
    BODY,
    RAW,
    World,
    actor,
    add_case,
    add_revision,
    done,
    make_world,
    reading,
)
from worker.errors import EvidenceFault, NotFound
from worker.outbox import LeaseLost
from worker.store import tables as t
from worker.store.session import Store


def content(bag: Path, name: str) -> Any:
    """A JSON file of a bag's payload."""
    return json.loads((bag / "data" / name).read_bytes())


def test_a_case_is_sealed_with_the_reply_exactly_as_received(any_world: World) -> None:
    """The comment's own reply is kept byte for byte, with its head, and the row names bag and hashes."""
    row = any_world.capture()
    bag = any_world.bag()
    assert (row.state, row.source, row.bag) == ("sealed", "reread", f"2026/11/{row.case_id}-{row.id}")
    assert (bag / "data/api-response.json").read_bytes() == BODY
    assert (bag / "data/polled-item.json").read_bytes() == RAW
    head = content(bag, "api-response.headers.json")
    assert (head["status"], head["headers"][1]) == (200, ["ETag", '"abc"'])
    assert head["request"] == "GET https://graph.example.test/v25.0/17001"
    assert (bag / "data/author.json").read_bytes() == b'{"id":"a-1","name":"R. Person"}'


def test_custody_says_who_when_with_what_and_from_where(world: World) -> None:
    """Custody names the snapshot, its times, the software, the trigger, and the hash of every other file."""
    world.capture()
    custody = content(world.bag(), "custody.json")
    assert custody["snapshot"]["snapshot_id"] == world.snapshot_id
    assert custody["snapshot"]["revision_id"] == world.revision_id
    assert custody["triggered_by"] == {"person": None, "source": "capture"}
    assert custody["software"]["agent"].startswith("upstander/")
    assert custody["times"]["built_at"] == "2026-11-16T09:32:15+00:00"
    assert len(custody["polled"]["page_sha256"]) == 64
    assert set(custody["files"]) == {
        "api-response.json", "api-response.headers.json", "polled-item.json", "author.json", "context.json",
        "findings.json",
    }  # fmt: skip
    assert "secret.jpg" not in json.dumps(custody)


def test_context_is_the_thread_and_nobody_elses_words(world: World) -> None:
    """Post, what the comment answers and the answers under it are kept; other comments are not."""
    add_case(world.store, "17999", "An unrelated remark")
    world.capture()
    context = content(world.bag(), "context.json")
    assert context["post"]["text"] == "Our new ward is open"
    assert [item["text"] for item in context["above"]] == ["What does it cost?"]
    assert [item["text"] for item in context["below"]] == ["Steady on"]
    everything = b"".join(path.read_bytes() for path in (world.bag() / "data").iterdir())
    assert b"unrelated remark" not in everything


@pytest.mark.parametrize(
    ("fault", "words"),
    [
        (ContentGone("not there any more", status=404), "content_gone, HTTP 404"),
        (RateLimited("wait", until=None), "rate_limited"),
        (CredentialsRejected("token expired", status=401), "credentials_rejected"),
        (PlatformUnavailable("no answer"), "platform_unavailable"),
        (NotFound("There is no such credential."), "There is no such credential."),
        (KeyError("text of a comment"), "KeyError"),
        (reading(external_id="666"), "another comment"),
    ],
)
def test_a_threat_never_waits_for_a_platform(world: World, fault: Any, words: str) -> None:
    """Whatever the platform does, what was polled is sealed at once, and the bag says why."""
    world.platform.answer = fault
    row = world.capture()
    assert (row.state, row.source, world.platform.reads) == ("sealed", "polled", 1)
    custody = content(world.bag(), "custody.json")
    assert words in custody["why_polled"]
    assert "text of a comment" not in json.dumps(custody)
    assert (world.bag() / "data/polled-item.json").read_bytes() == RAW
    assert not (world.bag() / "data/api-response.json").exists()
    assert "not read again" in (world.bag() / "data/report.html").read_text()


def test_a_thread_is_kept_from_what_was_polled_where_the_platform_is_silent(world: World) -> None:
    """Without the platform, the answers under a comment and what it answers come from what was polled."""
    _, _, above, _ = add_case(world.store, "16000", "What does it cost?")
    _, _, below, _ = add_case(world.store, "18000", "Steady on")
    add_case(world.store, "19000", "An unrelated remark")
    with world.store.write() as session:
        session.get_one(t.Comment, above).parent_external_id = "15000"
        session.get_one(t.Comment, below).parent_external_id = "17001"
    world.platform.answer = ContentGone("gone")
    world.capture()
    context = content(world.bag(), "context.json")
    assert [item["text"] for item in context["above"]] == ["What does it cost?"]
    assert [item["text"] for item in context["below"]] == ["Steady on"]


def test_both_wordings_are_kept_where_it_was_edited_meanwhile(world: World) -> None:
    """An edit between poll and capture is kept beside the wording that the case is about, and said."""
    world.platform.answer = reading(text="I was only joking", body=b'{"text":"I was only joking"}')
    world.capture()
    page = (world.bag() / "data/report.html").read_text()
    assert content(world.bag(), "custody.json")["wording_changed"] is True
    assert (world.bag() / "data/polled-item.json").read_bytes() == RAW
    assert "The wording had changed when it was captured" in page
    assert "I was only joking" in page


@pytest.mark.parametrize("text", [None, "", "x" * 65_536, "a\u202eb\ufffdc"])
def test_a_flawed_comment_is_captured_too(sqlite: Store, tmp_path: Path, text: str | None) -> None:
    """No text, too much text or odd text: the evidence is sealed all the same, and verifies."""
    world = make_world(sqlite, tmp_path / "bags")
    _, snapshot_id, _, _ = add_case(sqlite, "17002", text, b"\x00\xff not even json")
    world.platform.answer = reading(text=text, external_id="17002")
    world.evidence.capture(snapshot_id, done)
    assert world.row(snapshot_id).state == "sealed"
    assert [result.problems for result in world.evidence.verify(None, actor(sqlite))] == [(), ()]


def test_capturing_twice_changes_nothing(any_world: World) -> None:
    """A job that runs again finds the row sealed, reads nothing, writes nothing, and is finished."""
    first = any_world.capture()
    finished: list[object] = []
    any_world.evidence.capture(any_world.snapshot_id, finished.append)
    second = any_world.row(any_world.snapshot_id)
    assert (first.sealed_at, first.manifest_sha256) == (second.sealed_at, second.manifest_sha256)
    assert (any_world.platform.reads, len(finished), len(any_world.audits("sealed"))) == (1, 1, 1)


def test_a_lost_lease_keeps_nothing_but_the_bag_which_the_next_attempt_adopts(any_world: World) -> None:
    """Result and end of the job are one transaction; the next attempt takes the same bag, no second one."""

    def lost(_session: object) -> None:
        raise LeaseLost("somebody else has it")

    with pytest.raises(LeaseLost):
        any_world.evidence.capture(any_world.snapshot_id, lost)
    assert any_world.row(any_world.snapshot_id).state == "pending"
    assert any_world.audits("sealed") == []
    row = any_world.capture()
    assert (row.state, row.source, any_world.platform.reads) == ("sealed", "reread", 1)
    assert [result.problems for result in any_world.evidence.verify(None, actor(any_world.store))] == [()]


def test_two_attempts_at_once_seal_one_bag(any_world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """Two processes at the same snapshot end with one bag, one sealed row and one audit row."""
    inner = any_world.evidence

    def other_attempt(_external_id: str, *, thread: bool = True) -> Any:
        monkeypatch.undo()
        inner.capture(any_world.snapshot_id, done)
        return reading()

    monkeypatch.setattr(any_world.platform, "read", other_attempt)
    row = any_world.capture()
    assert row.state == "sealed"
    assert len(any_world.audits("sealed")) == 1
    assert [result.problems for result in inner.verify(None, actor(any_world.store))] == [()]


def test_a_store_that_cannot_be_written_is_told_in_words(world: World) -> None:
    """Where nothing can be written the row stays pending and the error says what to do."""
    world.bags.write_text("not a folder")
    with pytest.raises(EvidenceFault, match=r"could not be written: .* No half bag counts"):
        world.capture()
    assert world.row(world.snapshot_id).state == "pending"


def test_a_fresh_snapshot_is_sealed_on_the_spot_for_a_restoring_action(any_world: World) -> None:
    """capture_now seals a second snapshot, names who asked, and leaves a job to finish it after a crash."""
    any_world.capture()
    person = actor(any_world.store)
    any_world.clock.move(timedelta(minutes=5))
    fresh = any_world.evidence.capture_now(any_world.case_id, person)
    row = any_world.row(fresh)
    assert (row.state, row.case_id, fresh != any_world.snapshot_id) == ("sealed", any_world.case_id, True)
    assert row.bag is not None
    custody = content(any_world.bags / row.bag, "custody.json")
    assert custody["triggered_by"] == {"person": person.person_id, "source": "cli"}
    with any_world.store.read() as session:
        job = session.scalars(select(t.Job)).one()
        assert (job.kind, job.payload) == ("capture", {"snapshot_id": fresh})
        assert job.due_at > any_world.clock.now()
    any_world.evidence.capture(fresh, done)
    assert len(any_world.audits("sealed")) == 2


def test_a_fresh_snapshot_is_of_the_wording_that_the_case_stands_at(world: World) -> None:
    """After an edit a fresh snapshot is about the newer revision."""
    with world.store.write() as session:
        comment = session.get_one(t.Comment, world.comment_id)
        newer = add_revision(session, comment, words="worse", number=2)
        session.get_one(t.Case, world.case_id).revision_id = newer.id
        newer_id = newer.id
    fresh = world.evidence.capture_now(world.case_id, actor(world.store))
    assert world.row(fresh).revision_id == newer_id


def test_showing_evidence_leaves_a_trace_and_says_what_is_wrong(any_world: World) -> None:
    """Every look at evidence is audited, and shows a damaged bag as damaged."""
    any_world.capture()
    person = actor(any_world.store)
    (view,) = any_world.evidence.show(any_world.case_id, person)
    assert view.report is not None
    assert view.report.is_file()
    assert view.problems == ()
    view.report.chmod(0o644)
    view.report.write_text("nothing was said")
    (view,) = any_world.evidence.show(any_world.case_id, person)
    assert "'data/report.html' was altered" in view.problems[0]
    assert len(any_world.audits("evidence_viewed")) == 2
    with pytest.raises(NotFound):
        any_world.evidence.show(404, person)
