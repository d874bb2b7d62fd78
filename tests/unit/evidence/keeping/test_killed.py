"""A process that is killed anywhere in a destruction leaves a bag that counts, or a stub and rubbish."""

from __future__ import annotations

import os
import signal

import pytest
from sqlalchemy import select

from tests.unit.evidence.keeping.estate import WORDS, Estate, Kept, done, keeping
from worker.store import tables as t
from worker.store.session import Store

STEPS = (
    "dispose.checked",
    "dispose.marked",
    "dispose.committed",
    "dispose.aside",
    "dispose.removed",
    "dispose.written",
    "dispose.done",
)


def die_at(estate: Estate, kept: Kept, fatal: str) -> None:
    """Carry a disposal out in a process of its own that kills itself at a step."""
    url = estate.store.engine.url.render_as_string(hide_password=False)
    estate.store.engine.dispose()  # a database's connections must not be carried into another process
    child = os.fork()
    if child == 0:
        try:
            _carry_out_and_die(estate, url, kept, fatal)
        finally:
            os._exit(3)
    _, status = os.waitpid(child, 0)
    assert os.WIFSIGNALED(status)
    assert os.WTERMSIG(status) == signal.SIGKILL


def _carry_out_and_die(estate: Estate, url: str, kept: Kept, fatal: str) -> None:
    def step(name: str) -> None:
        if name == fatal:
            os.kill(os.getpid(), signal.SIGKILL)

    now = estate.scene.clock.now()
    keeping(Store(url), now, estate.bags, steps=step).carry_out(kept.comment_id, done)


@pytest.mark.faults
@pytest.mark.parametrize("fatal", STEPS)
def test_a_killed_destruction_is_finished_by_the_next(estate: Estate, fatal: str) -> None:
    """Killed between any two steps: all sealed and whole, or all destroyed; the next run ends it, once."""
    kept = estate.approved()
    die_at(estate, kept, fatal)
    begun = fatal not in ("dispose.checked", "dispose.marked")
    (row,) = estate.snapshots(kept)
    (revision,) = estate.revisions(kept)
    assert (row.destroyed_at is not None) is begun
    assert (revision.text is None) is begun
    assert [each.state for each in estate.disposals(kept)] == ["done" if begun else "approved"]
    if not begun:
        assert (estate.bag(kept) / "data" / "report.html").read_text() == WORDS
    estate.carry_out(kept)
    assert not estate.bag(kept).exists()
    assert list((estate.bags / ".building").iterdir()) == []
    assert estate.verbs("snapshot", row.id) == ["destroyed", "bag_removed"]
    assert estate.verbs("case", kept.case_id)[-1] == "disposal_done"
    with estate.store.read() as session:
        assert session.scalars(select(t.Revision.text)).all() == [None]
