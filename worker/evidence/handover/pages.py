"""Pages that are read with a browser alone: one file each, nothing run, nothing fetched."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Any

from jinja2 import Environment

from worker.evidence import report
from worker.evidence.handover.plain import london, utc
from worker.evidence.html_page import look, templates

_TEMPLATES = Path(__file__).parent / "templates"
#: The look of the reports inside the bags, so that all of it looks like one thing.
_STYLES = (Path(report.__file__).parent / "templates" / "report.css", _TEMPLATES / "handover.css")


def page(template: str, title: str, trust_name: str, **facts: Any) -> str:
    """Fill a template. Every text that is put in is made visible and harmless, whoever wrote it.

    Args:
        template: its file's name.
        facts: what it tells.
    """
    filled = _environment().get_template(template)
    return filled.render(title=title, trust_name=trust_name, **look(*_STYLES), **facts)


@cache
def _environment() -> Environment:
    return templates(_TEMPLATES, utc=utc, london=london)
