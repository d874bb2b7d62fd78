"""A story of commands and processes, told line by line as it happens; `pytest -s` shows it."""

from __future__ import annotations

import signal
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from tests import outsider
from tests.services.warm import PROGRAMS, UPSTANDER, WarmProcess
from tests.worlds import World

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

    def command_of_another_user(self, *arguments: str) -> str:
        """The same, by another user of this computer; only root can lend out another's name."""
        ran = PROGRAMS.run(["-c", _AS_NOBODY, *arguments], environ=self.place.environ, patience=120)
        return self._said("upstander", arguments, ran, 0, prompt="nobody$")

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
