"""The data-protection documents say what the program really does: settings, periods, tables, limits."""

from __future__ import annotations

import importlib
import json
import re
from functools import cache
from operator import attrgetter
from pathlib import Path
from typing import Any

import pytest

from connectors.registry import CONNECTORS
from rules.reference import load_categories
from worker.evidence.instruction import instruction, provenance
from worker.review.requests import KINDS
from worker.settings import Setting, every_setting
from worker.settings_evidence import Retention, Safeguarding
from worker.store.people import ROLES
from worker.store.platform import SEVERITIES
from worker.store.tables import Base

ROOT = Path(__file__).resolve().parents[2]
FOLDER = ROOT / "docs" / "data-protection"
DPIA, POLICY, NOTICE, RECORD = (
    "dpia.md",
    "appropriate-policy-document.md",
    "privacy-notice.md",
    "algorithmic-transparency-record.md",
)
IMAGERY = "suspected-imagery.md"
DOCUMENTS = (DPIA, POLICY, NOTICE, RECORD)
_RESTS_ON = "## Settings this document rests on"


@cache
def text_of(document: str) -> str:
    """A document's text, its line breaks as blanks where a paragraph only goes on."""
    return (FOLDER / document).read_text(encoding="utf-8")


def flat(document: str) -> str:
    """A document's text with every run of white space as one blank."""
    return " ".join(text_of(document).split())


def rows_after(document: str, heading: str) -> list[list[str]]:
    """The cells of the first table after a heading, without its head."""
    part = text_of(document).split(heading, 1)[1]
    lines = re.search(r"(?:^\|.*\n?)+", part, re.MULTILINE)
    assert lines is not None
    cells = [[cell.strip() for cell in line.strip("|").split("|")] for line in lines[0].strip().splitlines()]
    return cells[2:]


def assumed(document: str) -> dict[str, Any]:
    """The settings that a document rests on, with the values that it assumes."""
    return {row[0].strip("`"): json.loads(row[1].strip("`")) for row in rows_after(document, _RESTS_ON)}


def settings() -> dict[str, Setting]:
    """Every setting by its name."""
    return {setting.name: setting for setting in every_setting()}


@pytest.mark.parametrize("document", DOCUMENTS)
def test_every_setting_that_a_document_rests_on_is_as_it_says(document: str) -> None:
    """A setting that is named exists, and its default is the value that the document assumes."""
    known = settings()
    for name, value in assumed(document).items():
        assert name in known, name
        default = known[name].default
        plain = list(default) if isinstance(default, tuple) else default
        assert json.loads(json.dumps(plain, default=str)) == value, name


def test_no_setting_that_decides_about_people_is_left_out() -> None:
    """What is kept how long, what is copied, who is told of what never is: all in the assessment."""
    deciding = {name for name in settings() if name.startswith(("retention.", "safeguarding."))}
    assert deciding | {"evidence.copy_media_unasked"} <= set(assumed(DPIA))


@pytest.mark.parametrize("document", [DPIA, POLICY, NOTICE])
def test_every_period_stands_in_the_words(document: str) -> None:
    """Whoever reads only the sentences reads the periods that the program keeps to."""
    periods = {
        f"{value} {name.rsplit('_', 1)[1]}"
        for name, value in Retention().model_dump().items()
        if name.endswith(("_years", "_days"))
    }
    assert len(periods) == 4
    assert not [period for period in periods if period not in flat(document)]


@pytest.mark.parametrize("document", [DPIA, POLICY])
def test_every_retention_class_is_covered(document: str) -> None:
    """Each class for which there is a setting has its line, and no line is of a class that there is not."""
    heading = "### How long" if document == DPIA else "## Retention and erasure"
    named = {re.findall(r"`(\w+)`", row[0])[0] for row in rows_after(document, heading)}
    classes = {
        name.rsplit("_", 1)[0] for name in Retention.model_fields if name.endswith(("_years", "_days"))
    }
    assert named == classes


def test_every_table_of_the_database_is_accounted_for() -> None:
    """The assessment says of each table whether it holds personal data; none is forgotten or made up."""
    rows = rows_after(DPIA, "### What is kept, of whom, and where")
    named = [name for row in rows for name in re.findall(r"`(\w+)`", row[0])]
    assert sorted(named) == sorted(Base.metadata.tables)


def test_every_measure_is_there() -> None:
    """Each measure that the assessment counts on names the code that holds to it, and that is there."""
    rows = rows_after(DPIA, "## Appendix: where each measure is")
    assert len(rows) > 10
    assert [row[0] for row in rows] == [row[0] for row in rows_after(DPIA, "## Step 6: measures")]
    for _, code in rows:
        module, name = code.strip("`").split(":")
        assert attrgetter(name)(importlib.import_module(module)) is not None


def test_no_document_promises_what_the_program_cannot_do() -> None:
    """Platforms, actions, ways of matching and roles are those that there are, no more and no fewer."""
    record, assessment = flat(RECORD), flat(DPIA)
    assert f"Platforms: {', '.join(platform.value for platform in CONNECTORS)}." in record
    assert f"Actions: {', '.join(KINDS)}." in record
    assert "carried out on the platform: `hide` and `unhide`" in assessment
    matchers = {path.stem for path in (ROOT / "rules" / "matchers").glob("*.py")} - {"__init__"}
    found = re.search(r"Ways of matching: ([\w, ]+)\.", record)
    assert found is not None
    assert set(found[1].split(", ")) == matchers
    assert not (ROOT / "rules" / "classifier").exists() or "no machine learning" not in record
    assert all(f"`{role}`" in assessment for role in ROLES)


def test_every_category_and_severity_is_published() -> None:
    """The public record names everything that a finding can say of somebody's words."""
    categories = load_categories(ROOT / "config" / "reference" / "categories.yaml")
    record = text_of(RECORD)
    assert not [name for name in (*categories, *SEVERITIES) if f"`{name}`" not in record]


@pytest.mark.parametrize("document", DOCUMENTS)
def test_what_a_trust_must_fill_in_can_be_found(document: str) -> None:
    """Every blank is marked in one way, and what is uncertain in law is left to those who must settle it."""
    text = text_of(document)
    blanks = re.findall(r"\[Trust(?:: [^\]]+)?\]", text)
    assert len(blanks) >= 10
    assert len(blanks) == text.count("[Trust")
    assert re.search(r"(?i)for the (?:DPO|Trust) to settle", text)
    assert not re.search(r"\b(?:TODO|TBC|TBD|lorem|XXX)\b", text)


def test_the_instruction_is_printed_as_it_is_shown() -> None:
    """The page that a Trust prints and the words on the screen are the same, line by line."""
    page = flat(IMAGERY)
    shown = (*instruction(Safeguarding()), provenance())
    assert not [line for line in shown if line not in page]


def test_the_page_on_imagery_names_the_settings_that_must_be_set() -> None:
    """Who is told is the Trust's own: each setting under safeguarding is in the page."""
    assert not [name for name in settings() if name.startswith("safeguarding.") and name not in flat(IMAGERY)]


@pytest.mark.parametrize("document", [*DOCUMENTS, IMAGERY])
def test_every_link_leads_somewhere(document: str) -> None:
    """The documents name each other and the figures by paths that exist."""
    for target in re.findall(r"\]\(([^)]+)\)", text_of(document)):
        assert (FOLDER / target).resolve().is_file(), target
