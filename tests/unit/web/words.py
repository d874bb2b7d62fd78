"""The words of the site for translators: run as a program it renews worker/web/locale/upstander.pot."""

from __future__ import annotations

from io import BytesIO
from pathlib import Path

from babel.messages.catalog import Catalog
from babel.messages.extract import extract_from_dir
from babel.messages.pofile import write_po

WEB = Path(__file__).resolve().parents[3] / "worker/web"
TEMPLATE = WEB / "locale" / "upstander.pot"
_METHODS = [("templates/**.html", "jinja2"), ("**.py", "python")]
_OPTIONS = {"templates/**.html": {"newstyle_gettext": "true", "trimmed": "true", "silent": "false"}}
#: What a form that was carried out says on the next page: the second argument of `Visit.go`.
_KEYWORDS = {"_": None, "ngettext": (1, 2), "go": (2,)}


def template() -> bytes:
    """Every sentence of the site as gettext wants it, with where it stands; the same for the same sources."""
    found = Catalog(project="Upstander", charset="utf-8")
    for file, line, message, comments, _context in extract_from_dir(
        str(WEB), method_map=_METHODS, options_map=_OPTIONS, keywords=_KEYWORDS
    ):
        found.add(message, None, [(file, line)], auto_comments=comments)
    written = BytesIO()
    write_po(written, found, width=110, sort_output=True, omit_header=True, include_lineno=False)
    return written.getvalue()


if __name__ == "__main__":
    TEMPLATE.parent.mkdir(exist_ok=True)
    TEMPLATE.write_bytes(template())
