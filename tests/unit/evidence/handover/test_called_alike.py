"""Somebody is called what the comment says: its words become letters, and the list says so."""

from __future__ import annotations

import csv
from io import StringIO

from tests.unit.evidence.handover.scene import Scene, add
from worker.evidence.handover.redact import Redactor


def test_who_is_called_as_the_comment_says_does_not_silence_it_unnoticed(scene: Scene) -> None:
    """A threat that is also what somebody is called becomes letters, as names do: the list says so."""
    core = add(scene, "17003", "Burn it all down")
    said = scene.redacted(cases=(core.case_id,), replace=("Burn it all down",))
    rows = list(csv.reader(StringIO((scene.unpacked(said) / "redactions.csv").read_text("utf-8-sig"))))
    (note,) = [row for row in rows if row[0] == f"case {core.case_id}, wording 1"]
    assert "let that name stay" in note[1]
    assert "Burn" not in str(rows)


def test_words_with_a_name_in_them_are_not_called_names() -> None:
    """Only words that are names for the most part are told of."""
    redactor = Redactor({"I will find you": "Person A", "Kim Kindly": "Person B"})
    assert redactor.mostly_names("I will find you")
    assert redactor.mostly_names("I WILL find you tonight")
    assert not redactor.mostly_names("Kim Kindly should be ashamed of this")
    assert not redactor.mostly_names("07700 900123")
    assert not redactor.mostly_names("")
    assert not redactor.mostly_names(None)
