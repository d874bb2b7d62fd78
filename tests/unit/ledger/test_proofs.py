"""Proofs, checked with the commands that are handed out with them, and with nothing of ours."""

from __future__ import annotations

import json
import re
import subprocess
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path

import pytest
from sqlalchemy import text

from tests.unit.ledger.desk import Desk, make_desk
from worker.errors import EvidenceFault, NotFound, NotYet
from worker.ledger.tree import ProofFault, check_consistency, check_inclusion
from worker.store.session import Store

SIZES = (1, 2, 7, 8, 256, 300, 513)


def put(folder: Path, files: Mapping[str, bytes]) -> Path:
    """Write a proof's files."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, content in files.items():
        (folder / name).write_bytes(content)
    return folder


def told(folder: Path, part: str) -> subprocess.CompletedProcess[str]:
    """Run one part of how-to-check.txt as it stands, in a shell without our environment."""
    page = (folder / "how-to-check.txt").read_text()
    (commands,) = re.findall(rf"^--8<-- {part}\n(.*?)^--8<--$", page, re.DOTALL | re.MULTILINE)
    return subprocess.run(
        ["sh", "-c", commands],
        cwd=folder,
        env={"PATH": "/usr/bin:/bin"},
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.fixture
def grown(store: Store, tmp_path: Path) -> Desk:
    """A ledger with checkpoints at several sizes."""
    folder = tmp_path / "desk"
    folder.mkdir()
    desk = make_desk(store, folder, start=datetime.now(UTC))
    size = 0
    for wanted in SIZES:
        desk.note(wanted - size)
        size = wanted
        desk.book.append_now()
        desk.book.checkpoint(now=True)
    return desk


def test_an_outsider_checks_a_proof_with_a_shell(grown: Desk, tmp_path: Path) -> None:
    """The commands of the page find the root in the checkpoint, and the Trust's signature over it."""
    for audit_id in (1, 3, 257):
        proof = grown.book.proof_of(audit_id)
        found = told(put(tmp_path / f"proof-{audit_id}", proof.files()), "inclusion")
        assert (found.returncode, found.stdout) == (0, f"root: {proof.checkpoint.root}\n"), found.stderr
    folder = put(tmp_path / "proof", grown.book.proof_of(513).files())
    signature = told(folder, "signature")
    assert signature.returncode == 0
    assert "CMS Verification successful" in signature.stderr
    assert "evidence signing" in told(folder, "fingerprint").stdout


def test_an_outsider_notices_what_was_altered(grown: Desk, tmp_path: Path) -> None:
    """A digit changed in the entry, the path or the checkpoint: the page's commands no longer agree."""
    proof = grown.book.proof_of(200)
    digits = {
        "entry.json": '"object_id":',
        "inclusion.txt": "right ",
        "checkpoint.txt": "root: ",
    }
    for name, before in digits.items():
        folder = put(tmp_path / name, proof.files())
        whole = (folder / name).read_text()
        at = whole.index(before) + len(before)
        (folder / name).write_text(whole[:at] + ("1" if whole[at] != "1" else "2") + whole[at + 1 :])
        assert told(folder, "inclusion").returncode != 0, name
        assert (told(folder, "signature").returncode != 0) == (name == "checkpoint.txt")


def test_an_outsider_checks_with_a_shell_that_the_ledger_only_grew(grown: Desk, tmp_path: Path) -> None:
    """Between any two checkpoints, those of full trees and the same one twice among them."""
    roots = {size: grown.book.consistency(size, size).old_root.hex() for size in SIZES}
    for old, new in ((1, 2), (2, 2), (7, 8), (8, 513), (256, 300), (300, 513)):
        found = told(put(tmp_path / f"{old}-{new}", grown.book.consistency(old, new).files()), "consistency")
        assert found.stdout == f"old_root: {roots[old]}\nnew_root: {roots[new]}\n", found.stderr
    folder = tmp_path / "300-513"
    whole = (folder / "consistency.txt").read_text()
    (folder / "consistency.txt").write_text(
        re.sub("^(both|new) ", r"\1 0", whole, count=1, flags=re.MULTILINE)
    )
    assert told(folder, "consistency").returncode != 0


def test_the_files_for_machines_say_the_same(grown: Desk) -> None:
    """The JSON files hold what RFC 9162 names, and check."""
    proof = json.loads(grown.book.proof_of(200).files()["inclusion.json"])
    check_inclusion(
        bytes.fromhex(proof["leaf_hash"]),
        proof["leaf_index"],
        proof["tree_size"],
        [bytes.fromhex(each) for each in proof["inclusion_path"]],
        bytes.fromhex(proof["root_hash"]),
    )
    grew = json.loads(grown.book.consistency(7, 300).files()["consistency.json"])
    check_consistency(
        grew["old_size"],
        grew["new_size"],
        bytes.fromhex(grew["old_root"]),
        bytes.fromhex(grew["new_root"]),
        [bytes.fromhex(each) for each in grew["consistency_path"]],
    )


def test_a_proof_goes_to_the_earliest_checkpoint(grown: Desk) -> None:
    """The one that was stated soonest after the row was written, and its own size's root."""
    assert [grown.book.proof_of(each).checkpoint.size for each in (1, 2, 8, 9, 256, 257)] == [
        1,
        2,
        8,
        256,
        256,
        300,
    ]


def test_what_cannot_be_proved_yet_says_so(desk: Desk) -> None:
    """No such row; not in the ledger; under no checkpoint: each is told apart."""
    with pytest.raises(NotFound):
        desk.book.proof_of(1)
    (audit_id,) = desk.note()
    with pytest.raises(NotYet, match="waits for its place"):
        desk.book.proof_of(audit_id)
    desk.book.append_now()
    with pytest.raises(NotYet, match="No checkpoint covers"):
        desk.book.proof_of(audit_id)
    desk.book.checkpoint()
    assert desk.book.proof_of(audit_id).position == 0


def test_there_is_nothing_to_prove_between_sizes_that_are_none(grown: Desk) -> None:
    """Sizes that the ledger never had are refused in words."""
    for old, new in ((0, 1), (2, 1), (1, 514), (-1, 3)):
        with pytest.raises(ProofFault):
            grown.book.consistency(old, new)


@pytest.mark.parametrize("store", ["sqlite"], indirect=True)
@pytest.mark.parametrize(
    "change",
    [
        "UPDATE audit SET verb = 'nothing' WHERE id = 3",
        "UPDATE ledger SET leaf = nonce WHERE position = 5",
        "UPDATE ledger SET leaf = 'no hash' WHERE position = 5",
        "UPDATE ledger SET nonce = leaf WHERE audit_id = 3",
        "UPDATE checkpoints SET root = 'no hash'",
        "DELETE FROM ledger WHERE position = 5",
    ],
)
def test_no_proof_is_made_of_what_was_altered(grown: Desk, change: str) -> None:
    """A proof is checked before it is handed out: what does not fit is told, never handed over."""
    with grown.store.write() as session:
        for (name,) in session.execute(text("SELECT name FROM sqlite_master WHERE type = 'trigger'")).all():
            session.execute(text(f"DROP TRIGGER {name}"))
        session.execute(text(change))
    with pytest.raises(EvidenceFault):
        grown.book.proof_of(3)
