"""The guide to referrals and the Datix labels: what is shipped holds, and errors name file and line."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from jsonschema import Draft202012Validator
from ruamel.yaml import YAML

from tests.unit.review.desk import REFERENCE
from worker.errors import SettingsError
from worker.review.datix_labels import LABELS, load_labels
from worker.review.duties import FULFILS, TITLES
from worker.review.guide import DUTIES, GUIDE, load_guide
from worker.store.referrals import REFERRAL_KINDS

_ROW = "location: X\nseverity_wording: Y\nmappings:\n  - {type: a, category: b, sub_category: c"


@pytest.mark.parametrize(("table", "spoil"), [(GUIDE, "kinds"), (LABELS, "mappings")])
def test_what_is_shipped_fits_its_schema(table: str, spoil: str) -> None:
    """An editor helps whoever fits the table to their Trust, and says what is missing."""
    schema = json.loads((REFERENCE / table.replace(".yaml", ".schema.json")).read_text("utf-8"))
    content = YAML(typ="safe", pure=True).load(REFERENCE / table)
    check = Draft202012Validator(schema)
    assert list(check.iter_errors(content)) == []
    assert list(check.iter_errors({key: value for key, value in content.items() if key != spoil}))


def test_the_guide_knows_every_recipient_and_every_task() -> None:
    """Nobody can be referred to without a clock, and no task comes up without a role and words."""
    guide = load_guide(REFERENCE / GUIDE)
    assert set(guide.kinds) == set(REFERRAL_KINDS)
    assert set(guide.tasks) == set(DUTIES) == set(TITLES)
    assert {duty for duties in FULFILS.values() for duty in duties} <= set(DUTIES)
    assert all("999" in guide.kinds[kind].says for kind in ("police_999", "police_101", "safeguarding"))


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("    minutes: 15\n", "", ":8: write either `minutes:` or `working_days:`"),
        ("    minutes: 15\n", "    minutes: soon\n", ":10: `minutes` is a whole number"),
        ("    role: hr\n", "    role: boss\n", "write `role:` with one of reviewer"),
        (
            "    sees: [words]\n    says: Somebody",
            "    sees: [all]\n    says: Somebody",
            "list of words, author",
        ),
        ("  insurers:\n", "  insurer:\n", '"insurer" is none of police_999'),
        ("  debrief:\n", "  party:\n", "there is no entry for debrief"),
        ("tasks:\n", "jobs:\n", "write `tasks:` with an entry"),
        ("    title: Police (999)\n", "    titel: Police\n", 'there is no "titel" here'),
    ],
)
def test_an_error_in_the_guide_names_its_line(tmp_path: Path, old: str, new: str, said: str) -> None:
    """Whoever edits it is told what to write, and where."""
    text = (REFERENCE / GUIDE).read_text("utf-8")
    assert text.count(old) == 1
    (tmp_path / GUIDE).write_text(text.replace(old, new), "utf-8")
    with pytest.raises(SettingsError, match="The guide to referrals") as told:
        load_guide(tmp_path / GUIDE)
    assert said in str(told.value)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("location: X\n", "datix.yaml:1: write `location:` and `severity_wording:`"),
        ("location: X\nseverity_wording: Y\n", "write `mappings:`"),
        ("location: X\nseverity_wording: Y\nmappings: [{type: a, category: b}]\n", ":3: this mapping has no"),
        (f"{_ROW}, categories: [rudeness]}}\n", ":4: write `categories:` as a list of threat"),
        (f"{_ROW}, categories: [threat]}}\n", "the last mapping must fit every case"),
    ],
)
def test_an_error_in_the_labels_names_its_line(tmp_path: Path, text: str, said: str) -> None:
    """A table that leaves some cases without labels is refused."""
    (tmp_path / LABELS).write_text(text, "utf-8")
    with pytest.raises(SettingsError) as told:
        load_labels(tmp_path / LABELS)
    assert said in str(told.value)
