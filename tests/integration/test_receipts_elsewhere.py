"""A receipt is good in the process that gave it and nowhere else: real connectors, over the sandbox."""

from __future__ import annotations

import pickle
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import select

from connectors.contract import Account, ActionKind, ActionRequest, Platform, Receipt
from connectors.errors import ReceiptRefused
from tests.worlds import World, world
from worker.bootstrap import App
from worker.jobs.run import drain
from worker.ledger.audit import Actor
from worker.store import tables as t

THREAT = "I know your shift and I will stab you"


@pytest.fixture
def place(tmp_path: Path) -> Iterator[World]:
    """An Upstander over a sandbox, with a threat on either platform, captured and sealed."""
    with world(tmp_path) as made:
        for platform in ("x", "facebook"):
            made.control("comment", platform=platform, account=f"Northmoor{platform.title()}", text=THREAT)
        app = made.app()
        app.intake.schedule()
        made.poll_now()
        drain(app)
        app.close()
        yield made


def requests_of(app: App) -> list[tuple[int, int, ActionRequest]]:
    """For each sealed snapshot: account, snapshot, and the request that it is evidence for."""
    with app.store.read() as session:
        rows = session.execute(
            select(t.Snapshot, t.Comment, t.Account)
            .join(t.Comment, t.Comment.id == t.Snapshot.comment_id)
            .join(t.Account, t.Account.id == t.Comment.account_id)
            .where(t.Snapshot.state == "sealed")
        ).all()
    return [
        (
            account.id,
            row.id,
            ActionRequest(
                account=Account(Platform(account.platform), account.external_id, account.handle),
                kind=ActionKind.HIDE,
                comment_id=comment.id,
                revision_id=row.revision_id,
                external_id=comment.external_id,
            ),
        )
        for row, comment, account in rows
    ]


def made_changes(place: World, request: ActionRequest) -> int:
    """How often the platform was really changed."""
    changes = place.ask("changes", comment_id=request.external_id)["changes"]
    assert isinstance(changes, list)
    return len(changes)


def test_a_receipt_from_another_process_opens_nothing(place: World) -> None:
    """Made up, pickled, or from before a restart: refused by every connector; at home it opens once."""
    first, second = place.app(), place.app()
    found = requests_of(first)
    assert {request.account.platform for _, _, request in found} == {Platform.X, Platform.FACEBOOK}
    for account_id, snapshot_id, request in found:
        receipt = first.evidence.receipt_for(snapshot_id, request, Actor(None, "test"))
        carried = pickle.loads(pickle.dumps(receipt))  # noqa: S301 -- our own bytes, as another process would
        for wrong in (Receipt("made up"), Receipt(""), carried):
            with pytest.raises(ReceiptRefused, match="not one that was issued here"):
                second.connector_for(account_id).apply(request, wrong)
        assert made_changes(place, request) == 0
        first.connector_for(account_id).apply(request, receipt)
        assert made_changes(place, request) == 1
        with pytest.raises(ReceiptRefused, match="used before"):
            first.connector_for(account_id).apply(request, carried)
        assert made_changes(place, request) == 1
    first.close()
    second.close()
