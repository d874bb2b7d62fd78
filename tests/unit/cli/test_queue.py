"""The queue on the command line: what tells one case from the next, and what one types to decide on it."""

from __future__ import annotations

import json
import re
import shlex

import pytest

from tests.unit.cli.queueing import run, scene
from tests.unit.review.crowd import alone, in_group, several
from tests.unit.review.scene import Scene
from worker.cli.show import when
from worker.errors import NotFound
from worker.review import pages
from worker.store import tables as t

__all__ = ["scene"]

_WORDS = "I know your shift\x1b[2J and I will wait for you in the car park tonight"


def _row(case_id: int, by: str = "The reviewer") -> list[str]:
    """A case's line of the list, cell by cell."""
    lines = run("list", by=by).output.splitlines()
    return next(line for line in lines if line.startswith(f"{case_id} |")).split(" | ")


def _call(scene: Scene, case_id: int) -> None:
    """Whoever is on call is called about a case of immediate danger, where nobody is yet."""
    with scene.store.write() as session:
        pages.call_for(session, [case_id], now=scene.clock.now())


def test_the_list_tells_one_case_from_the_next(scene: Scene) -> None:
    """Revision, priority, who wrote it and how it begins, in one line that no terminal obeys."""
    case_id, _, revision_id = scene.case("1", _WORDS, priority=63)
    with scene.store.write() as session:
        author = session.get_one(t.Author, scene.author_id)
        author.handle, author.name = None, "Harl Dunnock"
    row = _row(case_id)
    assert row[:4] == [str(case_id), str(revision_id), "serious", "63"]
    assert row[6] == "Harl Dunnock"
    assert row[-1] == "I know your shift\\x1b[2J and I will wait fo…"
    (listed,) = json.loads(run("list", "--json").output)["rows"]
    assert (listed["author"], listed["priority"], listed["call"]) == ("Harl Dunnock", 63, None)


def test_the_list_says_that_a_call_was_taken_and_so_does_the_case(scene: Scene) -> None:
    """Nobody runs after a danger that a colleague has in hand, nor believes one in hand that is not."""
    case_id, *_ = scene.case("1", severity="immediate_danger")
    _call(scene, case_id)
    assert "calling whoever is on call" in _row(case_id)[8]
    assert "on-call acknowledge" in run("show", str(case_id)).output
    with scene.store.write() as session:
        pages.acknowledge(session, scene.second, case_id, now=scene.clock.now(), by="acknowledging")
    assert _row(case_id)[8] == "open; call taken by Sam Okafor"
    shown = run("show", str(case_id)).output
    assert re.search(r"^call +call taken by Sam Okafor$", shown, re.MULTILINE)
    assert "on-call acknowledge" not in shown
    _call(scene, case_id)
    assert "calling whoever is on call" in _row(case_id)[8], "it was raised again"


def test_the_list_is_narrowed_to_an_account_or_to_what_is_restricted(scene: Scene) -> None:
    """One account by its handle; what is kept for named roles, for who may see it; no account is made up."""
    case_id, *_ = scene.case("1")
    kept, *_ = scene.case("2")
    with scene.store.write() as session:
        session.get_one(t.Case, kept).restriction = "safeguarding"
        session.add(
            t.Account(
                platform="x",
                external_id="1",
                handle="NorthmoorX",
                credential="x",
                created_at=scene.clock.now(),
            )
        )

    def listed(*options: str, by: str = "The reviewer") -> list[int]:
        return [row["case_id"] for row in json.loads(run("list", "--json", *options, by=by).output)["rows"]]

    assert listed("--account", "Northmoor") == [case_id]
    assert listed("--account", "NorthmoorX") == []
    assert isinstance(run("list", "--account", "Nowhere").exception, NotFound)
    assert listed("--restricted") == []
    assert listed("--restricted", by="The senior reviewer") == [kept]


def test_a_group_is_one_line_that_says_how_many_it_is(scene: Scene) -> None:
    """With --grouped a pile-on takes one line, and how many there are in all stands below as before."""
    cases = several(scene, 3)
    group = in_group(scene, "text", cases[:2])
    listed = run("list", "--grouped").output
    lines = [line.split(" | ")[0] for line in listed.splitlines() if " | " in line]
    assert lines[1:] == [str(cases[0]), str(cases[2])]
    assert f"first of 2 in group {group} (one text)" in listed
    assert "3 of 3 cases; 0 overdue, 0 put aside." in listed
    assert "More follow" not in listed
    assert "More follow: --offset passes over these." in run("list", "--limit", "1").output


def test_a_case_names_those_like_it_and_what_its_author_did_before(scene: Scene) -> None:
    """How like cases were decided, and the author's last decisions, stand beside it without their words."""
    before = alone(scene, "1", "words that were upheld", author=scene.author_id)
    with scene.store.read() as session:
        revision_id = session.get_one(t.Case, before).revision_id
    scene.upheld(before, revision_id)
    here, like = alone(scene, "2", author=scene.author_id), alone(scene, "3")
    in_group(scene, "picture", (here, before, like))
    shown = run("show", str(here)).output
    assert f"  {like}, one picture, opened {when(scene.clock.now())}: nobody decided" in shown
    assert re.search(rf"^  {before}, one picture, .*: upheld$", shown, re.MULTILINE)
    assert re.search(rf"^  {before}, .*: upheld \(insult\)$", shown, re.MULTILINE)
    assert "words that were upheld" not in shown


def test_no_words_of_a_restricted_case_stand_in_a_list(scene: Scene) -> None:
    """Whoever may see it opens it, and that is recorded; a screen beside them shows nothing of it."""
    case_id, *_ = scene.case("1", _WORDS)
    with scene.store.write() as session:
        session.get_one(t.Case, case_id).restriction = "safeguarding"
    assert _row(case_id, by="The senior reviewer")[-1] == "shown on opening it"


def test_a_communications_lead_reads_no_abuse_in_a_list(scene: Scene) -> None:
    """They see words of a case only where they open it."""
    case_id, *_ = scene.case("1", _WORDS)
    assert _row(case_id, by="The communications lead")[-1] == "shown on opening it"
    assert not [row for row in scene.audited("viewed") if row.object_type == "queue"]


def test_reading_words_in_a_list_leaves_a_trace(scene: Scene) -> None:
    """The look is recorded with the cases whose words were shown, and without the words."""
    case_id, *_ = scene.case("1", _WORDS)
    run("list")
    (row,) = (row for row in scene.audited("viewed") if row.object_type == "queue")
    assert (row.person_id, row.detail) == (scene.reviewer.person_id, {"cases": [case_id]})


@pytest.mark.parametrize("verdict", ["upheld", "not_upheld", "needs_advice"])
@pytest.mark.parametrize("command", ["show", "next", "questions"])
def test_what_was_read_ends_with_the_command_that_decides_it(
    scene: Scene, command: str, verdict: str
) -> None:
    """Filled in, it decides: nothing that a decision needs is left out, and a shell can read it."""
    case_id, _, revision_id = scene.case("1")
    case = () if command == "next" else (str(case_id),)
    lines = re.sub(r" \\\n +", " ", run(command, *case).output).splitlines()
    begins = f"upstander queue decide {case_id} --revision {revision_id} --verdict {verdict}"
    (line,) = (each.strip() for each in lines if begins in each)
    assert "|" not in re.sub('"[^"]*"', "", line), "a shell would take it for a pipe"
    chosen = [_chosen(word) for word in shlex.split(line)[2:-2]]
    done = run(*chosen)
    assert done.exit_code == 0, (chosen, done.exception)
    assert scene.count(t.Decision) == 1


def _chosen(word: str) -> str:
    """What somebody fills in: no to every question, the first of all other choices."""
    name, equals, choices = word.partition("=")
    if equals:
        return f"{name}={choices.rpartition('|')[2]}"
    return "insult" if word == "NAME" else word.partition("|")[0]


def test_who_holds_a_case_reads_how_to_keep_it(scene: Scene) -> None:
    """Five minutes are short: how to take it for longer stands below what there is to read."""
    case_id, *_ = scene.case("1")
    shown = run("next").output
    assert f'For longer, claim it again:\n  upstander queue claim {case_id} --as "The reviewer"' in shown
    assert run("claim", str(case_id)).exit_code == 0


def test_a_case_that_is_decided_asks_for_no_decision(scene: Scene) -> None:
    """What is over reads as over."""
    case_id, _, revision_id = scene.case("1")
    scene.not_upheld(case_id, revision_id)
    assert "queue decide" not in run("show", str(case_id)).output


def test_questions_tell_all_that_a_decision_needs(scene: Scene) -> None:
    """Target, house rules, offence, severity and categories with their values, not the answers alone."""
    case_id, *_ = scene.case("1")
    asked = run("questions", str(case_id), "--verdict", "upheld").output
    for option in (
        '--target "named_staff|staff|patient|minor|trust|other"',
        '"--breaks-house-rules|--within-house-rules"',
        '--may-be-offence "yes|no|unsure"',
        '--severity "routine|concerning|serious|immediate_danger"',
        "The categories are threat, hate,",
    ):
        assert option in asked
    assert "--why-not" not in asked, "that is for another verdict"
    needs = json.loads(run("questions", str(case_id), "--json").output)["needs"]
    (need,) = needs["not_upheld"]
    assert need["option"].startswith('--why-not "criticism|')


def test_who_must_approve_is_said_before_the_law(scene: Scene) -> None:
    """What has to happen next is not below a page of prompts, and of the law only the prompts are there."""
    case_id, _, revision_id = scene.case("1")
    decided = run(
        *("decide", str(case_id), "--revision", str(revision_id), "--verdict", "upheld"),
        *("--category", "threat", "--severity", "serious", "--target", "staff", "--breaks-house-rules"),
        *("--may-be-offence", "yes", "--answer", "criticism_of_care=no", "--answer", "at_risk_now=yes"),
        *("--reason", "A threat.", "--action", "delete"),
    ).output
    parts = ("call 999", "A second person has to approve it", "What evidence to look for")
    assert sorted(decided.index(part) for part in parts) == [decided.index(part) for part in parts]
    prompts = re.findall(r"^  \[ \] .*$", decided, re.MULTILINE)
    assert prompts
    assert len(prompts) == len(set(prompts))
    assert "Online Safety Act" not in decided.partition("What evidence")[2]
    assert f'queue questions {case_id} --as "The reviewer"' in decided
