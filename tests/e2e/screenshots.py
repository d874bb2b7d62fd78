"""Pictures of every page for docs/site, taken from the simulated platforms: `make screenshots`."""

from __future__ import annotations

import sys
from pathlib import Path
from tempfile import TemporaryDirectory

from PIL import Image
from playwright.sync_api import Browser

from tests.e2e.browsing import DESKTOP, PHONE, TABLET, chromium, window
from tests.e2e.desk import Desk, desk
from tests.e2e.tour import tour
from worker import log

INTO = Path(__file__).resolve().parents[2] / "docs/site"
#: Pages that people read on a telephone too.
_ON_A_PHONE = frozenset({"queue", "case", "approvals", "tasks", "escalations", "on-call", "hand-in"})
#: Fewer colours than a screen has are enough to read a page by.
_COLOURS = 48


def take(at: Desk, browser: Browser, into: Path, widths: tuple[int, ...]) -> list[Path]:
    """Take a picture of every page that has a name, as wide as asked for.

    Args:
        into: the folder that they are put into.
        widths: in CSS pixels. For the documentation, two: on a telephone only what people read there.

    Returns:
        The pictures.
    """
    taken = []
    for width in widths:
        for who in sorted({stop.who or "" for stop in tour(at)}):
            with window(browser, at.url, width=width) as open_:
                if who:
                    open_.sign_in(at.ways[who])
                for stop in tour(at):
                    if not stop.name or (stop.who or "") != who:
                        continue
                    if width == PHONE and len(widths) == 2 and stop.name not in _ON_A_PHONE:
                        continue
                    open_.open(stop.path)
                    suffix = "" if width == DESKTOP else f"-{width}"
                    taken.append(into / f"{stop.name}{suffix}.png")
                    open_.shot(taken[-1])
                    _make_small(taken[-1])
    return taken


def tell(taken: list[Path], into: Path) -> None:
    """Write the page that shows all pictures.

    Args:
        taken: the pictures.
        into: the folder that they lie in.
    """
    lines = [
        "# Every page of the review site",
        "",
        "Made by `make screenshots`; everything in them is made up.",
        "",
    ]
    for picture in sorted(taken, key=lambda each: each.name):
        name = picture.stem.replace("-", " ").replace(f" {PHONE}", ", on a telephone").capitalize()
        lines += [f"## {name}", "", f"![{name}]({picture.name})", ""]
    (into / "pages.md").write_text("\n".join(lines[:-1]) + "\n", encoding="utf-8")


def _make_small(picture: Path) -> None:
    """Keep as many colours as a page needs."""
    with Image.open(picture) as whole:
        whole.convert("RGB").quantize(_COLOURS).save(picture, optimize=True)


def main() -> None:
    """Take the pictures for the documentation; with a folder's name, of every width into that folder."""
    log.configure(level="error", style="json")
    into = Path(sys.argv[1]) if len(sys.argv) > 1 else INTO
    widths = (DESKTOP, TABLET, PHONE) if len(sys.argv) > 1 else (DESKTOP, PHONE)
    into.mkdir(parents=True, exist_ok=True)
    with TemporaryDirectory() as folder, desk(Path(folder)) as at, chromium() as browser:
        taken = take(at, browser, into, widths)
    if into == INTO:
        tell(taken, into)
    sys.stdout.write(f"{len(taken)} pictures in {into}\n")


if __name__ == "__main__":
    main()
