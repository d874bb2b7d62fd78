"""Evidence over real HTTP: both connectors, their simulated platforms, and the gate between."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

import pytest

from connectors.contract import Account, ActionKind, ActionRequest, Connector, Fate, Page, Platform, Receipt
from connectors.errors import ReceiptRefused
from connectors.facebook.connector import FacebookConnector
from connectors.graph.client import GraphCredentials
from connectors.options import ConnectorOptions
from connectors.sandbox.server import Sandbox
from connectors.x.client import XCredentials
from connectors.x.connector import XConnector
from tests.stores import sqlite_store
from tests.unit.evidence.world import actor, done, make_evidence
from worker.clock import SystemClock
from worker.errors import EvidenceFault
from worker.evidence.receipts import ReceiptBook, audit_refusals
from worker.evidence.stage import Evidence
from worker.store import tables as t
from worker.store.session import Store

WORDS = "You will be sorry <b>soon</b> \u202e & so on"


@dataclass
class Place:
    """One simulated platform with one polled comment whose case waits for its evidence."""

    sandbox: Sandbox
    store: Store
    evidence: Evidence
    connector: Connector
    account: Account
    token: str
    external_id: str
    comment_id: int
    revision_id: int
    snapshot_id: int

    @property
    def request(self) -> ActionRequest:
        """Hide the comment."""
        return ActionRequest(
            self.account, ActionKind.HIDE, self.comment_id, self.revision_id, self.external_id
        )

    def is_hidden(self) -> bool:
        """Whether the platform hides the comment now."""
        comment = self.sandbox.world.comment(self.account.platform.value, self.external_id)
        assert comment is not None
        return comment.hidden

    def sealed(self) -> Path:
        """Capture; the folder of the bag."""
        self.evidence.capture(self.snapshot_id, done)
        with self.store.read() as session:
            bag = session.get_one(t.Snapshot, self.snapshot_id).bag
        assert bag is not None
        return self.evidence.shelf.root / bag


@pytest.fixture(params=["x", "facebook"])
def place(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Place]:
    """A comment under a post, with an answer, polled through the real connector."""
    clock = SystemClock()
    with Sandbox(clock.now) as sandbox:
        world = sandbox.world
        ours = world.add_account(request.param, "ashdown")
        post = world.add_post(ours, "Our new ward is open", posted_at=clock.now() - timedelta(hours=2))
        author = world.add_author(request.param, "rude_person")
        at = clock.now() - timedelta(hours=1)
        comment = world.add_comment(ours, WORDS, post=post, author=author, posted_at=at)
        world.add_comment(
            ours,
            "Steady on",
            post=post,
            parent=comment,
            author=world.add_author(request.param, "kind_person"),
        )
        store = sqlite_store(tmp_path)
        receipts = ReceiptBook(clock, 60, refused=audit_refusals(store, clock))
        account = Account(Platform(request.param), ours.id, ours.handle)
        connector: Connector
        if request.param == "x":
            options = ConnectorOptions(base_url=sandbox.x_url)
            credentials = XCredentials(bearer_token=ours.token)
            connector = XConnector(account, credentials, options, receipts, clock.now)
        else:
            options = ConnectorOptions(base_url=sandbox.graph_url)
            connector = FacebookConnector(account, GraphCredentials(ours.token), options, receipts, clock.now)
        bags = tmp_path / "bags"
        evidence = make_evidence(store, clock, connector, bags, receipts)
        ids = polled(store, connector, comment.id)
        yield Place(sandbox, store, evidence, connector, account, ours.token, comment.id, *ids)
        store.close()


def walk(connector: Connector) -> Iterator[Page]:
    """Every page of every feed."""
    for feed in connector.feeds():
        page = connector.poll(feed, None)
        yield page
        while page.more:
            page = connector.poll(feed, page.cursor)
            yield page


def polled(store: Store, connector: Connector, external_id: str) -> tuple[int, int, int]:
    """Poll until the comment comes, and open its case; the ids of comment, revision and snapshot."""
    page, comment = next(
        (page, item) for page in walk(connector) for item in page.comments if item.external_id == external_id
    )
    account = connector.account
    with store.write() as session:
        row = t.Account(
            platform=account.platform.value, external_id=account.external_id, handle=account.handle,
            credential="token", created_at=page.received_at,
        )  # fmt: skip
        session.add(row)
        session.flush()
        kept = t.Comment(
            account_id=row.id, platform=account.platform.value, external_id=external_id, kind=comment.kind,
            parent_external_id=comment.parent_external_id, permalink=comment.permalink,
            posted_at=comment.posted_at, first_seen_at=page.received_at, revision_hash="0" * 64,
        )  # fmt: skip
        session.add(kept)
        session.flush()
        revision = t.Revision(
            comment_id=kept.id, number=1, text=comment.text, revision_hash="0" * 64, media=[], flaws=[],
            raw=comment.raw, page_sha256=page.body_sha256, seen_at=page.received_at, severity="serious",
            priority=80, queued=True, pack_version="1",
        )  # fmt: skip
        session.add(revision)
        session.flush()
        kept.revision_id = revision.id
        case = t.Case(
            comment_id=kept.id, revision_id=revision.id, state="open", severity="serious", severity_rank=1,
            priority=80, opened_at=page.received_at, due_at=page.received_at,
        )  # fmt: skip
        session.add(case)
        session.flush()
        snapshot = t.Snapshot(
            case_id=case.id, comment_id=kept.id, revision_id=revision.id, kind="core", state="pending",
            asked_at=page.received_at,
        )  # fmt: skip
        session.add(snapshot)
        session.flush()
        return kept.id, revision.id, snapshot.id


def test_the_platforms_own_reply_is_sealed_without_our_token(place: Place) -> None:
    """The re-read reply, its thread and the polled slice are in the bag; our token is nowhere in it."""
    bag = place.sealed()
    custody = json.loads((bag / "data/custody.json").read_text())
    assert (custody["source"], custody["why_polled"], custody["wording_changed"]) == ("reread", None, False)
    reply = (bag / "data/api-response.json").read_bytes()
    assert place.external_id in json.dumps(json.loads(reply))
    context = json.loads((bag / "data/context.json").read_text())
    assert [item["text"] for item in context["below"]] == ["Steady on"]
    everything = b"".join(path.read_bytes() for path in bag.rglob("*") if path.is_file())
    assert place.token.encode() not in everything
    page = (bag / "data/report.html").read_text()
    assert "&lt;b&gt;soon&lt;/b&gt;" in page
    assert "rude_person" in page + (bag / "data/author.json").read_text()


def test_an_action_needs_a_receipt_for_it(place: Place) -> None:
    """Without a receipt nothing reaches the platform; with one the comment is hidden, once."""
    place.sealed()
    with pytest.raises(ReceiptRefused):
        place.connector.apply(place.request, Receipt("made up"))
    assert not place.is_hidden()
    receipt = place.evidence.receipt_for(place.snapshot_id, place.request, actor(place.store))
    assert place.connector.apply(place.request, receipt).fate is Fate.DONE
    assert place.is_hidden()
    with pytest.raises(ReceiptRefused):
        place.connector.apply(place.request, receipt)


def test_an_action_on_tampered_evidence_is_refused(place: Place) -> None:
    """One flipped bit in the sealed reply: no receipt, and the comment stays as it was."""
    file = place.sealed() / "data/api-response.json"
    file.chmod(0o644)
    content = bytearray(file.read_bytes())
    content[5] ^= 1
    file.write_bytes(content)
    with pytest.raises(EvidenceFault, match=r"'data/api-response\.json' was altered"):
        place.evidence.receipt_for(place.snapshot_id, place.request, actor(place.store))
    assert not place.is_hidden()


def test_what_was_deleted_meanwhile_is_sealed_from_the_poll(place: Place) -> None:
    """A comment that its author deleted before it was captured is still evidence, as it was polled."""
    place.sandbox.world.delete(place.account.platform.value, place.external_id)
    bag = place.sealed()
    custody = json.loads((bag / "data/custody.json").read_text())
    assert custody["source"] == "polled"
    assert "content_gone" in custody["why_polled"]
    assert place.external_id.encode() in (bag / "data/polled-item.json").read_bytes()


@pytest.mark.parametrize("place", ["facebook"], indirect=True)
def test_an_edit_meanwhile_is_kept_beside_what_was_judged(place: Place) -> None:
    """A comment edited before it was captured: both wordings are in the bag and in the report."""
    place.sandbox.world.edit("facebook", place.external_id, "Only joking")
    bag = place.sealed()
    assert json.loads((bag / "data/custody.json").read_text())["wording_changed"] is True
    page = (bag / "data/report.html").read_text()
    assert "Only joking" in page
    assert "You will be sorry" in page
