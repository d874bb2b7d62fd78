"""Renders one snapshot and dies by SIGKILL at a named step, for the tests of killed renderings."""

from __future__ import annotations

import os
import sys

from tests.faults.driver import kill_at
from worker import log
from worker.bootstrap import build
from worker.settings_load import load


def main(snapshot_id: str, fatal: str) -> None:
    """Render it, and die at the step that is named. The settings come from the environment."""
    loaded = load(None, os.environ)
    log.configure(level="error")
    app = build(loaded.settings, loaded.secrets, steps=kill_at(fatal))
    app.rendering.render(int(snapshot_id), lambda _session: None)


if __name__ == "__main__":
    main(*sys.argv[1:])
