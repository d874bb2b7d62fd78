"""Records for Datix: the Trust's own labels, no names, no words unless asked for, no formulas."""

from __future__ import annotations

import csv
import io
from dataclasses import replace

import pytest
from sqlalchemy import update

from tests.unit.review.desk import REFERENCE, WORDS, Desk
from tests.unit.review.test_referrals import restrict
from worker.cli.datix import as_csv
from worker.errors import Conflict, NotAllowed
from worker.review.datix_labels import LABELS, load_labels
from worker.store import tables as t


def test_a_record_has_the_trusts_labels_and_neither_names_nor_words(desk: Desk) -> None:
    """Anything but the author, the reviewer and the words; and the look is audited."""
    desk.decided("threat", target="named_staff")
    desk.of.datix.note(desk.reviewer, desk.case, "WEB 77")
    (record,) = desk.of.datix.records(desk.reviewer, [desk.case, desk.case])
    assert (record.labels.type, record.labels.sub_category) == ("Security", "Threat made on social media")
    assert (record.target, record.reference, record.words) == ("named_staff", "WEB 77", None)
    told = str(record)
    assert not [name for name in ("someone", "A Person", WORDS, "The reviewer") if name in told]
    (shown,) = desk.scene.audited("datix_shown")
    assert (shown.object_id, shown.detail) == (desk.case, {"with_words": False})


def test_words_are_shown_only_where_asked_for_and_that_is_on_record(desk: Desk) -> None:
    """And of suspected imagery not even then."""
    desk.decided("threat")
    (record,) = desk.of.datix.records(desk.reviewer, [desk.case], with_words=True)
    assert record.words == WORDS
    assert desk.scene.audited("datix_shown")[0].detail == {"with_words": True}
    restrict(desk, "imagery")
    with pytest.raises(Conflict, match="only address, ids and times"):
        desk.of.datix.records(desk.person("senior_reviewer"), [desk.case], with_words=True)


def test_who_may_not_see_a_case_gets_no_record_of_it(desk: Desk) -> None:
    """Not by role, and not by putting it beside one that they may see."""
    desk.decided("threat")
    restrict(desk, "protected")
    for person in (desk.reviewer, desk.person("hr")):
        with pytest.raises(NotAllowed):
            desk.of.datix.records(person, [desk.case])


@pytest.mark.parametrize("begins", ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1"])
def test_no_cell_of_the_csv_is_a_formula(desk: Desk, begins: str) -> None:
    """Words of a stranger, opened in a spreadsheet, stay words; terminals get no commands."""
    desk.decided("threat")
    with desk.scene.store.write() as session:
        session.execute(update(t.Account).values(handle=begins))
    (record,) = desk.of.datix.records(desk.reviewer, [desk.case])
    text = as_csv((replace(record, words=begins + "\x1b[2J"),))
    headings, cells = csv.reader(io.StringIO(text))
    assert headings[-1] == "Words of the comment"
    assert cells[-1].startswith("'" + begins[0]) or not cells[-1].startswith(("=", "+", "-", "@", "\t", "\r"))
    assert not [cell for cell in cells if cell.startswith(("=", "+", "-", "@", "\t", "\r"))]
    assert "\x1b" not in text


def test_the_first_mapping_that_fits_is_taken() -> None:
    """One category of several is enough; the last row takes the rest."""
    table = load_labels(REFERENCE / LABELS)
    assert table.of({"insult", "hate"}, "serious", None).sub_category == "Hate-related abuse on social media"
    assert table.of({"insult"}, "routine", "trust").sub_category == "Verbal abuse on social media"
