"""The site's style sheets, scripts and pictures: what npm installed, made fit to be served by us alone.

Run as `python -m worker.web.assets FROM INTO`: at set-up (make), and when the image is built.
"""

from __future__ import annotations

import hashlib
import re
import shutil
import sys
from functools import cache
from pathlib import Path

from worker.errors import StoreNotReady

#: Files of ours, in the repository.
OWN = Path(__file__).parent / "static"
#: Files of others, installed and never committed.
VENDORED = Path(__file__).parent / "vendored"
_STYLE, _SCRIPT, _HTMX = "nhsuk-frontend.min.css", "nhsuk-frontend.min.js", "htmx.min.js"
_FONT_FACE = re.compile(r"@font-face\{[^}]*\}")
_SOURCE_MAP = re.compile(r"\s*(?:/\*# sourceMappingURL=[^*]*\*/|//# sourceMappingURL=\S+)\s*$")


def install(modules: Path, into: Path) -> None:
    """Copy what the site needs out of a folder of installed npm packages.

    The style sheet names a font on a host of the NHS. Nothing is loaded from another host here: that is cut.

    Args:
        modules: npm's folder `node_modules`.
        into: the folder to make anew.

    Raises:
        ValueError: the style sheet still names another host; a newer version has to be looked at.
    """
    look = modules / "nhsuk-frontend" / "dist" / "nhsuk"
    style = _SOURCE_MAP.sub("", _FONT_FACE.sub("", (look / _STYLE).read_text(encoding="utf-8")))
    if re.search(r"url\(\s*[\"']?(?:https?:)?//", style):
        raise ValueError("The style sheet of nhsuk-frontend loads something from another host.")
    shutil.rmtree(into, ignore_errors=True)
    shutil.copytree(look / "assets", into)
    (into / _STYLE).write_text(style, encoding="utf-8")
    for name, script in ((_SCRIPT, look / _SCRIPT), (_HTMX, modules / "htmx.org" / "dist" / _HTMX)):
        (into / name).write_text(_SOURCE_MAP.sub("", script.read_text(encoding="utf-8")), encoding="utf-8")


def check_installed() -> None:
    """Refuse to start a site without its style sheets.

    Raises:
        StoreNotReady: they are not installed.
    """
    if not (VENDORED / _STYLE).is_file():
        raise StoreNotReady(
            "The style sheets and scripts of the review site are not installed.",
            safe="The site was not started; polling and evidence do not need them.",
            do="In a clone: `make assets`. An image has them from its build.",
        )


@cache
def address(name: str) -> str:
    """Where a page finds one of the files; the address changes with the file, so that browsers may keep it.

    Args:
        name: such as site.css or nhsuk-frontend.min.css.
    """
    own = OWN / name
    folder, path = ("static", own) if own.is_file() else ("assets", VENDORED / name)
    mark = hashlib.sha256(path.read_bytes()).hexdigest()[:12]
    return f"/{folder}/{name}?v={mark}"


if __name__ == "__main__":
    install(Path(sys.argv[1]), Path(sys.argv[2]))
