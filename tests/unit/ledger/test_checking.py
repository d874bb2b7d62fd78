"""Every way of changing what was entered is found, and called by its name."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from sqlalchemy import Engine

from tests.unit.ledger.attacks import ATTACKS, REWRITTEN, cut_with_all
from tests.unit.ledger.desk import START, Desk, make_keyring
from tests.unit.ledger.tampering import Scene
from worker.ledger.findings import MEANINGS
from worker.ledger.publishing import file_name

SQLITE = ["sqlite"]


def names(made: Scene, *, published: bool = True) -> set[str]:
    """What checking finds, by name; each must be one that is written down, with words."""
    found = made.check(published=published).findings
    assert all(each.name in MEANINGS and len(each.words) > 20 for each in found)
    return {each.name for each in found}


def test_an_untouched_ledger_is_whole(grown: tuple[Desk, Engine]) -> None:
    """So that what is found below is found for its own reason; everything was looked at."""
    told: list[tuple[int, int]] = []
    verified = grown[0].book.verify(progress=lambda done, total: told.append((done, total)))
    assert verified.ok
    assert told[-1] == (600, 600)
    assert (verified.entries, verified.waiting, verified.checkpoints, verified.published) == (600, 0, 3, 2)


def test_without_its_guards_it_is_whole_too(tampered: Scene) -> None:
    """So that what is found below is not the guards' absence."""
    assert names(tampered) == set()


@pytest.mark.parametrize("attack", ATTACKS)
def test_tampering_is_found_and_named(tampered: Scene, attack: str) -> None:
    """Whatever the tables' owner changes is found, under exactly the names that tell what it was."""
    change, expected = ATTACKS[attack]
    change(tampered)
    assert names(tampered) == expected


def test_only_a_copy_elsewhere_shows_that_the_newest_were_cut_off(tampered: Scene) -> None:
    """Cut off with everything in the database that tells of it, the rest is whole: that is why we publish."""
    cut_with_all(tampered)
    assert names(tampered, published=False) == set()
    assert "cut_off" in names(tampered)


@pytest.mark.parametrize("grown", SQLITE, indirect=True)
@pytest.mark.parametrize(
    "change",
    [
        "UPDATE audit SET detail = '{' WHERE id = 5",
        'UPDATE audit SET detail = \'{"number": 4, "number": 4}\' WHERE id = 5',
        "UPDATE audit SET at = 'yesterday' WHERE id = 5",
        "UPDATE audit SET verb = CAST(x'ff' AS TEXT) WHERE id = 5",
        "UPDATE audit SET verb = x'ff' WHERE id = 5",
        "UPDATE ledger SET nonce = x'ff' WHERE position = 4",
    ],
)
def test_what_cannot_be_read_is_named_too(tampered: Scene, change: str) -> None:
    """SQLite takes any value in any column: a garbled one is found, and stops nothing."""
    tampered.sql(change)
    found = names(tampered)
    assert "entry_unreadable" in found
    assert found <= {"entry_unreadable", "node_wrong", "head_wrong", *REWRITTEN}


@pytest.mark.parametrize("grown", SQLITE, indirect=True)
def test_a_position_that_is_no_number_is_named(tampered: Scene) -> None:
    """SQLite lets words stand where numbers should."""
    tampered.sql("UPDATE ledger SET position = 'first' WHERE position = 599")
    assert names(tampered) == {"position_missing", "cut_off"}


def text_altered(folder: Path) -> None:
    """The copy says more than a checkpoint says."""
    path = folder / file_name(300)
    path.write_text(path.read_text() + "and more\n")


def another_ledgers(folder: Path) -> None:
    """A copy that another Trust signed."""
    path = folder / file_name(300)
    other = make_keyring(folder.parent / "other").sign(path.read_bytes(), START)
    path.with_name(f"{path.name}.p7s").write_bytes(other)


COPIES: dict[str, tuple[Callable[[Path], object], set[str]]] = {
    "removed": (lambda folder: (folder / file_name(300)).unlink(), {"published_missing"}),
    "altered": (text_altered, {"published_unreadable"}),
    "renamed": (
        lambda folder: (folder / file_name(300)).rename(folder / file_name(301)),
        {"published_unreadable", "published_missing"},
    ),
    "without its signature": (
        lambda folder: (folder / f"{file_name(300)}.p7s").unlink(),
        {"published_signature"},
    ),
    "with a damaged signature": (
        lambda folder: (folder / f"{file_name(300)}.p7s").write_bytes(b"\x30" * 5000),
        {"published_signature"},
    ),
    "signed by another": (another_ledgers, {"published_other_key"}),
    "a giant": (
        lambda folder: (folder / file_name(300)).write_bytes(b"x" * 20_000),
        {"published_unreadable"},
    ),
    "a folder": (lambda folder: (folder / file_name(77)).mkdir(), {"published_unreadable"}),
    "rubbish beside them": (lambda folder: (folder / "checkpoint-x.txt").write_bytes(b"\xff"), set()),
}


@pytest.mark.parametrize("grown", SQLITE, indirect=True)
@pytest.mark.parametrize("change", COPIES)
def test_a_copy_that_was_changed_is_named(tampered: Scene, change: str) -> None:
    """A folder of copies is material to judge: nothing in it is believed, nothing in it stops the check."""
    alter, expected = COPIES[change]
    alter(tampered.copies)
    assert names(tampered) == expected


@pytest.mark.parametrize("grown", SQLITE, indirect=True)
def test_a_copy_that_was_signed_over_another_root_is_a_rewritten_ledger(tampered: Scene) -> None:
    """Signed by the Trust, and not what the ledger says: one of the two was rewritten."""
    path = tampered.copies / file_name(300)
    text = path.read_text()
    at = text.index("root: ") + 6
    other = text[:at] + ("0" if text[at] != "0" else "1") + text[at + 1 :]
    path.write_text(other)
    path.with_name(f"{path.name}.p7s").write_bytes(tampered.desk.keyring.sign(other.encode(), START))
    assert names(tampered) == {"published_root", "published_differs"}


@pytest.mark.parametrize("grown", SQLITE, indirect=True)
def test_without_keys_or_copies_the_check_says_so(grown: tuple[Desk, Engine], tmp_path: Path) -> None:
    """A check that could not check something never passes."""
    desk, _ = grown
    gone = tmp_path / "gone"
    assert {each.name for each in desk.book.verify(gone).findings} == {"published_nowhere"}
    hidden = desk.keyring.folder.rename(tmp_path / "hidden")
    try:
        assert {each.name for each in desk.book.verify().findings} == {"keys_unreadable"}
    finally:
        hidden.rename(desk.keyring.folder)


@pytest.mark.parametrize("grown", SQLITE, indirect=True)
def test_however_much_is_wrong_little_is_kept(tampered: Scene) -> None:
    """Six hundred altered rows are twenty findings and a count."""
    tampered.sql("UPDATE audit SET verb = 'nothing'")
    found = tampered.check().findings
    assert len(found) == 21
    assert found[-1].words.startswith("580 more")
