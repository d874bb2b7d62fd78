"""Checkpoints: signed when due, checked by OpenSSL, handed to the outside, and nothing of it silent."""

from __future__ import annotations

import subprocess
from collections.abc import Mapping
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import select

from tests.unit.ledger.desk import START, TRUST, Desk, make_desk
from worker.errors import UpstanderError
from worker.ledger.checkpoints import Statement, newest, read_text, text_of
from worker.ledger.publishing import file_name
from worker.ledger.state import notices, problems
from worker.settings_evidence import Ledger
from worker.store.ledger import Checkpoint, Publication
from worker.store.session import Store


def sizes(desk: Desk) -> list[int]:
    """The sizes of all checkpoints."""
    with desk.store.read() as session:
        return list(session.scalars(select(Checkpoint.size).order_by(Checkpoint.size)))


def publications(desk: Desk) -> set[tuple[int, str]]:
    """What was published where."""
    with desk.store.read() as session:
        return {(each.size, each.place) for each in session.scalars(select(Publication))}


def troubles(desk: Desk) -> list[str]:
    """What status would say."""
    with desk.store.read() as session:
        return list(problems(session, desk.book.settings, desk.clock.now()))


def test_a_checkpoint_says_what_is_written_down(desk: Desk) -> None:
    """The text is fixed, byte for byte, and states the ledger's size and root."""
    desk.note(3)
    desk.book.append_now()
    made = desk.book.checkpoint()
    assert made is not None
    assert made.text == (
        f"Upstander ledger checkpoint 1\ntrust: {TRUST}\nsize: 3\nroot: {desk.book.show().root}\n"
        "time: 2026-11-16T09:30:15Z\n"
    )
    said = read_text(made.text)
    assert said == Statement(TRUST, 3, bytes.fromhex(made.root), START.replace(microsecond=0))


def test_a_checkpoint_is_signed_only_when_the_ledger_grew_and_the_last_is_old_enough(desk: Desk) -> None:
    """Not twice for the same size, not more often than the settings say, but at once when asked."""
    assert desk.book.checkpoint() is None
    desk.note(2)
    assert desk.book.tick().checkpoint == 2
    desk.later(minutes=5)
    assert desk.book.tick().checkpoint is None
    desk.note()
    assert desk.book.tick().checkpoint == 3
    desk.note()
    assert desk.book.tick().checkpoint is None
    assert desk.book.checkpoint(now=True) is not None
    desk.later(seconds=60)
    desk.note()
    assert desk.book.tick().checkpoint == 5
    assert sizes(desk) == [2, 3, 4, 5]


def test_a_clock_that_was_ahead_keeps_nothing_from_being_signed_or_published(desk: Desk) -> None:
    """A checkpoint from a future that did not come is no reason to wait for it."""
    desk.later(days=3)
    desk.note()
    desk.book.tick()
    desk.later(days=-3)
    desk.note()
    tick = desk.book.tick()
    assert (tick.checkpoint, tick.published) == (2, (str(desk.published),))


@given(st.text())
def test_no_text_but_a_checkpoint_is_read_as_one(text: str) -> None:
    """Whatever lies in a folder of copies is not believed unless it has exactly the form."""
    assert read_text(text) is None
    said = Statement("A\nsize: 9", 3, bytes(32), START)
    assert read_text(text_of(said) + text) is None or not text
    assert text_of(said).count("\n") == 5


@pytest.mark.parametrize("time", ["2026-02-30T10:00:00Z", "2026-11-16T25:00:00Z"])
def test_a_checkpoint_of_no_real_day_is_none(time: str) -> None:
    """A time that never was is not a checkpoint's."""
    body = text_of(Statement(TRUST, 3, bytes(32), START))
    assert read_text(body) is not None
    assert read_text(body.replace("2026-11-16T09:30:15Z", time)) is None


def test_openssl_checks_a_published_checkpoint(desk: Desk) -> None:
    """The three files in the folder are enough; an altered text is refused."""
    desk.note(3)
    desk.book.tick()
    text, (certificate,) = desk.published / file_name(3), desk.published.glob("certificate-*.pem")
    command = ["openssl", "cms", "-verify", "-binary", "-inform", "DER", "-in", f"{text}.p7s"]
    command += ["-content", str(text), "-CAfile", str(certificate), "-purpose", "any", "-out", "/dev/null"]
    command += ["-no-CApath", "-no-CAstore", "-partial_chain"]
    # The clock of this test stands in November 2026, openssl's does not.
    command += ["-attime", str(int(START.timestamp()))]
    assert subprocess.run(command, capture_output=True, check=False).returncode == 0
    text.chmod(0o644)
    text.write_text(text.read_text().replace("size: 3", "size: 4"))
    assert subprocess.run(command, capture_output=True, check=False).returncode != 0


def test_a_folder_gets_the_newest_checkpoint_now_and_then(desk: Desk) -> None:
    """At once the first time, then as often as the settings say; older ones stay; nothing half is left."""
    for _ in range(4):
        desk.note()
        desk.book.tick()
        desk.later(minutes=30)
    names = sorted(path.name for path in desk.published.iterdir())
    texts = [file_name(size) for size in (1, 3)]
    assert [name for name in names if name.endswith(".txt")] == texts
    assert [name for name in names if name.endswith(".p7s")] == [f"{name}.p7s" for name in texts]
    assert len(names) == 5
    assert publications(desk) == {(1, str(desk.published)), (3, str(desk.published))}
    assert desk.book.verify().published == 2


def test_publishing_again_after_a_crash_changes_nothing(desk: Desk) -> None:
    """A copy that was written but not recorded is found as it is; a signature without its text is renewed."""
    desk.note()
    desk.book.tick()
    before = {path.name: path.read_bytes() for path in desk.published.iterdir()}
    desk.note()
    desk.book.append_now()
    desk.book.checkpoint(now=True)
    (desk.published / f"{file_name(2)}.p7s").write_bytes(b"left by another try")
    assert desk.book.publish(now=True) == ((str(desk.published),), ())
    assert desk.book.publish(now=True) == ((), ())
    after = {path.name: path.read_bytes() for path in desk.published.iterdir()}
    assert before.items() <= after.items()
    assert len(after) == len(before) + 2
    assert desk.book.verify().ok


def test_what_lies_in_the_folder_is_never_written_over(desk: Desk) -> None:
    """Another ledger's checkpoint of the same size is told of and left."""
    desk.note()
    (desk.published / file_name(1)).write_text("of another ledger")
    (failure,) = desk.book.tick().failures
    assert "is there already and differs" in failure
    assert (desk.published / file_name(1)).read_text() == "of another ledger"
    assert publications(desk) == set()


def test_a_folder_that_cannot_be_reached_is_told_of_and_tried_again(desk: Desk) -> None:
    """Nothing is silent: the round says so, status says so after a while, and it works once it can."""
    desk.published.rmdir()
    desk.note()
    (failure,) = desk.book.tick().failures
    assert str(desk.published) in failure
    assert desk.book.tick().failures == ()
    desk.later(minutes=5)
    assert troubles(desk) == []
    desk.later(minutes=70)
    (trouble,) = troubles(desk)
    assert "was not published to" in trouble
    assert len(desk.book.tick().failures) == 1
    desk.published.mkdir()
    desk.later(minutes=1)
    assert desk.book.tick().published == (str(desk.published),)
    assert troubles(desk) == []


def test_a_lost_key_is_told_of_and_stops_nothing_else(desk: Desk) -> None:
    """Entries go on being appended; the round and status say that nothing is signed."""
    (desk.keyring.folder / "current.pem").unlink()
    desk.note()
    tick = desk.book.tick()
    assert (tick.appended, tick.checkpoint, len(tick.failures)) == (1, None, 1)
    desk.later(minutes=10)
    desk.note()
    desk.book.append_now()
    (trouble,) = troubles(desk)
    assert "no signed checkpoint" in trouble


def test_rows_that_wait_too_long_are_told_of(desk: Desk) -> None:
    """Status says so when the ledger falls behind, and no sooner."""
    desk.note(2)
    desk.later(seconds=60)
    assert troubles(desk) == []
    desk.later(seconds=1)
    (trouble,) = troubles(desk)
    assert "lacks 2 of the newest audit rows" in trouble
    desk.book.tick()
    assert troubles(desk) == []


def test_a_ledger_that_nobody_outside_sees_is_told_of() -> None:
    """Without a place to publish to, its newest entries could be cut off unseen: status reminds of it."""
    assert len(list(notices(Ledger()))) == 1
    assert list(notices(Ledger(publish_to=("archive@trust.example.test",)))) == []


class Post:
    """A mail server that takes letters, or refuses them."""

    def __init__(self) -> None:
        self.letters: list[tuple[str, str, str, Mapping[str, bytes]]] = []
        self.down = False

    def send(self, address: str, subject: str, text: str, attachments: Mapping[str, bytes]) -> None:
        """Take a letter."""
        if self.down:
            raise UpstanderError("The mail server cannot be reached.")
        self.letters.append((address, subject, text, attachments))


def test_checkpoints_are_sent_by_mail_to_each_address(store: Store, tmp_path: Path) -> None:
    """Each address gets the text and its signature once; one that failed is tried again, the other is not."""
    post, people = Post(), ("archive@trust.example.test", "auditor@audit.example.test")
    desk = make_desk(store, tmp_path, send=post.send, publish_dir=None, publish_to=people)
    desk.note(2)
    post.down = True
    assert len(desk.book.tick().failures) == 2
    post.down = False
    desk.later(minutes=2)
    assert desk.book.tick().published == people
    assert desk.book.tick().published == ()
    assert [letter[0] for letter in post.letters] == list(people)
    _, subject, text, attachments = post.letters[0]
    with store.read() as session:
        made = newest(session)
    assert made is not None
    assert subject == f"Upstander ledger of {TRUST}: 2 entries"
    assert made.text in text
    assert attachments == {file_name(2): made.text.encode(), f"{file_name(2)}.p7s": made.signature}


def test_addresses_without_a_mail_server_are_told_of(store: Store, tmp_path: Path) -> None:
    """A setting that cannot work says so instead of doing nothing."""
    desk = make_desk(store, tmp_path, publish_dir=None, publish_to=("archive@trust.example.test",))
    desk.note()
    (failure,) = desk.book.tick().failures
    assert "no mail server" in failure


def test_old_checkpoints_hold_after_the_key_was_changed(desk: Desk) -> None:
    """Both keys are the Trust's; each checkpoint is published with the certificate that signed it."""
    desk.note()
    desk.book.tick()
    desk.later(hours=2)
    desk.keyring.rotate("Example NHS Trust", desk.clock.now())
    desk.note()
    desk.book.tick()
    assert len(list(desk.published.glob("certificate-*.pem"))) == 2
    assert desk.book.verify().ok
