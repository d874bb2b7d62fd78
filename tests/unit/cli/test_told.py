"""What goes wrong below the commands is told in words that help whoever typed one."""

from __future__ import annotations

from pathlib import Path

import pytest
from sqlalchemy.exc import DatabaseError

from worker.cli.app import _tell_other
from worker.errors import StoreNotReady
from worker.store.session import make_engine
from worker.store.upgrade import check_ready


def test_a_database_that_this_user_may_not_open_is_told_as_that(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """A second person, as their own user of the computer, is told about permissions and where to read on."""
    closed = tmp_path / "upstander.db"
    closed.mkdir()
    with pytest.raises(DatabaseError) as refused:
        make_engine(f"sqlite:///{closed}").connect()
    _tell_other(refused.value)
    assert "docs/runbook.md tells how a second person gets at it" in capsys.readouterr().err


def test_a_database_without_tables_is_told_as_that(tmp_path: Path) -> None:
    """Somebody who has just begun reads what to run, not the number of a migration that is none."""
    with pytest.raises(StoreNotReady, match="has no tables yet") as told:
        check_ready(make_engine(f"sqlite:///{tmp_path / 'upstander.db'}"))
    assert "upstander db upgrade" in told.value.do
