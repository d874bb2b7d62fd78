"""What somebody does who owns the database as well, up to the very end: all keys and all rights."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable

from sqlalchemy import text

from tests.integration.tampering.attacks import Attack, forged_signed_and_stamped
from tests.integration.tampering.scene import Scene
from tests.unit.ledger.desk import make_keyring
from worker.evidence.bag import SIGNATURE, TAGMANIFEST, TIMESTAMP, sha256
from worker.evidence.timestamp import check
from worker.evidence.verify import verify_bag


def sql(statement: str) -> Callable[[Scene], None]:
    """One statement about the first snapshot, :id."""
    return lambda made: made.sql(statement, id=made.grown.ids[0])


def forged_with_rows(made: Scene) -> None:
    """Forged, signed with the stolen key, stamped again; and the rows say what the bag is now."""
    forged_signed_and_stamped(made)
    hashes = verify_bag(made.bag()).hashes
    assert hashes is not None
    reply = (made.bag() / TIMESTAMP).read_bytes()
    token = check((made.bag() / TAGMANIFEST).read_bytes(), reply, made.roots)
    made.sql(
        "UPDATE snapshots SET manifest_sha256 = :manifest, tagmanifest_sha256 = :tags WHERE id = :id",
        manifest=hashes.manifest,
        tags=hashes.tagmanifest,
        id=made.grown.ids[0],
    )
    made.sql(
        "UPDATE timestamps SET token_sha256 = :hash, stamped_at = :at, serial = :serial"
        " WHERE snapshot_id = :id",
        hash=sha256(reply),
        at=token.at.replace(tzinfo=None) if made.store.dialect == "sqlite" else token.at,
        serial=str(token.serial),
        id=made.grown.ids[0],
    )


def forged_with_audit(made: Scene) -> None:
    """And the audit says so too."""
    forged_with_rows(made)
    hashes = verify_bag(made.bag()).hashes
    assert hashes is not None
    reply = (made.bag() / TIMESTAMP).read_bytes()
    token = check((made.bag() / TAGMANIFEST).read_bytes(), reply, made.roots)
    _edit_facts(made, "sealed", manifest_sha256=hashes.manifest, tagmanifest_sha256=hashes.tagmanifest)
    _edit_facts(made, "timestamped", token_sha256=sha256(reply), stamped_at=token.at.isoformat())


def forged_with_ledger(made: Scene) -> None:
    """And leaves, nodes and head are computed anew."""
    forged_with_audit(made)
    with made.ledger() as ledger:
        ledger.rebuild()


def forged_with_checkpoints(made: Scene) -> None:
    """And every checkpoint in the database is signed anew with the stolen key."""
    forged_with_ledger(made)
    with made.ledger() as ledger:
        ledger.sign_again(made.keyring, rewrite=True)


def everything_signed_by_another(made: Scene) -> None:
    """All bags and all checkpoints get a stranger's signature."""
    stranger = make_keyring(made.folder / "stranger", made.clock.now())
    for which in range(3):
        bag = made.bag(which)
        content = (bag / TAGMANIFEST).read_bytes()
        (bag / SIGNATURE).write_bytes(stranger.sign(content, made.clock.now()))
    with made.ledger() as ledger:
        ledger.sign_again(stranger)


def destroyed_without_a_word(made: Scene) -> None:
    """The bag is removed, and the row made to say that it was destroyed when its time was up."""
    shutil.rmtree(made.bag())
    made.sql(
        "UPDATE snapshots SET destroyed_at = '2026-11-16 10:00:00', destroyed_by = 1,"
        " destroyed_reason = 'its time was up' WHERE id = :id",
        id=made.grown.ids[0],
    )


def row_removed(made: Scene) -> None:
    """The rows of snapshot and timestamp go, and the bag with them."""
    shutil.rmtree(made.bag())
    made.sql(
        "DELETE FROM timestamps WHERE snapshot_id = :id", "DELETE FROM snapshots WHERE id = :id",
        id=made.grown.ids[0],
    )  # fmt: skip


def sealing_unsaid(made: Scene) -> None:
    """The audit row of the sealing goes, with its entry."""
    _remove_audit(made, "verb = 'sealed' AND object_id = :id")


def cut(made: Scene) -> None:
    """The newest entries of the ledger go, with their audit rows: those of the timestamps."""
    _remove_audit(made, "verb = 'timestamped'")


def cut_with_head(made: Scene) -> None:
    """And the head goes back with them."""
    cut(made)
    with made.ledger() as ledger:
        ledger.rebuild()


def cut_with_checkpoints(made: Scene) -> None:
    """And everything in the database that tells of them goes too."""
    cut_with_head(made)
    made.sql(
        "DELETE FROM checkpoint_publications WHERE size > (SELECT size FROM ledger_head)",
        "DELETE FROM checkpoints WHERE size > (SELECT size FROM ledger_head)",
        "DELETE FROM timestamps",
    )
    for which in range(3):
        (made.bag(which) / TIMESTAMP).unlink()


def _remove_audit(made: Scene, which: str) -> None:
    made.sql(
        f"DELETE FROM ledger WHERE audit_id IN (SELECT id FROM audit WHERE {which})",
        f"DELETE FROM audit WHERE {which}",
        id=made.grown.ids[0],
    )


def _edit_facts(made: Scene, verb: str, **facts: str) -> None:
    """Change what an audit row about the first snapshot states."""
    which = "verb = :verb AND object_type = 'snapshot' AND object_id = :id"
    with made.store.read() as session:
        values = {"verb": verb, "id": made.grown.ids[0]}
        detail = session.execute(text(f"SELECT detail FROM audit WHERE {which}"), values).scalar_one()
    old = json.loads(detail) if isinstance(detail, str) else detail
    kind = "jsonb" if made.store.dialect == "postgresql" else "text"
    made.sql(
        f"UPDATE audit SET detail = CAST(:detail AS {kind}) WHERE {which}",
        detail=json.dumps(old | facts),
        **values,
    )


ROWS: dict[str, Attack] = {
    "edit the row's hashes": Attack(
        sql("UPDATE snapshots SET manifest_sha256 = tagmanifest_sha256 WHERE id = :id"),
        "its row was edited: manifest_sha256 is not what was recorded",
        database=True,
    ),
    "edit when the row says it was sealed": Attack(
        sql("UPDATE snapshots SET sealed_at = '2026-11-10 10:00:00' WHERE id = :id"),
        "its row was edited: sealed_at is not what was recorded",
        database=True,
    ),
    "make the row wait again": Attack(
        sql("UPDATE snapshots SET state = 'pending' WHERE id = :id"),
        "its row says that it waits to be sealed, and the audit says that it was sealed",
        database=True,
    ),
    "remove the rows and the bag": Attack(
        row_removed, "its row was removed: the audit says that it was sealed", database=True
    ),
    "remove the bag, make the row say destroyed": Attack(
        destroyed_without_a_word,
        "its row says that it was destroyed, and the audit does not",
        database=True,
    ),
    "remove the timestamp's row": Attack(
        sql("DELETE FROM timestamps WHERE snapshot_id = :id"),
        "the row of its timestamp was removed: the audit says that it was stamped",
        database=True,
    ),
    "edit the timestamp's row": Attack(
        sql("UPDATE timestamps SET stamped_at = '2026-11-10 10:00:00' WHERE snapshot_id = :id"),
        "its timestamp's row was edited: stamped_at is not what was recorded",
        database=True,
    ),
    "remove the audit row of the sealing": Attack(
        sealing_unsaid, "its row says that it was sealed, and nothing in the audit does", database=True
    ),
    "delete the newest entries of the ledger": Attack(
        cut, "its timestamp has a row, and nothing in the audit says that it was stamped", database=True
    ),
    "the same, and move the head back": Attack(
        cut_with_head,
        "its timestamp has a row, and nothing in the audit says that it was stamped",
        database=True,
    ),
    "the same, and remove checkpoints, rows and timestamps": Attack(
        cut_with_checkpoints, "timestamp: pending since", database=True
    ),
    "sign everything with another key": Attack(
        everything_signed_by_another, "signed with another key", database=True
    ),
    "forge, stolen key, stamp again, edit the rows": Attack(
        forged_with_rows, "its row was edited: manifest_sha256, tagmanifest_sha256", database=True
    ),
    "the same, and edit the audit": Attack(
        forged_with_audit, "is not the one that entered the ledger", database=True
    ),
    "the same, and rebuild the ledger": Attack(forged_with_ledger, None, database=True),
    "the same, and sign the checkpoints with the stolen key": Attack(
        forged_with_checkpoints, None, database=True
    ),
}
