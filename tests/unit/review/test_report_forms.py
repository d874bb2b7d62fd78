"""The tables of report forms and reply templates: whole, in plain words, refused by line where not."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator
from ruamel.yaml import YAML

from tests.unit.action.reporting import REPLIES
from worker.bootstrap.reporting import reply_values
from worker.errors import SettingsError
from worker.review import reply_templates, report_forms
from worker.review.reply_templates import (
    REASONS,
    X_LONGEST,
    ReplyIncomplete,
    fill,
    load_reply_templates,
    templates_for,
    x_length,
)
from worker.review.report_forms import load_report_forms
from worker.settings import Settings
from worker.settings_load import PROJECT

REFERENCE = PROJECT / "config" / "reference"
TEMPLATES = load_reply_templates(REFERENCE / reply_templates.TABLE)
VALUES = reply_values(
    Settings(trust_name="Northmoor University Hospitals NHS Foundation Trust", replies=REPLIES)
)
#: A person who means well never gets an answer here: see the fixed instruction.
UNANSWERED = {"suspected_csam"}
FORM = "report_forms:\n  x:\n    name: X\n    steps: [Open it]\n"
REPLY = "reply_templates:\n  one:\n    title: One\n    reasons: [hidden]\n    text: Hello\n    x: Hello\n"


@pytest.mark.parametrize("table", [report_forms.TABLE, reply_templates.TABLE])
def test_the_shipped_tables_fit_their_schemas(table: str) -> None:
    """An editor that uses the JSON Schema shows no error, and one where a name is wrong."""
    schema: dict[str, Any] = json.loads(
        (REFERENCE / table.replace(".yaml", ".schema.json")).read_text("utf-8")
    )
    check = Draft202012Validator(schema)
    content = YAML(typ="safe", pure=True).load((REFERENCE / table).read_text("utf-8"))
    assert list(check.iter_errors(content)) == []
    (top,) = content
    assert list(check.iter_errors({top: content[top] | {"Other thing": {}}}))


def test_every_platform_that_is_polled_can_be_reported_to() -> None:
    """Each has a name, steps and how it answers; a link is filled with escaped ids alone."""
    forms = load_report_forms(REFERENCE / report_forms.TABLE)
    assert set(forms) == {"x", "facebook", "instagram"}
    assert all(form.steps and form.name and form.confirmation for form in forms.values())


def test_a_link_is_filled_with_ids_made_harmless(tmp_path: Path) -> None:
    """Ids come from outside: they cannot turn a link into another address; with no author there is none."""
    path = tmp_path / report_forms.TABLE
    path.write_text(
        f"{FORM}    link: https://x.example.test/{{author_id}}/{{comment_id}}\n", encoding="utf-8"
    )
    form = load_report_forms(path)["x"]
    assert form.deep_link("1/../@evil?", "7") == "https://x.example.test/7/1%2F..%2F%40evil%3F"
    assert form.deep_link("1", None) is None


@pytest.mark.parametrize(
    ("load", "name", "words", "wrong"),
    [
        (load_report_forms, report_forms.TABLE, "", ":1: write `report_forms:`"),
        (load_report_forms, report_forms.TABLE, f"{FORM}    speed: 3\n", ':5: there is no "speed" here'),
        (
            load_report_forms,
            report_forms.TABLE,
            FORM.replace("[Open it]", "Open it"),
            ':4: "steps" needs a list',
        ),
        (load_report_forms, report_forms.TABLE, f"{FORM}    link: http://x.test\n", ":5: an address begins"),
        (
            load_report_forms,
            report_forms.TABLE,
            f"{FORM}    link: https://x/{{id}}\n",
            ":5: a link has no other",
        ),
        (
            load_report_forms,
            report_forms.TABLE,
            f"{FORM}    forms:\n      abuse: {{address: 'https://x.test'}}\n",
            ':6: there is no category "abuse"',
        ),
        (
            load_report_forms,
            report_forms.TABLE,
            f"{FORM}    forms:\n      hate: {{address: 'https://x.test', checked_on: 2026-02-30}}\n",
            ':6: "2026-02-30" is no day',
        ),
        (
            load_reply_templates,
            reply_templates.TABLE,
            REPLY.replace("[hidden]", "[angry]"),
            ":4: there is no reason",
        ),
        (
            load_reply_templates,
            reply_templates.TABLE,
            REPLY.replace("text: Hello", "text: Hi {name}"),
            ":5: there is",
        ),
        (
            load_reply_templates,
            reply_templates.TABLE,
            REPLY.replace("text: Hello", "text: a } b"),
            "stands alone",
        ),
        (
            load_reply_templates,
            reply_templates.TABLE,
            REPLY.replace("x: Hello", f"x: {'a' * 281}"),
            ":6: longer",
        ),
        (load_reply_templates, reply_templates.TABLE, REPLY.replace("one:", "One!:"), ':2: "One!" is no id'),
        (
            load_reply_templates,
            reply_templates.TABLE,
            f"{REPLY}    neutral: maybe\n",
            ':7: "neutral" is true or',
        ),
        (
            load_reply_templates,
            reply_templates.TABLE,
            REPLY.replace("    x: Hello\n", ""),
            '"x" needs a text',
        ),
    ],
)
def test_what_is_wrong_with_a_table_is_named_by_its_line(
    tmp_path: Path, load: Callable[[Path], object], name: str, words: str, wrong: str
) -> None:
    """A table with a mistake is not used at all: half of one would be wrong and look right."""
    path = tmp_path / name
    path.write_text(words, encoding="utf-8")
    with pytest.raises(SettingsError) as refused:
        load(path)
    assert wrong in str(refused.value)
    assert name in str(refused.value)


@pytest.mark.parametrize("template", TEMPLATES, ids=lambda template: template.id)
def test_every_reply_fits_x_when_it_is_filled(template: reply_templates.ReplyTemplate) -> None:
    """With long names and addresses too: 280 characters at most."""
    assert x_length(fill(template, VALUES, short=True)) <= X_LONGEST
    assert "{" not in fill(template, VALUES, short=False)


@pytest.mark.parametrize("reason", sorted(set(REASONS) - UNANSWERED))
def test_every_reason_has_a_reply_also_before_an_election(reason: str) -> None:
    """Nobody is left to improvise; in a pre-election period only neutral ones are offered."""
    assert templates_for(TEMPLATES, reason, neutral=False)
    neutral = templates_for(TEMPLATES, reason, neutral=True)
    assert neutral
    assert all(each.neutral for each in neutral)


def test_suspected_imagery_has_no_reply() -> None:
    """Nobody answers whoever posted it."""
    assert all(templates_for(TEMPLATES, reason, neutral=False) == () for reason in UNANSWERED)


def test_a_place_that_nothing_fills_is_refused_with_its_setting() -> None:
    """No reply is posted with a hole in it."""
    complaint = next(each for each in TEMPLATES if each.id == "complaint_pals")
    with pytest.raises(ReplyIncomplete, match=r"replies\.pals_phone"):
        fill(complaint, dict(VALUES) | {"pals_phone": " "}, short=False)


def test_a_short_form_that_grew_too_long_is_refused() -> None:
    """What fills it can be long: it is never cut off."""
    account = next(each for each in TEMPLATES if each.id == "false_account")
    with pytest.raises(ReplyIncomplete, match="280"):
        fill(account, dict(VALUES) | {"trust": "Trust " * 40}, short=True)
    assert x_length("https://" + "a" * 100) == 23
