"""Who is acting: said with each command, or once for a terminal; in both cases only a claim."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import SimpleNamespace

import pytest
import typer
from typer.testing import CliRunner, Result

from tests.stores import sqlite_store
from tests.unit.review.scene import Scene, make_scene
from worker.cli import app as whole
from worker.cli import running
from worker.cli.os_user import os_user
from worker.cli.plain import ACTING
from worker.errors import NotFound
from worker.ledger.audit import Actor
from worker.review.people import list_people
from worker.store.session import Store


def use(monkeypatch: pytest.MonkeyPatch, parts: SimpleNamespace) -> None:
    """Have commands work on these parts."""

    @contextmanager
    def app(_context: typer.Context) -> Iterator[SimpleNamespace]:
        yield parts

    monkeypatch.setattr(running, "app", app)


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    """An empty store."""
    store = sqlite_store(tmp_path)
    yield store
    store.close()


@pytest.fixture
def scene(store: Store, monkeypatch: pytest.MonkeyPatch) -> Scene:
    """A scene that the commands work on."""
    scene = make_scene(store)
    use(monkeypatch, SimpleNamespace(store=store, clock=scene.clock, review=scene.review))
    return scene


def run(*words: str, acting: str) -> Result:
    """Run a command in a terminal that says who is acting."""
    return CliRunner().invoke(whole.cli, words, env={ACTING: acting})


def test_who_acts_is_said_once_for_a_terminal(scene: Scene) -> None:
    """What is done is recorded under that name, whatever its capitals."""
    case_id, *_ = scene.case("1")
    claimed = run("queue", "claim", str(case_id), acting="sam okafor")
    assert claimed.exit_code == 0, claimed.output
    (row,) = scene.audited("claimed")
    assert row.person_id == scene.second.person_id


def test_what_a_command_says_itself_goes_first(scene: Scene) -> None:
    """A name that was left in a terminal does not act for somebody who says who they are."""
    case_id, *_ = scene.case("1")
    run("queue", "claim", str(case_id), "--as", "The reviewer", acting="Sam Okafor")
    (row,) = scene.audited("claimed")
    assert row.person_id == scene.reviewer.person_id


def test_a_name_from_the_environment_is_only_a_claim(scene: Scene) -> None:
    """As with --as, the user of this computer is taken from the system, and counts where two must be two."""
    assert running.acting(SimpleNamespace(store=scene.store), "Sam Okafor") == Actor(  # type: ignore[arg-type]  # only the store is asked
        scene.second.person_id, "cli", os_user()
    )


def test_a_part_of_a_name_acts_for_nobody(scene: Scene) -> None:
    """Who was meant is asked; nothing is done."""
    case_id, *_ = scene.case("1")
    refused = run("queue", "claim", str(case_id), acting="Sam").exception
    assert isinstance(refused, NotFound)
    assert refused.do == 'Did you mean "Sam Okafor"? `upstander people list` shows who does.'
    assert scene.audited("claimed") == []


def test_the_first_person_may_be_named_in_the_terminal_already(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Setting up begins with who one is: that nobody of that name is there yet stops nobody being added."""
    from worker.clock import SystemClock

    use(monkeypatch, SimpleNamespace(store=store, clock=SystemClock()))
    first = run("people", "add", "Ada Cole", "--role", "administrator", acting="Ada Cole")
    assert first.exit_code == 0, first.exception
    second = run("people", "add", "Eve Cole", "--role", "reviewer", acting="Mallory")
    assert isinstance(second.exception, NotFound)
    assert [each.name for each in list_people(store)] == ["Ada Cole"]
