"""The commands that mark pictures and take screenshots: what they say, and to whom they listen."""

from __future__ import annotations

import io
import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import SimpleNamespace

import pytest
import typer
from PIL import Image
from typer.testing import CliRunner, Result

from tests.stores import sqlite_store
from tests.unit.evidence.marked import Office
from tests.unit.evidence.test_supplements import picture, ready, run_job
from tests.unit.evidence.world import World, actor, add_case, add_revision, make_world
from worker.cli import evidence, media, running
from worker.evidence.instruction import instruction
from worker.evidence.standing import MarkIncomplete
from worker.review.errors import RevisionChanged
from worker.settings_evidence import Safeguarding
from worker.store import tables as t


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    """A case whose core is sealed, on SQLite, and somebody who may act."""
    store = sqlite_store(tmp_path)
    world = make_world(store, tmp_path / "bags")
    world.capture()
    actor(store)
    yield world
    store.close()


def run(world: World, monkeypatch: pytest.MonkeyPatch, *words: str) -> Result:
    """Run one command over the world's real stages."""
    office = Office(world, safeguarding=Safeguarding())
    parts = SimpleNamespace(
        store=world.store,
        clock=world.clock,
        marking=office.marking(),
        supplements=office.supplements(),
        evidence=world.evidence,
        copies=SimpleNamespace(told=lambda _case: {}),
        settings=SimpleNamespace(safeguarding=office.safeguarding),
    )

    @contextmanager
    def app(_context: typer.Context) -> Iterator[SimpleNamespace]:
        yield parts

    monkeypatch.setattr(running, "app", app)
    cli = typer.Typer()
    cli.command("mark")(media.mark)
    cli.command("add")(media.add)
    cli.command("show")(evidence.show)
    return CliRunner().invoke(cli, [*words, "--as", "Bo Larch"])


def safe(world: World) -> tuple[str, ...]:
    """What is typed to call the pictures safe that were seen."""
    return (str(world.case_id), "safe-to-copy", "--revision", str(world.revision_id))


def test_the_instruction_is_shown_to_whoever_suspects(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """After the mark every line of the fixed instruction is on the screen, and that nobody is e-mailed."""
    ran = run(world, monkeypatch, "mark", str(world.case_id), "suspected-csam")
    assert ran.exit_code == 0
    for line in instruction(Safeguarding()):
        assert line in ran.output
    assert "safeguarding.lead_email is not set" in ran.output


def test_other_marks_say_what_counts_now(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """The person reads what the mark means for copying and for who may look."""
    ran = run(world, monkeypatch, "mark", str(world.case_id), "intimate-image", "--reason", "as I saw it")
    assert "may not be copied" in ran.output
    assert "reviewers may not look" in ran.output
    ran = run(world, monkeypatch, "mark", *safe(world), "--json")
    assert json.loads(ran.output)["standing"] == "intimate_image"
    assert json.loads(ran.output)["may_copy"] is True
    assert run(world, monkeypatch, "mark", str(world.case_id), "harmless").exit_code == 2


def test_what_changed_since_is_shown(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """Marked safe after an edit came: nothing is marked, and the person reads what it is now."""
    with world.store.write() as session:
        comment = session.get_one(t.Comment, world.comment_id)
        add_revision(session, comment, number=2, words="I will", media=[])
    ran = run(world, monkeypatch, "mark", *safe(world))
    assert isinstance(ran.exception, RevisionChanged)
    assert "It now says (revision 2): I will[- find you & hurt you-]" in ran.stderr
    assert "not those that you saw" in ran.stderr
    assert isinstance(
        run(world, monkeypatch, "mark", str(world.case_id), "safe-to-copy").exception, MarkIncomplete
    )


def test_what_lies_beside_a_suspicion_is_told_and_not_shown(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Who suspects reads which cases have pictures of the page; who looks there reads why there are none."""
    office = ready(world)
    office.supplements().add(world.case_id, "s.png", io.BytesIO(picture()), actor(world.store), None)
    run_job(office)
    suspected, *_ = add_case(world.store, "17002")
    ran = run(world, monkeypatch, "mark", str(suspected), "suspected-csam")
    assert f"sealed for case {world.case_id} too" in ran.output
    ran = run(world, monkeypatch, "show", str(world.case_id))
    assert "may show something that is locked, under the same post" in ran.output
    assert "made from    handed in" in ran.output
    assert ran.exit_code == 0


def test_a_screenshot_is_handed_in_by_its_path(
    world: World, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """A file is taken by name, with the note; a folder and a pipe are no files."""
    file = io.BytesIO()
    Image.new("RGB", (4, 4)).save(file, "PNG")
    (tmp_path / "screen.png").write_bytes(file.getvalue())
    run(world, monkeypatch, "mark", *safe(world))
    ran = run(world, monkeypatch, "add", str(world.case_id), str(tmp_path / "screen.png"), "--note", "mine")
    assert ran.exit_code == 0, ran.output
    assert "Upstander did not capture it" in ran.output
    assert len(world.audits("supplement_added")) == 1
    assert run(world, monkeypatch, "add", str(world.case_id), str(tmp_path)).exit_code == 2
    assert run(world, monkeypatch, "add", str(world.case_id), "/dev/null").exit_code == 2


def test_evidence_is_summed_up_with_what_one_does_with_it(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whether all of it is whole stands in one line, and below it what comes next."""
    world.capture()
    shown = run(world, monkeypatch, "show", str(world.case_id)).output
    assert "1 snapshot: 1 sealed and whole." in shown
    assert f'upstander evidence custody {world.case_id} --as "Bo Larch"' in shown
    assert "tagmanifest" not in shown
