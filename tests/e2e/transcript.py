"""A story of commands and processes, told line by line as it happens; `pytest -s` shows it."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from sqlalchemy import select

from tests import outsider
from tests.services.warm import PROGRAMS, UPSTANDER, WarmProcess
from tests.worlds import World
from worker.bootstrap import App
from worker.ledger.audit import Actor
from worker.store import tables as t

#: The same command given by another user of this computer: the second person of a hand-over.
_NOBODY = 65534
_AS_NOBODY = f"import os; os.setreuid({_NOBODY}, -1); from worker.cli import main; main()"


@dataclass
class Transcript:
    """The story as it happened; `pytest -s` shows it."""

    place: World
    lines: list[str] = field(default_factory=list)
    running: list[WarmProcess] = field(default_factory=list)

    def tell(self, line: str) -> None:
        """Add a line."""
        self.lines.append(line)
        sys.stdout.write(f"{line}\n")

    def command(self, *arguments: str, code: int = 0) -> str:
        """Run a command as a person would, and keep what it said."""
        return self._said("upstander", arguments, self.place.run(*arguments), code)

    def by_another(self, done: Callable[[App, Actor], object], *arguments: str, person: str) -> None:
        """Have a command given by another person at a computer of their own.

        Args:
            done: does the same in this process, where nobody may lend out another user's name.
        """
        arguments = (*arguments, "--as", person)
        if os.getuid() != 0:
            self._in_process(done, person)
            return
        # A name after --as is only claimed: the computer's own user must be another as well.
        self.command(*arguments, code=1)
        ran = PROGRAMS.run(["-c", _AS_NOBODY, *arguments], environ=self.place.environ, patience=120)
        self._said("upstander", arguments, ran, 0, prompt="nobody$")

    def _in_process(self, done: Callable[[App, Actor], object], person: str) -> None:
        app = self.place.app()
        try:
            who = self.place.one(select(t.Person.id).where(t.Person.name == person))
            done(app, Actor(who, "cli", "selder"))
        finally:
            app.close()

    def outsider(self, folder: Path, block: outsider.Block) -> str:
        """Run one step of the page for outsiders. Returns what it printed."""
        ran = outsider.run(folder, block.commands, self.place.folder / "tools")
        self.tell(f"  {block.title}")
        for line in block.commands.splitlines():
            self.tell(f"  police$ {line}")
        return self._said("", (), ran, 0)

    def _said(
        self,
        program: str,
        arguments: tuple[str, ...],
        ran: subprocess.CompletedProcess[str],
        code: int,
        prompt: str = "$",
    ) -> str:
        if program:
            self.tell(f"{prompt} {' '.join((program, *arguments))}")
        for line in (ran.stdout + ran.stderr).splitlines()[:12]:
            self.tell(f"    {line[:160]}")
        assert ran.returncode == code, ran.stdout + ran.stderr
        return ran.stdout

    def start(self) -> None:
        """Start a scheduler and a worker."""
        for name in ("schedule", "work"):
            with (self.place.folder / f"{name}.log").open("a") as log:
                process = PROGRAMS.start([*UPSTANDER, name], environ=self.place.environ, stderr=log)
            self.running.append(process)
        self.tell("  started: upstander schedule, upstander work")

    def kill(self) -> None:
        """SIGKILL both, and flush Redis for good measure."""
        for process in self.running:
            process.send_signal(signal.SIGKILL)
            process.wait(timeout=20)
        self.running.clear()
        self.tell("  killed both with SIGKILL")
        self.place.outlive_an_office()

    def until(self, what: str, holds: Callable[[], bool]) -> None:
        """Run the processes until something holds, then kill them."""
        if not holds():
            self.start()
            self.place.wait(what, holds, 90)
            self.tell(f"  {what}")
            self.kill()
        else:
            self.tell(f"  {what} (before they were killed)")
