"""Somebody outside: an ordinary shell, public tools, and the commands that a page of docs/ tells them."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

from tests.worlds import PROJECT

PAGE = PROJECT / "docs" / "verifying-evidence.md"
#: The page's parts: what lies in the folder that their commands are run in.
HAND_OVER, ONE_BAG, TWO_CHECKPOINTS = "a hand-over", "one bag alone", "two checkpoints"
WEB_ARCHIVE = "a web archive"
_PROGRAMS = ("bagit.py", "python3", "wacz", "warcio")
_BLOCK = re.compile(
    r"(?:<!-- only where there is (?P<only>\S+) -->\n)?```sh\n(?P<commands>.*?)```", re.DOTALL
)


@dataclass(frozen=True, slots=True)
class Block:
    """One block of commands of the page.

    Attributes:
        title: of the step that it stands in.
        only: a pattern for files; where there are none, the page says to leave the step out.
    """

    title: str
    commands: str
    only: str | None

    def applies(self, folder: Path) -> bool:
        """Whether the page asks for this step in this folder."""
        return self.only is None or any(folder.glob(self.only))


def blocks(part: str, page: str | None = None) -> tuple[Block, ...]:
    """The blocks of one part of the page, in order.

    Args:
        part: how its heading goes on after "Checking ".
        page: the page's text, where it is not the one in docs/.
    """
    text = PAGE.read_text(encoding="utf-8") if page is None else page
    found: list[Block] = []
    for section in re.split(r"^## ", text, flags=re.MULTILINE):
        if section.partition("\n")[0] != f"Checking {part}":
            continue
        for step in re.split(r"^### ", section, flags=re.MULTILINE):
            title = step.partition("\n")[0]
            found += [Block(title, each["commands"], each["only"]) for each in _BLOCK.finditer(step)]
    assert found, f"the page has no commands for {part}"
    return tuple(found)


def run(folder: Path, commands: str, tools: Path) -> subprocess.CompletedProcess[str]:
    """Run commands as the page says: by bash, in this folder, with nothing of ours.

    Args:
        tools: an empty folder, or one that this function filled before: it holds the public programs in
            Python that the page names, and nothing else.
    """
    tools.mkdir(exist_ok=True)
    for name in _PROGRAMS:
        if not (tools / name).exists():
            (tools / name).symlink_to(Path(sys.executable).parent / name)
    environ = {"PATH": f"{tools}{os.pathsep}/usr/bin{os.pathsep}/bin", "LC_ALL": "C.UTF-8"}
    return subprocess.run(
        ["/bin/bash", "-c", commands],
        cwd=folder,
        env=environ,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
