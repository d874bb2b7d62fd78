"""Pages that are read with a browser alone: one file each, nothing run, nothing fetched."""

from __future__ import annotations

import base64
import hashlib
from functools import cache
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from worker.evidence import report
from worker.evidence.handover.plain import london, utc
from worker.evidence.show_text import visible

_TEMPLATES = Path(__file__).parent / "templates"
#: The look of the reports inside the bags, so that all of it looks like one thing.
_STYLES = (Path(report.__file__).parent / "templates" / "report.css", _TEMPLATES / "handover.css")


def page(template: str, title: str, trust_name: str, **facts: Any) -> str:
    """Fill a template. Every text that is put in is made visible and harmless, whoever wrote it.

    Args:
        template: its file's name.
        facts: what it tells.
    """
    style = "\n".join(path.read_text(encoding="utf-8") for path in _STYLES)
    return (
        _environment()
        .get_template(template)
        .render(
            title=title,
            trust_name=trust_name,
            style=Markup(style),  # noqa: S704 - our own files
            style_hash=base64.b64encode(hashlib.sha256(style.encode()).digest()).decode(),
            **facts,
        )
    )


@cache
def _environment() -> Environment:
    environment = Environment(
        loader=FileSystemLoader(_TEMPLATES),
        autoescape=True,
        undefined=StrictUndefined,
        finalize=_finalize,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters |= {"utc": utc, "london": london}
    return environment


def _finalize(value: Any) -> Any:
    """Every text that reaches a page: made visible, unless it is our own markup."""
    return value if isinstance(value, Markup) else visible(str(value))
