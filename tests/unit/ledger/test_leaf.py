"""What a leaf stands for, redone by hands that know nothing of ours."""

from __future__ import annotations

import hashlib
import json
import subprocess
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.unit.ledger.desk import START, Desk
from worker.ledger.leaf import Unreadable, entry_of
from worker.ledger.rows import Row, appended
from worker.store.ledger import LedgerEntry

ROW = Row(4, 7, None, None, 7, START, 2, "web", "viewed", "case", 9, '{"b": "é", "a": [1, null]}')
NONCE = "ab" * 32
FACTS = st.recursive(
    st.none() | st.booleans() | st.floats() | st.integers() | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=5,
)
LINE = (
    b'{"at":"2026-11-16T09:30:15.250000Z","detail":{"a":[1,null],"b":"\\u00e9"},"id":7,'
    b'"nonce":"abababababababababababababababababababababababababababababababab","object_id":9,"object_type":"case","person_id":2,"source":"web","verb":"viewed"}\n'
)


def test_an_entry_is_the_line_that_is_written_down() -> None:
    """The form is fixed: a change of a single byte would break every proof that was ever handed out."""
    entry = entry_of(ROW, NONCE)
    assert entry.line == LINE
    assert entry.leaf.hex() == "c876ba4b401312e3379e2830699012c709c16bdd8ba65f3712e380f76dad0f7b"


def test_coreutils_compute_the_same_leaf() -> None:
    """A shell redoes a leaf from the line alone."""
    command = "(printf '\\000'; cat) | sha256sum"
    ran = subprocess.run(["bash", "-c", command], input=LINE, capture_output=True, check=True)
    assert ran.stdout.split()[0].decode() == entry_of(ROW, NONCE).leaf.hex()


def test_both_databases_give_the_same_entry(desk: Desk) -> None:
    """What was written is what the leaf stands for, redone with the standard library from the values."""
    detail: dict[str, Any] = {"ö": [1, 2.5, None, True], "a": {"z": "x", "b": "\u2028 'quoted' \\ \" \x1f"}}
    (audit_id,) = desk.note(**detail)
    desk.book.append_now()
    with desk.store.read() as session:
        (row,) = appended(session, None, 10)
        stored = session.get(LedgerEntry, audit_id)
    assert stored is not None
    said = {
        "at": "2026-11-16T09:30:15.250000Z",
        "detail": {"number": 0, **detail},
        "id": audit_id,
        "nonce": stored.nonce,
        "object_id": 0,
        "object_type": "case",
        "person_id": None,
        "source": "test",
        "verb": "viewed",
    }
    line = json.dumps(said, sort_keys=True, separators=(",", ":")) + "\n"
    assert entry_of(row, row.nonce).line == line.encode()
    assert stored.leaf == hashlib.sha256(b"\0" + line.encode()).hexdigest()


def test_no_two_rows_share_a_nonce_and_none_can_be_guessed(desk: Desk) -> None:
    """32 random bytes for each row, so that a leaf gives nothing away to somebody who guesses the row."""
    desk.note(50)
    desk.book.append_now()
    with desk.store.read() as session:
        nonces = [bytes.fromhex(row.nonce) for row in appended(session, None, 100)]
    assert len(set(nonces)) == 50
    assert {len(nonce) for nonce in nonces} == {32}


@settings(max_examples=100, deadline=None)
@given(st.dictionaries(st.text(), FACTS))
def test_every_detail_has_an_entry_on_one_line_of_ascii(detail: dict[str, Any]) -> None:
    """Whatever a row's facts hold (line feeds, controls, lone surrogates), its entry is one line."""
    line = entry_of(ROW._replace(detail=json.dumps(detail)), NONCE).line
    assert line.isascii()
    assert line.count(b"\n") == 1
    assert line.endswith(b"\n")


@pytest.mark.parametrize(
    "odd",
    [
        {"detail": "{"},
        {"detail": '{"a": 1, "a": 2}'},
        {"detail": None},
        {"detail": "[" * 100_000},
        {"detail": "9" * 10_000},
        {"at": "yesterday"},
        {"at": None},
        {"verb": b"bytes"},
        {"object_id": b"\xff"},
    ],
    ids=str,
)
def test_a_garbled_row_is_called_that(odd: dict[str, Any]) -> None:
    """What no audit row of ours can hold is refused as such, not stumbled over."""
    with pytest.raises(Unreadable):
        entry_of(ROW._replace(**odd), NONCE)


def test_a_moment_is_the_same_however_it_is_kept() -> None:
    """SQLite's text and PostgreSQL's moment give one entry; whole seconds have six decimals too."""
    moment = datetime(2026, 7, 1, 12, 0, 0, tzinfo=UTC)
    texts = ("2026-07-01 12:00:00.000000", "2026-07-01 12:00:00", moment)
    lines = {entry_of(ROW._replace(at=at), NONCE).line for at in texts}
    assert len(lines) == 1
    assert b'"at":"2026-07-01T12:00:00.000000Z"' in lines.pop()
