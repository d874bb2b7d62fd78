"""The commands of the queue over a scene, of a Trust that asks what is shipped."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace

import pytest
import typer
from typer.testing import CliRunner, Result

from connectors.contract import Platform
from tests.judging import procedure
from tests.stores import sqlite_store
from tests.unit.review.scene import CLOCKS, PLATFORM, Scene, make_scene
from worker.cli import app as whole
from worker.cli import running
from worker.intake.accounts import Accounts
from worker.review.case_file import CaseFile
from worker.review.guidance import load_guidance
from worker.settings import Settings


@pytest.fixture
def scene(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Scene]:
    """A scene that the commands work on, of a Trust that asks what is shipped."""
    store = sqlite_store(tmp_path)
    made = make_scene(store)
    asking = procedure(CLOCKS, load_guidance(Settings().reference_dir))
    parts = SimpleNamespace(
        store=store,
        clock=made.clock,
        review=replace(made.review, procedure=asking),
        accounts=Accounts(store, made.clock, (Platform(PLATFORM),)),
        casework=SimpleNamespace(file=CaseFile(store, made.clock, asking)),
    )

    @contextmanager
    def app(_context: typer.Context) -> Iterator[SimpleNamespace]:
        yield parts

    monkeypatch.setattr(running, "app", app)
    yield made
    store.close()


def run(*words: str, by: str = "The reviewer") -> Result:
    """Run a command of the queue as one person."""
    return CliRunner().invoke(whole.cli, ["queue", *words, "--as", by])
